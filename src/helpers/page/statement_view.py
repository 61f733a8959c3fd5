"""A client's statement as an analyst sees it: purchases by month and branch, price lists, points, rank by month.

In comes a Statement, out comes a Drawing of a few small tables.
"""

import pandas as pd

from helpers.analysis.client import Statement
from helpers.page.drawing import Drawing, draw
from helpers.page.tables import Column, Table, own_cell, table_drawing
from helpers.page.words import Words, capital, clean_name


@draw.register
def statement(result: Statement, w: Words) -> Drawing:
    """The tables one below the other, the client's name above them."""
    month, net = w.gettext("Month"), w.gettext("Net")
    purchases = result.purchases.rename(columns={"Total": w.gettext("Total")}).reset_index(names=month)
    lists = result.price_lists.set_axis([w.gettext("Price list"), w.gettext("Since")], axis="columns")
    ranks = result.ranks.set_axis([month, net, w.gettext("Rank"), capital(w.client(3))], axis="columns")
    parts = [
        _table(clean_name(result.client_name), purchases, w), _table(w.gettext("Price lists"), lists, w),
        draw(result.points, w), _table(w.gettext("Rank by month"), ranks, w),
    ]  # fmt: skip
    return Drawing("\n\n".join(part.text for part in parts), "".join(part.html for part in parts))


def _table(title: str, rows: pd.DataFrame, w: Words) -> Drawing:
    """The rows under their own headings, the first column a text."""
    columns = [Column(clean_name(str(name)), is_number=place > 0) for place, name in enumerate(rows)]
    cells = [[own_cell(value, w) for value in row] for row in rows.itertuples(index=False)]
    return table_drawing(Table(title, columns, cells, title=title), w)
