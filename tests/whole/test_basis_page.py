"""The page of a basis and of one currency: its header says so in every language, and what is owed stands beside."""

import json
import shutil
from decimal import Decimal as D
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from company import company

from helpers.publishing.notebook_run import prepare
from helpers.publishing.publish import publish

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.kernel

LINES = """
    sale_id | line_no | client_id | branch_id | sold_at             | amount | currency
    s1      | 1       | ann       | north     | 2026-09-10 10:00:00 | 100    | EUR
    s1      | 2       | ann       | south     | 2026-09-10 10:00:00 | 50     | EUR
    s2      | 1       | bob       | north     | 2026-10-02 10:00:00 | 70     | EUR
    s3      | 1       | bob       | north     | 2026-10-03 10:00:00 | 9      | USD
"""
PAYMENT = """
    payment_id | client_id | paid_at             | amount | currency
    p1         | ann       | 2026-10-03 10:00:00 | 120    | EUR
    p2         | bob       | 2026-10-04 10:00:00 | 8      | USD
"""
ALLOCATION = """
    payment_id | sale_id | amount
    p1         | s1      | 75
    p2         | s3      | 8
"""
TABLES = {"sale_line": LINES, "payment": PAYMENT, "payment_allocation": ALLOCATION}
SAID = {
    "en": ("as paid, by the payment's date", "Unallocated payments", "sales in it alone", "Payments up to"),
    "fr": ("montants encaissés, à la date du paiement", "Paiements non affectés", "ventes dans cette seule devise",
           "Paiements jusqu’au"),
    "ar": ("حسب المدفوعات، بتاريخ الدفع", "مدفوعات غير مخصصة", "المبيعات بهذه العملة وحدها", "المدفوعات حتى"),
}  # fmt: skip
OWED = {"en": ("Owed", "30.00"), "fr": ("Dû", "30,00"), "ar": ("المستحق", "30.00")}  # 100 + 50 − 120


@pytest.mark.parametrize("language", SAID)
def test_the_page_of_what_was_paid_in_one_currency(tmp_path, language):
    root = company(tmp_path, TABLES)
    shutil.copy(ROOT / "notebooks" / "client_rating.ipynb", root / "notebooks")
    file = root / "params" / "acme" / "client_rating.yaml"
    file.write_text(f"period: 2026-10\ntoday: '2026-11-23'\nbasis: paid\ncurrency: EUR\nlanguage: {language}\n")
    folder = publish(prepare(file), root / "published").parent
    page = (folder / "index.html").read_text("utf-8").replace("&#39;", "'")
    assert [text for text in SAID[language] if text not in page] == []
    assert json.loads((folder / "checks.json").read_text())["total"] == "120.0000"
    opened = json.loads(page.partition('class="opened">')[2].partition("</script>")[0])
    label, amount = OWED[language]
    assert [row[opened["labels"].index(label)] for row in opened["rows"]] == [amount]
    owed = pd.read_parquet(folder / "outstanding.parquet").set_index("client_id")
    assert owed.outstanding.to_dict() == {"ann": D(100) + 50 - 120, "bob": D(70)}
    sheet = openpyxl.load_workbook(folder / "rating.xlsx", data_only=True).worksheets[0]
    table = list(sheet.iter_rows(values_only=True))
    assert (table[1][2], table[1][-1], table[-1][-1]) == ("ann", 100 + 50 - 120, 100 + 50 - 120)
