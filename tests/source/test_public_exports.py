# ruff: noqa: E501  (an export has long lines)
"""Exports of further systems: known by the catalogue, or guessed; each comes out right, or a person is asked, or told why
not. None comes out wrong in silence.

Headers are those of the public addresses in the catalogue or beside the name, else of exports in public code; rows are
public where it says so, else made up here: a header alone proves nothing.
"""

from decimal import Decimal as D
from pathlib import Path

import pytest
import yaml
from company import company, opened

from helpers.source.guess import propose
from helpers.source.guess.systems import recognised

RIGHT, ASKED, REFUSED = "right", "right once a person has confirmed what is asked", "refused with advice"

SQUARESPACE = """\
Order ID,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Amount Refunded,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem variant,Channel Type,Channel Name
05631,dummy@example.com,PAID,2023-06-30 14:55:13 +0100,USD,39.95,0.00,0.00,0.00,39.95,2023-06-30 14:55:13 +0100,1,Code For Your Life,39.95,,ONLINE,Squarespace
05630,other@example.com,PAID,2023-06-30 14:23:31 +0100,USD,50.00,5.00,0.00,10.00,55.00,2023-06-30 14:23:31 +0100,1,Code,39.95,,ONLINE,Squarespace
05630,other@example.com,,,,,,,,,2023-06-30 14:23:31 +0100,1,Life,10.05,,,
"""  # the first row is public (bitfield/sales)
EBAY = """\
Sales Record Number,Order Number,Buyer Username,Buyer Name,Item Number,Item Title,Custom Label,Quantity,Sold For,Shipping And Handling,Seller Collected Tax,Sale Date
112,24-14934-88735,gamecosmos,A Buyer,318508625049,Test card,PH-000001,1,$900.00,$5.97,$0.00,Jul-25-26
113,24-14934-88736,second,B Buyer,318508625050,Lamp,PH-000002,1,"$1,000.50",$0.00,$0.00,Jul-26-26
2 record(s) downloaded,,,,,,,,,,,
"""
PAYPAL = """\
"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address","Transaction ID","Item Title","Balance"
"10/01/2019","03:46:20","PDT","Calm Radio","Subscription Payment","Completed","USD","-6.99","0.00","-6.99","simon@joyful.com","memberships@calmradio.com","06P57143A2806728E","MONTHLY","-6.99"
"10/01/2019","03:46:20","PDT","","Bank Deposit to PP Account ","Pending","USD","6.99","0.00","6.99","","simon@joyful.com","0UT1454T080467333","","0.00"
"10/22/2019","05:07:06","PDT","Noble Benefactor","Subscription Payment","Completed","USD","10.00","-0.59","9.41","noble@bene.fac.tor","simon@joyful.com","68LL1662YP3134303","Joyful","9.41"
"10/23/2019","05:07:06","PDT","Noble Benefactor","Payment Refund","Completed","USD","-4.00","0.00","-4.00","simon@joyful.com","noble@bene.fac.tor","79LL","Joyful","5.41"
"""  # all rows but the last are public (hledger)
MAGENTO = """\
ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Grand Total (Purchased),Status,Customer Email,Customer Group,Subtotal,Shipping and Handling,Total Refunded
000000001,Main,2026-10-01 10:00:00,Ann Lee,Ann Lee,105.00,105.00,Complete,ann@example.com,General,100.00,5.00,0.00
000000002,Main,2026-10-02 10:00:00,Bob Ray,Bob Ray,55.00,55.00,Closed,bob@example.com,General,50.00,5.00,55.00
000000003,Main,2026-10-03 10:00:00,Bob Ray,Bob Ray,70.00,70.00,Canceled,bob@example.com,General,65.00,5.00,
"""
SAGE = """\
Type,Account Reference,Nominal A/C Ref,Department Code,Date,Reference,Details,Net Amount,Tax Code,Tax Amount
SI,ANN001,4000,1,13/10/2026,INV1,Goods,100.00,T1,20.00
SC,ANN001,4000,1,14/10/2026,CRN1,Return,30.00,T1,6.00
SI,BOB001,4000,2,15/10/2026,INV2,Goods,50.50,T1,10.10
SA,ANN001,1200,0,16/10/2026,PAY1,Payment,84.00,T9,0.00
PI,SUP001,5000,0,16/10/2026,B1,Stock,500.00,T1,100.00
"""
XERO = """\
ContactName,EmailAddress,POAddressLine1,InvoiceNumber,Reference,InvoiceDate,DueDate,Total,TaxTotal,InvoiceAmountPaid,InvoiceAmountDue,InventoryItemCode,Description,Quantity,UnitAmount,Discount,LineAmount,AccountCode,TaxType,TaxAmount,TrackingName1,TrackingOption1,Currency,Type,Sent,Status
Harbour Cafe,,,INV-1014,,24/03/2026,23/04/2026,1495.0000,195.0000,0.0000,1495.0000,,Coffee,1.0000,1300.0000,,1300.00,200,15% GST,195.00,,,NZD,Sales invoice,,Awaiting Payment
Harbour Cafe,,,INV-1015,,25/03/2026,23/04/2026,100.0000,0.0000,0.0000,0.0000,,Void,1.0000,100.0000,,100.00,200,15% GST,0.00,,,NZD,Sales invoice,,Voided
The Roastery,,,INV-1016,,30/03/2026,29/04/2026,862.5000,112.5000,862.5000,0.0000,,Beans,2.0000,250.0000,,500.00,200,15% GST,75.00,,,NZD,Sales invoice,,Paid
The Roastery,,,INV-1016,,30/03/2026,29/04/2026,862.5000,112.5000,862.5000,0.0000,,Cups,1.0000,250.0000,,250.00,200,15% GST,37.50,,,NZD,Sales invoice,,Paid
"""
QUADERNO = """\
document_type,date,number,contact_name,description,original_currency,original_amount,accounting_currency,total_amount,gross_amount,discounts,net_amount,tax_1_amount,tax_1_rate
invoice,2026-10-01,I1,Ann,Plan,USD,121.00,EUR,110.00,100.00,10.00,90.00,20.00,22
credit note,2026-10-02,C1,Ann,Plan,USD,-12.10,EUR,-11.00,-10.00,0.00,-10.00,-1.00,10
expense,2026-10-03,E1,Host,Server,USD,500.00,EUR,450.00,450.00,0.00,450.00,0.00,0
"""
ETSY_ORDERS = """\
Sale Date,Order ID,Buyer User ID,Full Name,First Name,Last Name,Number of Items,Payment Method,Currency,Order Value,Coupon Code,Discount Amount,Shipping,Sales Tax,Order Total,Status,Card Processing Fees,Order Net
10/13/26,1,ann,Ann Lee,Ann,Lee,1,Card,USD,20.00,,2.00,5.00,1.00,24.00,,0.50,23.50
10/14/26,2,,Bob Ray,Bob,Ray,1,Card,USD,30.00,,,5.00,1.00,36.00,,0.50,35.50
"""
WOO = """\
order_id,order_number_formatted,order_number,date,status,order_shipping,order_tax,order_total,payment_method,customer_user,billing_first_name,billing_last_name,billing_email
4993,4993,,5/31/2016 0:37,completed,0,0,30,paypal,[email protected],Cherlynn,Harle,c@example.com
4992,4992,,5/30/2016 22:00,failed,0,0,45,paypal,[email protected],Ann,Lee,a@example.com
"""
LOYVERSE = """\
Date,Receipt number,Receipt type,Gross sales,Discounts,Net sales,Taxes,Total collected,Cost of goods,Gross profit,Payment type,Description,Dining option,POS,Store,Cashier name,Customer name,Customer contacts,Status
7/28/26 1:33 PM,4-10378,Sale,90.00,0.00,90.00,0.00,90.00,18.35,71.65,Transfer,1 x Chocoholic,Dine in,POS 1,Cafe,T,Ann,,Closed
7/28/26 12:03 PM,4-10366,Sale,150.00,50.00,100.00,0.00,100.00,20.00,80.00,Card,1 x Beet,Dine in,POS 1,Cafe,T,Bob,,Closed
7/27/26 12:03 PM,4-10360,Sale,77.00,0.00,77.00,0.00,77.00,20.00,57.00,Card,1 x Beet,Dine in,POS 1,Cafe,T,Bob,,Cancelled
7/26/26 11:46 AM,4-10340,Refund,-40.00,0.00,-40.00,0.00,-40.00,0.00,-40.00,Cash,1 x Beet,Dine in,POS 1,Cafe,T,Bob,,Closed
"""
KNOWN = {
    "squarespace": (SQUARESPACE, {"dummy@example.com": D("39.95"), "other@example.com": 55 - 10}, RIGHT),
    "ebay_orders": (EBAY, {"gamecosmos": 900, "second": D("1000.50")}, ASKED),
    "paypal": (PAYPAL, {"noble@bene.fac.tor": 10 - 4}, ASKED),
    "magento_orders": (MAGENTO, {"ann@example.com": 105, "bob@example.com": 55 - 55}, ASKED),
    "sage50_audit_trail": (SAGE, {"ANN001": 100 - 30, "BOB001": D("50.50")}, RIGHT),
    "xero_invoices": (XERO, {"Harbour Cafe": 1300, "The Roastery": 500 + 250}, ASKED),
    "quaderno": (QUADERNO, {"Ann": 90 - 10}, ASKED),
    "etsy_orders": (ETSY_ORDERS, {"ann": 20 - 2, "Bob Ray": 30}, ASKED),
    "woocommerce_orders": (WOO, {"c@example.com": 30}, RIGHT),
    "loyverse_receipts": (LOYVERSE, {"Ann": 90, "Bob": 100 - 40}, RIGHT),
}  # fmt: skip
"""A system of the catalogue → its export, what each client spent, and what becomes of it."""

