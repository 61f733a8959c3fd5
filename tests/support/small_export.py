"""A company whose sales are a few lines of a CSV file, as somebody else's system exports them, and its source.yaml."""

from pathlib import Path

import yaml
from company import company

COLUMNS = {"sale_id": "doc", "client_id": "client", "branch_id": "shop", "sold_at": "date", "amount": "amount"}
HEADER = "doc,date,client,shop,amount"


def export(root: Path, sales: str, files: dict[str, str] | None = None, **settings) -> Path:
    """A company whose sales are the lines of a file, with further files and settings."""
    mapping = {"from": "sales.csv"} | COLUMNS | settings.pop("sale_line", {})
    root = company(root, {}, files="data", sale_line=mapping, **settings)
    (root / "data").mkdir(exist_ok=True)
    for name, text in ({"sales.csv": sales} | (files or {})).items():
        (root / "data" / name).write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n")
    return root


def answered(root: Path, **settings) -> Path:
    """The same company with further lines of source.yaml; those of a table are added to it."""
    path = root / "params" / "acme" / "source.yaml"
    written = yaml.safe_load(path.read_text())
    for name, value in settings.items():
        written[name] = written[name] | value if isinstance(value, dict) and name in written else value
    path.write_text(yaml.safe_dump(written))
    return root
