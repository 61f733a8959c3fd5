"""How a result looks, in the reader's language: HTML, SVG, PNG, Excel, PDF. Nothing here computes a figure."""