GUESSED = {
    # https://github.com/CherryStreet2020/CherryWorksPro-5-2-26
    "FreshBooks, invoice details": ("""\
Client Name,Invoice #,Date Issued,Date Due,Invoice Status,Date Paid,Item Name,Rate,Quantity,Discount Percentage,Line Subtotal,Tax 1 Amount,Line Total,Currency
Client Alpha,INV-001,2025-05-01,2025-06-01,paid,2025-05-10,Web Design,75.00,10,0,750.00,0,750.00,USD
Client Beta,INV-002,2025-05-03,2025-06-03,sent,,Consulting,150.00,2,0,300.00,0,300.00,USD
Client Gamma,INV-004,2025-05-20,2025-06-20,draft,,Support,200.00,1,0,200.00,0,200.00,USD
""", {"Client Alpha": 750, "Client Beta": 300}, ASKED),
    # https://github.com/Daromele/Dashboard-Creator
    "Gumroad, sales": ("""\
Purchase ID,Item Name,Buyer Name,Purchase Email,Purchase Date,Subtotal ($),Taxes ($),Shipping ($),Sale Price ($),Fees ($),Net Total ($),Refunded?,Partial Refund ($),Country,Quantity
g1,Planner,Ada Example,ada@example.com,2026-09-02,12.00,0.00,0.00,12.00,1.85,10.15,false,0.00,United States,1
g2,Planner,Bo Placeholder,bo@example.com,2026-09-05,12.00,0.96,0.00,12.96,1.85,10.15,false,0.00,Canada,1
""", None, ASKED),
    # https://github.com/Daromele/Dashboard-Creator
    "Faire, orders": ("""\
Order Number,Order Date,Retailer Name,Product Name,SKU,Quantity,Wholesale Price,Retail Price,Status
FA100,2026-09-06,Example Gift Shop,Speckled Mug,MUG-1,6,19.00,38.00,Shipped
FA101,2026-09-18,Placeholder Boutique,Speckled Mug,MUG-1,4,19.00,38.00,Cancelled
""", None, REFUSED),
    # https://github.com/Daromele/Dashboard-Creator
    "Payhip, sales": ("""\
Date,Transaction ID,Product,Customer Email,Amount,Currency,Payhip Fee,Payment Processor Fee,Coupon,Country
2026-09-07,PH1,Meal Planner PDF,dee@example.com,9.00,USD,0.45,0.56,,United Kingdom
2026-09-12,PH2,Meal Planner PDF,eve@example.com,9.00,USD,0.45,0.56,SAVE,United States
""", {"dee@example.com": 9, "eve@example.com": 9}, RIGHT),
    # https://github.com/Daromele/Dashboard-Creator
    "Fourthwall, orders": ("""\
Order ID,Created At,Status,Product,Variant,Quantity,Subtotal,Shipping,Tax,Total,Base Cost,Your Earnings
FW-9,2026-09-14,Fulfilled,Fern Tee,M,1,30.00,5.00,2.10,37.10,14.00,18.20
""", None, REFUSED),
    # https://github.com/Daromele/Dashboard-Creator
    "TikTok Shop, settlements": ("""\
Order/adjustment ID,Type,Order created time,Order settled time,Currency,Total settlement amount,Total revenue,Total fees
576001,Order,2026/09/03,2026/09/10,USD,21.10,25.00,-3.90
576002,Refund,2026/09/08,2026/09/12,USD,-12.70,-15.00,2.30
""", None, REFUSED),
    # https://github.com/Korzen101/SellScout
    "Amazon, date range": ("""\
"date/time","settlement id","type","order id","sku","description","quantity","order city","order postal","product sales","promotional rebates","selling fees","total"
"Sep 4, 2026 1:05:07 AM PDT","1001","Order","111-1","MUG-1","Mug","2","Testville","00000","76.00","-4.00","-11.55","65.45"
"Sep 9, 2026 3:00:00 PM PDT","1001","Refund","111-1","MUG-1","Mug","1","Testville","00000","-38.00","2.00","4.62","-31.38"
""", None, REFUSED),
    # https://github.com/jinghuaswsx/AutoVideoSrtLocal
    "Shopify, payouts": ("""\
Transaction Date,Type,Order,Card Brand,Payout Status,Payout Date,Amount,Fee,Net,Currency
2026-09-03 10:15:00 -0400,charge,#1001,visa,paid,2026-09-05,56.29,1.93,54.36,USD
2026-09-10 09:00:00 -0400,charge,#1002,mastercard,paid,2026-09-12,25.00,1.03,23.97,USD
""", None, REFUSED),
    "Stripe, balance": ("""\
id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Status,Description
txn_9,charge,ch_9,120.00,1.93,118.07,eur,2026-10-05 10:00,2026-10-07 00:00,pending,Invoice
""", None, REFUSED),
    # https://github.com/vippsas/vipps-developers
    "Vipps, settlement": ("""\
Salgsdato;Salgssted;Vippsnummer;Produkt;Transaksjons-ID;Ordre-ID;Brutto;Gebyr;Netto;Transaksjonstype
2026-10-01;Butikk;12345;Vipps Netthandel;1;A1;100,00;2,00;98,00;Salg
""", None, REFUSED),
    # https://github.com/ledermann/datev
    "DATEV, Buchungsstapel": ("""\
"EXTF";700;21;"Buchungsstapel";7;20261101;;"RE"
Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Konto;Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel;Belegdatum;Belegfeld 1;Buchungstext
119,00;S;EUR;10001;8400;;1310;R1;Verkauf
""", None, REFUSED),
    "Wix, orders": ("""\
Order Number,Date Created,Contact Name,Contact Email,Item,Total,Payment Status,Payment Method
10001,02/15/2024,Tamar Example,t@example.com,Feed,60.00,Paid,Credit Card
10002,02/17/2024,Ori Example,o@example.com,Feed,120.00,Paid,Credit Card
10004,02/23/2024,Gal Example,g@example.com,Feed,18.00,Unpaid,
""", {"t@example.com": 60, "o@example.com": 120, "g@example.com": 18}, ASKED),
    # https://github.com/zoetankersley/sunrise_social_club
    "Square, items": ("""\
Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Event Type,Location,Customer ID,Customer Name
2026-09-13,10:02:11,Eastern Time (US & Canada),Ceramics,Mug,1,Regular,MUG-1,$18.00,-$3.00,$15.00,$1.20,SQA1x,Payment,Autumn Fair,CUST1,Dee Example
2026-09-13,10:02:11,Eastern Time (US & Canada),Prints,Fern Print,1,Regular,FERN-1,$12.00,$0.00,$12.00,$0.96,SQA1x,Payment,Autumn Fair,CUST1,Dee Example
2026-09-20,09:00:00,Eastern Time (US & Canada),Prints,Fern Print,-1,Regular,FERN-1,-$12.00,$0.00,-$12.00,-$0.96,SQB2y,Refund,Autumn Fair,CUST1,Dee Example
""", {"CUST1": 15 + 12 - 12}, ASKED),
    # https://github.com/Papa-Oso/JoshsMiniERP
    "eBay, transactions": ("""\
"Transaction creation date","Type","Order number","Buyer username","Buyer name","Net amount","Payout currency","Item ID","Quantity","Item subtotal","Shipping and handling","Gross transaction amount","Transaction currency"
"Sep 5, 2026","Order","12-1","buyer_one","A Person","21.46","USD","200001","1","20.00","5.00","26.60","USD"
"Sep 6, 2026","Order","12-2","buyer_two","B Person","40.00","USD","200002","1","42.00","0.00","42.00","USD"
""", None, ASKED),
    "Harvest, invoices": ("""\
Issue Date,Last Payment Date,ID,PO Number,Client,Subject,Invoice Amount,Paid Amount,Balance,Subtotal,Discount,Tax,Currency
2026-10-01,,1001,,Ann Ltd,Work,120.00,0.00,120.00,100.00,0.00,20.00,USD
2026-10-02,,1002,,Bob Inc,Work,60.00,60.00,0.00,50.00,0.00,10.00,USD
""", None, ASKED),
}  # fmt: skip
"""An export that no map knows → its rows, what each client spent (None: any figure must be asked for), and what becomes
of it."""


