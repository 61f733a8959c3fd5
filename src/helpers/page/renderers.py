"""Every module that draws a type of result; importing this registers their renderers with `drawing.draw`."""

from helpers.page import (
    bonus_tables,
    change_view,
    charts,
    cross_table,
    data_notes,
    figures,
    files,
    promising_charts,
    promising_tables,
    tables,
    title,
    waterfall,
)

__all__ = [
    "bonus_tables", "change_view", "charts", "cross_table", "data_notes", "figures", "files", "promising_charts",
    "promising_tables", "tables", "title", "waterfall",
]  # fmt: skip
