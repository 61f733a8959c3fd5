"""Every module that draws a type of result; importing this registers their renderers with `drawing.draw`."""

from helpers.page import (
    actions_view,
    bonus_tables,
    change_view,
    charts,
    cross_table,
    data_notes,
    figures,
    files,
    highlights_view,
    movement_view,
    promising_charts,
    promising_tables,
    statement_view,
    tables,
    title,
    trend_view,
    waterfall,
)

__all__ = [
    "actions_view", "bonus_tables", "change_view", "charts", "cross_table", "data_notes", "figures", "files",
    "highlights_view", "movement_view", "promising_charts", "promising_tables", "statement_view", "tables", "title",
    "trend_view", "waterfall",
]  # fmt: skip
