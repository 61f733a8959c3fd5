"""Who the clients are: initials in any script, and the price list of the period's last instant."""

import pytest
from company import company, opened

from helpers.sales import frame

pytestmark = pytest.mark.every_engine

NAMES = {
    "Ann Archer": "A. A.",
    "Zoë d’Été-Noël": "Z. d.",
    "e\u0301mile O'Brien": "e. O.",
    "Jean-Pierre  J. Dupont": "J.  J. D.",
    "A.B. Smith": "A.B. S.",
    "ООО «Ромашка»": "О. «Р.»",
    "Іван\u00a0Франко": "І.\u00a0Ф.",
    "أحمد بن علي": "أ. ب. ع.",
    "山田 太郎": "山. 太.",
    "3M (France)": "3. (F.)",
    "-": "-",
}


@pytest.mark.on_spark
def test_initials_in_any_script(tmp_path):
    client = "client_id | client_name\n" + "\n".join(f"c{i:02d} | {name}" for i, name in enumerate(NAMES))
    lines = "client_id | sold_at | amount\nc00 | 2026-10-01 10:00:00 | 5"
    root = company(tmp_path, {"sale_line": lines, "client": client})
    found = frame(opened(root, names="initials").clients.order_by("client_id"))
    assert found.client_name.tolist() == list(NAMES.values())


@pytest.mark.on_spark
def test_a_price_list_at_both_ends_of_the_period(tmp_path):
    client = "client_id | client_name | price_list_id\n" + "\n".join(f"{c} | {c} | own" for c in "abcdef")
    history = """
        client_id | price_list_id | valid_from | valid_to
        a         | old           | 2020-01-01 |
        a         | new           | 2026-10-31 |
        b         | old           | 2020-01-01 |
        b         | new           | 2026-11-01 |
        c         | old           | 2020-01-01 |
        c         | new           | 2026-10-01 |
        d         | old           | 2020-01-01 |
        d         | new           | 2026-10-02 |
        e         | old           | 2020-01-01 | 2026-10-31
        f         | old           | 2020-01-01 | 2026-10-30
    """
    lines = "client_id | sold_at | amount\na | 2026-10-01 10:00:00 | 5"
    tables = {"sale_line": lines, "client": client, "client_price_list": history}
    found = frame(opened(company(tmp_path, tables)).clients.order_by("client_id"))
    listed = zip(found.client_id, found.price_list, found.price_list_before, found.price_list_from, strict=True)
    assert [(*row, since and f"{since:%m-%d}") for *row, since in listed] == [
        ("a", "new", "old", "10-31"),  # begins on the last day
        ("b", "old", None, None),  # begins the day after
        ("c", "new", None, None),  # held all the period: it begins on its first day
        ("d", "new", "old", "10-02"),  # changed within it
        ("e", "old", None, None),  # holds to the last day, that day included
        ("f", "own", None, None),  # ended the day before; the card's own
    ]
