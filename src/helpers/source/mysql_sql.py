"""What Ibis' compiler for MySQL does not say, or says otherwise than on the other engines."""

import datetime as dt
from typing import Any

import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.mysql import MySQLCompiler
from ibis.backends.sql.rewrites import rewrite_empty_order_by_window

DAY = {"D": "%Y-%m-%d", "M": "%Y-%m-01", "Y": "%Y-01-01"}


class Compiler(MySQLCompiler):  # type: ignore[misc]  # Ibis publishes no types
    """Ibis' compiler: what is unknown stays aside in a least or greatest, an empty count is 0, moments keep their
    microseconds, and texts are compared by their own collation, which is that of their bytes."""

    __slots__ = ()
    rewrites = tuple(r for r in MySQLCompiler.rewrites if r is not rewrite_empty_order_by_window)
    """Without an order by a constant: beside it MariaDB 10.11 takes DESC of another window for ASC."""
    UNSUPPORTED_OPS = tuple(set(MySQLCompiler.UNSUPPORTED_OPS) - {ops.RegexReplace})

    def visit_Equals(self, op: ops.Equals, *, left: Any, right: Any) -> Any:
        return self.binop(sge.EQ, left, right)

    def visit_Cast(self, op: ops.Cast, *, arg: Any, to: Any) -> Any:
        if to.is_timestamp():
            return sge.Cast(this=arg, to=MOMENT.copy())
        if to.is_boolean():
            return arg if op.arg.dtype.is_boolean() else sge.NEQ(this=sge.paren(arg), expression=sge.convert(0))
        if to.is_decimal() and to.scale is None:  # DECIMAL alone means no places
            return arg if op.arg.dtype.is_decimal() else self.cast(arg, "decimal(38, 10)")
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_NonNullLiteral(self, op: ops.Literal, *, value: Any, dtype: Any) -> Any:
        if dtype.is_decimal() and dtype.scale is None and value.is_finite():
            size = sge.Literal.number(format(abs(value), "f"))
            return size if value >= 0 else sge.Neg(this=size)
        if dtype.is_timestamp() and getattr(value, "tzinfo", None):
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_Least(self, op: ops.Least, *, arg: tuple[Any, ...]) -> Any:
        return self._of_known(self.f.least, arg)

    def visit_Greatest(self, op: ops.Greatest, *, arg: tuple[Any, ...]) -> Any:
        return self._of_known(self.f.greatest, arg)

    def _of_known(self, function: Any, values: tuple[Any, ...]) -> Any:
        """Of values that may be unknown: each unknown one is replaced by a known one."""
        turns = [values[n:] + values[:n] for n in range(len(values))]
        return function(*(self.f.coalesce(*turn) for turn in turns)) if len(values) > 1 else values[0]

    def visit_CountStar(self, op: ops.CountStar, *, arg: Any, where: Any) -> Any:
        return self.f.count(sge.Star() if where is None else self.if_(where, 1, sge.Null()))

    def visit_FloorDivide(self, op: ops.FloorDivide, *, left: Any, right: Any) -> Any:
        if op.left.dtype.is_integer() and op.right.dtype.is_integer():  # a quotient has few places and is rounded
            rest = self.f.mod(left, right)
            return sge.IntDiv(this=sge.paren(sge.paren(left) - self.f.mod(rest + right, right)), expression=right)
        return super().visit_FloorDivide(op, left=left, right=right)

    def visit_DateTimestampTruncate(self, op: Any, *, arg: Any, unit: Any) -> Any:
        if unit.short in DAY:
            return self.cast(self.f.date_format(arg, DAY[unit.short]), op.dtype)
        return super().visit_DateTimestampTruncate(op, arg=arg, unit=unit)

    visit_DateTruncate = visit_TimestampTruncate = visit_DateTimestampTruncate

    def visit_RegexReplace(self, op: ops.RegexReplace, *, arg: Any, pattern: Any, replacement: Any) -> Any:
        return self.f.anon.regexp_replace(arg, pattern, replacement)

    def visit_HexDigest(self, op: ops.HexDigest, *, arg: Any, how: str) -> Any:
        return self.f.anon.sha2(arg, int(how.removeprefix("sha")))


MOMENT = sge.DataType(this=sge.DataType.Type.DATETIME, expressions=[sge.DataTypeParam(this=sge.convert(6))])
compiler = Compiler()
