"""Who the clients are when a report shows initials alone."""

import pytest
from company import company, opened

from helpers.sales import frame

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
