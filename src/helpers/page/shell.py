"""What a cell of IPython shows: results draw themselves, a table of the engine shows its first rows, a mistake is one
sentence, and `%tb` shows where it happened.
"""

import os
from types import TracebackType
from typing import Any

import ibis

from helpers.analysis.headline import headline
from helpers.errors import ReportError
from helpers.page.drawing import TEMPLATES, bundle
from helpers.sales import Result, Sales
from helpers.settings.secrets import scrubbed


def prepare_shell(shell: Any) -> None:
    """Teach IPython's shell to draw what is ours, and to say what went wrong."""
    forms = shell.display_formatter.mimebundle_formatter
    forms.for_type(Result, bundle)
    forms.for_type(Sales, sales_bundle)
    ibis.options.interactive = True
    os.environ.setdefault("MATPLOTLIBRC", str(TEMPLATES / "matplotlibrc"))  # read when pandas first plots
    shell.set_custom_exc((ReportError,), _one_sentence)


def sales_bundle(sales: Sales) -> dict[str, object]:
    """What IPython shows of sales: the head of their page, and what may be asked of them."""
    return bundle(headline(sales)) | {"text/plain": repr(sales)}


def _one_sentence(
    shell: Any, kind: type, error: BaseException, trace: TracebackType, tb_offset: int | None = None
) -> list[str]:
    """Show a mistake without the way to it, which `%tb` shows; the lines that were shown."""
    shell._get_exc_info((kind, error, trace))  # where %tb looks
    lines = [f"{kind.__name__}: {scrubbed(str(error))}", "(%tb shows where)"]
    shell._showtraceback(kind, error, lines)
    return lines
