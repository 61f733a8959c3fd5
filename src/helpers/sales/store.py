"""What is asked of sales and what comes back: results, kept on the sales that own them.

A question is a function of sales and a few plain arguments. `kept` keeps what it answers on the sales, so that it is
computed once and ends with them; with `needs` the answer is `Unavailable` where the source lacks a level's columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from inspect import BoundArguments, Signature, signature
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import ibis.expr.types as ir
import pandas as pd

from helpers.errors import BadParameter, ReportError, did_you_mean
from helpers.period import Period
from helpers.settings.company import Labels

if TYPE_CHECKING:
    from helpers.sales.sales import Sales

NUMBERS = (Decimal, int, float)
Number = Decimal | int | float
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Reader:
    """For whom a result is drawn: the language, what amounts are in, the company's own words, the two periods, the
    decimals of amounts on a page (None: the currency's), and, of a part of the company, the names of its branches and
    price lists."""

    company: str
    language: str
    currency: str
    labels: dict[str, Labels]
    period: Period
    before: Period | None = None
    digits: int | None = None
    only_branches: tuple[str, ...] = ()
    only_price_lists: tuple[str, ...] = ()

    @property
    def is_part(self) -> bool:
        """Whether it is of a part of the company alone."""
        return bool(self.only_branches or self.only_price_lists)


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Result:
    """The answer to a question; it knows its reader from its sales, and how it looks is the page's matter."""

    reader: Reader

    @property
    def frame(self) -> pd.DataFrame:
        """The answer in pandas: money as Decimal, exact; what is unknown is None."""
        raise NotImplementedError

    @property
    def floats(self) -> pd.DataFrame:
        """The same for arithmetic and plots: each Decimal a float, which is not exact."""
        return floats(self.frame)

    @property
    def tables(self) -> dict[str, ir.Table | pd.DataFrame]:
        """What stands beside the page of this answer, by the name of its Parquet file."""
        return {}

    @property
    def figures(self) -> dict[str, Number | None]:
        """The figures that a page prints of this answer, by their name in analysis/figures.sql; None: not known."""
        return {}

    def __getattr__(self, name: str) -> Any:
        """What a frame has and an answer has not: say where the frame is. Of a property of ours that failed say how."""
        if hasattr(type(self), name):
            return object.__getattribute__(self, name)
        hint = ": it is pandas' own, ask .frame or .floats" if hasattr(pd.DataFrame, name) else ""
        raise AttributeError(f"{type(self).__name__} has no '{name}'{hint}", name=name, obj=self)

    def __repr__(self) -> str:
        name = f"{type(self).__name__} of {self.reader.company}, {self.reader.period.name}"
        return f"<{name}: .frame in pandas, exact; .floats for arithmetic>"


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Unavailable(Result):
    """No answer, since the source lacks what the level needs (`schema.LEVELS`); false where a truth is asked."""

    level: int

    @property
    def frame(self) -> pd.DataFrame:
        """Nothing."""
        return pd.DataFrame()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<Unavailable: the source does not reach level {self.level}>"


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Rows(Result):
    """An answer that is one small table."""

    rows: pd.DataFrame

    @property
    def frame(self) -> pd.DataFrame:
        """The table: money as Decimal, exact; what is unknown is None."""
        return self.rows


def kept(ask: Callable[Concatenate["Sales", P], R]) -> Callable[Concatenate["Sales", P], R]:
    """Keep what a function answers on the sales it was asked of: computed once, gone with them."""
    shape = signature(ask)

    @wraps(ask)
    def answer(sales: "Sales", /, *args: P.args, **kwargs: P.kwargs) -> R:
        bound = _bound(ask, shape, sales, args, kwargs)
        key = (f"{ask.__module__}.{ask.__qualname__}", *map(_hashable, list(bound.arguments.values())[1:]))
        if key not in sales.answers:
            sales.answers[key] = _answered(ask, sales, bound)
        return sales.answers[key]

    return answer


def checked(ask: Callable[Concatenate["Sales", P], R]) -> Callable[Concatenate["Sales", P], R]:
    """Refuse an argument that the function lacks with a sentence; nothing is kept."""
    shape = signature(ask)

    @wraps(ask)
    def answer(sales: "Sales", /, *args: P.args, **kwargs: P.kwargs) -> R:
        bound = _bound(ask, shape, sales, args, kwargs)
        return _answered(ask, sales, bound)

    return answer


def _answered(ask: Callable[..., R], sales: "Sales", bound: BoundArguments) -> R:
    """What a function answers; TryLater where an engine fails because a file of the source changed under it."""
    try:
        return ask(*bound.args, **bound.kwargs)
    except ReportError:
        raise
    except Exception:  # each engine has its own
        sales.source.assert_unchanged()
        raise


def needs(
    level: int,
) -> Callable[[Callable[Concatenate["Sales", P], R]], Callable[Concatenate["Sales", P], "R | Unavailable"]]:
    """Answer `Unavailable` where the source does not reach a level of `schema.LEVELS`."""

    def declare(ask: Callable[Concatenate["Sales", P], R]) -> Callable[Concatenate["Sales", P], "R | Unavailable"]:
        @wraps(ask)
        def answer(sales: "Sales", /, *args: P.args, **kwargs: P.kwargs) -> "R | Unavailable":
            return ask(sales, *args, **kwargs) if sales.reached[level] else sales.unavailable(level)

        return answer

    return declare


def _hashable(value: object) -> object:
    """An argument as a part of a key: what changes in place is known by what it says."""
    return repr(value) if isinstance(value, dict | list) else value


def _bound(
    ask: Callable[..., object], shape: Signature, sales: "Sales", args: tuple[Any, ...], kwargs: dict[str, Any]
) -> BoundArguments:
    """The arguments of a call by their names, defaults filled in; BadParameter for one that the function lacks."""
    if not hasattr(type(sales), "counted"):
        raise BadParameter(f"{ask.__name__}: the first argument is sales, as open_sales gives them; "
                           f"got {type(sales).__name__}")  # fmt: skip
    for name in kwargs:
        if name not in shape.parameters:
            known = list(shape.parameters)[1:]
            near = did_you_mean(name, known) if known else "; it takes none beside sales"
            raise BadParameter(f"{ask.__name__}: unknown argument '{name}'{near}")
    try:
        bound = shape.bind(sales, *args, **kwargs)
    except TypeError as error:
        raise BadParameter(f"{ask.__name__}: {error}") from None
    bound.apply_defaults()
    return bound


def floats(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns of Decimals, other numbers among them, are columns of floats; an unknown amount is NaN.

    Example: `floats(rating(sales).head(10)).net.mean()`."""

    def is_exact(column: pd.Series) -> bool:
        kinds = set(map(type, column.dropna())) if column.dtype == object else set()
        return Decimal in kinds and all(issubclass(kind, NUMBERS) for kind in kinds)

    exact = {name: frame[name] for name in frame if is_exact(frame[name])}
    return frame.assign(**{name: c.where(c.notna(), None).astype("float64") for name, c in exact.items()})
