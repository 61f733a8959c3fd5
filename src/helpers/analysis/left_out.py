"""The lines that were read and are not in the report, by why they are not."""

from dataclasses import dataclass

import pandas as pd

from helpers.findings import Finding
from helpers.sales import Result, Sales, kept
from helpers.sales.quality import findings


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class LeftOut(Result):
    """The findings that say what was left out, with its amount where one is known."""

    findings: tuple[Finding, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """reason (a finding's code), lines, amount (None: unknown)."""
        rows = [(f.code, f.count, f.amount) for f in self.findings]
        return pd.DataFrame(rows, columns=["reason", "lines", "amount"]).astype({"amount": object})


@kept
def left_out(sales: Sales) -> LeftOut:
    """What is not in the report, with its amounts."""
    return LeftOut(reader=sales.reader, findings=tuple(f for f in findings(sales) if f.kind.severity == "left out"))