def by_client(root: Path, content: str):
    """(the proposal, what each client spent by it once a person has confirmed it; None where it cannot be read)."""
    root = company(root, {})
    (root / "data").mkdir()
    (root / "data" / "s.csv").write_text(content)
    proposal = propose(root / "data" / "s.csv", root)
    if proposal.problem:
        return proposal, None
    settings = yaml.safe_load(proposal.text) | {"unconfirmed": []}
    (root / "params" / "acme" / "source.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    lines = opened(root, "2016-01-01..2026-10-31").counted.to_pandas()
    return proposal, lines.groupby("client_id").amount.sum().to_dict()


def asked(proposal) -> set[str]:
    """What a person is asked beside whose sales they are, and where and in which currency."""
    return set(proposal.unconfirmed) - {"company", "timezone", "currency"}


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_export_comes_out_right(tmp_path, name):
    content, expected, outcome = KNOWN[name]
    proposal, spent = by_client(tmp_path, content)
    assert recognised(content.splitlines()[0].replace('"', "").split(",")).name == name
    assert spent == expected, proposal.text
    if outcome == RIGHT:
        assert not {each for each in asked(proposal) if "date" not in each}
    else:
        assert asked(proposal)


@pytest.mark.parametrize("name", GUESSED)
def test_an_unknown_export_is_right_or_asked_or_refused(tmp_path, name):
    content, expected, outcome = GUESSED[name]
    proposal, spent = by_client(tmp_path, content)
    if outcome == REFUSED:
        assert spent is None, proposal.text
        assert "no column looks like" in proposal.problem
        return
    assert spent is not None, proposal.problem
    if expected is not None:
        assert spent == expected, proposal.text
    if outcome == ASKED:
        assert {"sale_line.amount", "state_map", "kind_map", "sale_line.client_id"} & asked(proposal)
