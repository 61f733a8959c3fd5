"""Money in the engine: DECIMAL from the file to the page, never a float."""

WIDE = "decimal(19, 4)"  # a factor: of two with 18 digits DuckDB makes a product of 18
EXACT = "decimal(38, 4)"  # a sum of money on any engine
