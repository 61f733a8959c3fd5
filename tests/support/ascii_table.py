"""Tables drawn in ASCII: columns parted by `|`, an empty cell is None, `·` an empty text."""


def rows(table: str) -> list[dict[str, str | None]]:
    """The rows of an ASCII table, every value a text or None."""
    lines = [[c.strip() for c in line.split("|")] for line in table.strip().splitlines() if line.strip()]
    return [{k: {"": None, "·": ""}.get(v, v) for k, v in zip(lines[0], line, strict=True)} for line in lines[1:]]
