# ruff: noqa: E501  (an export has long lines)
"""Exports and lists as companies have them, none of which the catalogue knows: each comes out right, or a person is asked
for what decides it, or it is told, stopped or refused. None comes out wrong in silence.

Headers are those of the address beside the name; where there is none, header and rows are made up after their kind.
Rows are made up, some of them after those at the address.
"""

from decimal import Decimal as D
from pathlib import Path

import pytest
import yaml
from company import company, opened

from helpers.analysis.rating import rating
from helpers.errors import BadData
from helpers.sales.quality import findings
from helpers.source.guess import propose
from helpers.source.guess.systems import recognised

RIGHT, ASKED, TOLD, STOPPED, REFUSED = "right", "asked", "told in quarantine", "stopped", "refused with advice"

EXPORTS: dict[str, tuple[str, dict[str, D] | None, str, str]] = {
    # https://github.com/CherryStreet2020/CherryWorksPro-5-2-26
    "FreshBooks, invoice details": ("""\
Client Name,Invoice #,Date Issued,Date Due,Invoice Status,Date Paid,Item Name,Item Description,Rate,Quantity,Discount Percentage,Line Subtotal,Tax 1 Type,Tax 1 Amount,Tax 2 Type,Tax 2 Amount,Line Total,Currency
Client Alpha,INV-001,10/01/2026,10/31/2026,paid,10/10/2026,Web Design,Mockup,75.00,10.0,0,750.00,GST,37.50,,0.00,787.50,USD
Client Alpha,INV-001,10/01/2026,10/31/2026,paid,10/10/2026,Hosting,Year,100.00,1.0,0,100.00,GST,5.00,,0.00,105.00,USD
Client Beta,INV-002,10/15/2026,11/15/2026,sent,,Consulting,Talk,90.00,2.0,10,162.00,GST,8.10,,0.00,170.10,USD
Client Beta,INV-003,10/16/2026,11/16/2026,draft,,Consulting,Talk,90.00,2.0,0,180.00,GST,9.00,,0.00,189.00,USD
""", {'Client Alpha': D(750) + 100, 'Client Beta': D(162)}, ASKED, "sale_line.amount"),
    # https://github.com/ursjoss/lola-sumup
    "SumUp, sales report": ("""\
Account,Date,Time,Type,Transaction ID,Receipt Number,Payment Method,Quantity,Description,Currency,Price (Gross),Price (Net),Tax,Tax rate,Transaction refunded
test@org.org,15.10.26,11:53,Sales,TD4KP497FR,S20260000001,Cash,2,Kaffee,CHF,7.00,6.48,0.52,8%,
test@org.org,15.10.26,11:55,Sales,TD4KP497FS,S20260000002,Card,1,Tee,CHF,4.00,3.70,0.30,8%,
test@org.org,16.10.26,12:55,Refund,TD4KP497FS,S20260000003,Card,1,Tee,CHF,-4.00,-3.70,-0.30,8%,
""", None, ASKED, "sale_line.client_id"),
    # https://github.com/ryanduguid/openaccountants
    "Amazon, settlement V2": ("""\
settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\tshipment-id\tmarketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\tposted-date-time\torder-item-code\tmerchant-order-item-id\tmerchant-adjustment-item-id\tsku\tquantity-purchased\tpromotion-id
111\t01.10.2026 00:00:00 UTC\t14.10.2026 00:00:00 UTC\t16.10.2026 00:00:00 UTC\t15.50\tEUR\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t
111\t\t\t\t\t\tOrder\t026-1\t\t\tS1\tAmazon.de\tItemPrice\tPrincipal\t20.00\tAFN\t02.10.2026\t02.10.2026 10:11:12 UTC\t1\t\t\tMUG\t1\t
111\t\t\t\t\t\tOrder\t026-1\t\t\tS1\tAmazon.de\tItemFees\tCommission\t-3.00\tAFN\t02.10.2026\t02.10.2026 10:11:12 UTC\t1\t\t\tMUG\t\t
111\t\t\t\t\t\tRefund\t026-0\t\tA1\t\tAmazon.de\tItemPrice\tPrincipal\t-1.50\tAFN\t03.10.2026\t03.10.2026 10:11:12 UTC\t2\t\t\tMUG\t\t
""", None, REFUSED, ""),
    # https://github.com/caponica/AmazonMwsComplete
    "Amazon, all orders": ("""\
amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\torder-channel\turl\tship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\titem-tax\tshipping-price\tshipping-tax\tgift-wrap-price\tgift-wrap-tax\titem-promotion-discount\tship-promotion-discount\tship-city\tship-state\tship-postal-code\tship-country\tpromotion-ids\tis-business-order\tpurchase-order-number\tprice-designation
302-1\t\t2026-10-17T08:04:21+00:00\t2026-10-18T22:07:59+00:00\tShipped\tAmazon\tAmazon.it\t\t\tSecondDay\tMug\tMUG\tB0\tShipped\t1\tEUR\t89.95\t0\t5.00\t0\t\t\t\t\tROMA\tRM\t00100\tIT\t\tfalse\t\t
302-2\t\t2026-10-18T08:04:21+00:00\t2026-10-18T22:07:59+00:00\tCancelled\tAmazon\tAmazon.it\t\t\tSecondDay\tMug\tMUG\tB0\tCancelled\t1\tEUR\t\t\t\t\t\t\t\t\tROMA\tRM\t00100\tIT\t\tfalse\t\t
""", None, REFUSED, ""),
    # https://github.com/qesmsep/noir-crm-dashboard
    "Toast, item selections": ("""\
Location,Order Id,Order #,Sent Date,Order Date,Check Id,Server,Table,Dining Area,Service,Dining Option,Item Selection Id,Item Id,Master Id,SKU,PLU,Menu Item,Menu Subgroup(s),Menu Group,Menu,Sales Category,Gross Price,Discount,Net Price,Qty,Tax,Void?,Deferred,Tax Exempt,Tax Inclusion Option,Dining Option Tax,Tab Name
106 West,1300000015734303122,5001,10/8/26 5:18 PM,10/8/26 5:17 PM,130000001,Alex E,4,Bar,Dinner,Dine In,S1,I1,M1,,,Negroni,,Cocktails,Bar,Drinks,14.00,0.00,14.00,1,1.12,false,false,false,TAX_NOT_INCLUDED,,Smith
106 West,1300000015734303122,5001,10/8/26 5:18 PM,10/8/26 5:17 PM,130000001,Alex E,4,Bar,Dinner,Dine In,S2,I2,M2,,,Burger,,Mains,Food,Food,18.00,2.00,16.00,1,1.28,false,false,false,TAX_NOT_INCLUDED,,Smith
106 West,1300000015734303199,5002,10/9/26 7:00 PM,10/9/26 6:59 PM,130000002,Alex E,5,Bar,Dinner,Dine In,S3,I2,M2,,,Burger,,Mains,Food,Food,18.00,0.00,18.00,1,1.44,true,false,false,TAX_NOT_INCLUDED,,Jones
""", None, REFUSED, ""),
    # https://github.com/matanlevanon/open-ledger-il
    "Wave, invoices": ("""\
Invoice Number,Customer,Invoice Date,Currency,Amount,Status
301,Example Client Ltd,2026-10-15,EUR,480.00,Overdue
302,"Northwind Traders, Inc.",2026-10-15,EUR,"1,250.00",Paid
303,Example Client Ltd,2026-10-16,EUR,99.00,Draft
""", {'Example Client Ltd': D(480), 'Northwind Traders, Inc.': D(1250)}, ASKED, "state_map"),
    # https://github.com/Holodeck23/MyoFlow
    "BMD, Austria": ("""\
Satzart;GKonto;Steuercode;Buchcode;Rechnungsnummer;Rechnungsdatum;Kunde;Kundenadresse;Bruttobetrag;Status;Kleinunternehmer
RG;8300;AT;UST;2026-001;01.10.2026;Max Mustermann;"Linz; 4020";150,00;PAID;Ja
RG;8300;AT;UST;2026-002;03.10.2026;Anna Schmidt;"Wels; 4600";1.200,00;SENT;Ja
""", {'Max Mustermann': D(150), 'Anna Schmidt': D(1200)}, ASKED, "state_map"),
    # https://github.com/Endymion1236/centre-equestre-agon
    "a French till, HT and TTC": ("""\
N° facture;Date;Client;Prestations;HT;TVA;TTC;Réglé;Reste dû;Statut;Mode
F-2026-0101;01/10/2026;Enaux;Pension Dalhia;250.00;50.00;300.00;300.00;0.00;paid;virement
F-2026-0102;15/10/2026;Lefèvre;Pension Rose;100.00;20.00;120.00;0.00;120.00;envoyée;
(proforma);16/10/2026;Lefèvre;Pension Rose;100.00;20.00;120.00;0.00;120.00;proforma;
""", {'Enaux': D(250), 'Lefèvre': D(100)}, ASKED, "state_map"),
    # https://github.com/ledermann/datev
    "DATEV, Buchungsstapel with its first line": ("""\
"EXTF";700;21;"Buchungsstapel";7;20261101;;"RE";;;1001;1;20260101;4;20261001;20261031;"Oktober";"";1;;0;"EUR"
"Umsatz (ohne Soll/Haben-Kz)";"Soll/Haben-Kennzeichen";"WKZ Umsatz";"Kurs";"Basis-Umsatz";"WKZ Basis-Umsatz";"Konto";"Gegenkonto (ohne BU-Schlüssel)";"BU-Schlüssel";"Belegdatum";"Belegfeld 1";"Belegfeld 2";"Skonto";"Buchungstext"
119,00;"S";"EUR";;;;10001;8400;"";1310;"R1";;;"Verkauf"
238,00;"S";"EUR";;;;10002;8400;"";1410;"R2";;;"Verkauf"
""", None, REFUSED, ""),
    # https://github.com/IvanPJH05/meaningful-plushies-fulfilment
    "TikTok Shop, orders (refunds beside)": ("""\
Order ID,Order Status,Order Substatus,SKU ID,Seller SKU,Product Name,Variation,Quantity,SKU Unit Original Price,SKU Subtotal Before Discount,SKU Platform Discount,SKU Seller Discount,SKU Subtotal After Discount,Shipping Fee After Discount,Original Shipping Fee,Payment platform discount,Order Amount,Order Refund Amount,Created Time,Paid Time,Tracking ID,Delivery Option,Shipping Provider Name,Buyer Message,Buyer Username,Recipient,Phone #,Country,State,Post Town,Detail Address,Additional address information,Payment Method
584600000000000001\t,Shipped,In transit,1001\t,,Serum,30ml,2,100,200,0,0,200,38,38,0,296,,10/10/2026 22:05:43\t,10/10/2026 22:06:01\t,TH123,Standard,Post,,buyer1,A***,***,Malaysia,,,,,Card
584600000000000001\t,Shipped,In transit,1002\t,,Cream,50ml,1,58,58,0,0,58,38,38,0,296,,10/10/2026 22:05:43\t,10/10/2026 22:06:01\t,TH123,Standard,Post,,buyer1,A***,***,Malaysia,,,,,Card
584600000000000002\t,Canceled,Canceled,1003\t,,Mask,Default,1,29,29,0,0,29,38,38,0,67,,11/10/2026 12:00:00\t,,TH999,Standard,Post,,buyer2,B***,***,Malaysia,,,,,Card
584600000000000003\t,Completed,Completed,1004\t,,Mask,Default,1,29,29,0,0,29,38,38,0,67,29,13/10/2026 13:00:00\t,13/10/2026 13:01:00\t,TH888,Standard,Post,,buyer3,C***,***,Malaysia,,,,,Card
""", None, ASKED, "sale_line.amount"),
    # https://github.com/joshevensen/mythicfox
    "TCGplayer, order list (a weekday before the day)": ("""\
Order #,Buyer Name,Order Date,Status,Shipping Type,Product Amt,Shipping Amt,Total Amt,Buyer Paid,Carrier Information
"62A-1","Ann Lee","Friday, 2 October 2026","Completed - Paid","Standard","10.68","0.78","11.46","True",""
"62A-2","Bob Ray","Sunday, 4 October 2026","Canceled","Standard","10.60","0.99","11.59","False",""
"62A-3","Ann Lee","Monday, 12 October 2026","Ready to Ship","Standard","5.87","1.49","7.36","True",""
""", None, REFUSED, ""),
    # https://github.com/bornhack/bornhack-website
    "MobilePay, sales": ("""\
Event;Currency;Amount;Date and time;Customer name;MP-number;Comment;TransactionID;Payment point;MyShop-Number;Date;Time
Refund;DKK;-50,00;2026-10-13T22:14:20.5158963+02:00;Ann Lee;xxxx 4567;;035E995;Camp;18291;2026-10-13;22.14.20
Payment;DKK;175,00;2026-10-06T14:07:45.4490038+02:00;Ann Lee;xxxx 4567;;208E622;Camp;18291;2026-10-06;14.07.45
Payment;DKK;1.025,00;2026-10-05T16:56:18.8218904+02:00;Bob Ray;xxxx 4321;;008E146;Camp;18291;2026-10-05;16.56.18
""", {'Ann Lee': D(175) - 50, 'Bob Ray': D(1025)}, ASKED, "sale_line.client_id"),
    # https://github.com/bornhack/bornhack-website
    "Coinify, payment intents": ("""\
referenceId,referenceType,merchantId,merchantName,subaccountId,subaccountName,state,stateReason,orderId,customerEmail,requestedAmount,requestedCurrency,createTime,amount,currency
51,payment_intent,8b,Shop,,,completed,completed_exact_amount,54,ann@example.com,100,DKK,2026-10-15T17:07:50.811Z,100,DKK
26,payment_intent,8b,Shop,,,failed,failed_overpaid,55,bob@example.com,100,DKK,2026-10-15T17:14:30.887Z,,
36,payment_intent,8b,Shop,,,completed,completed_exact_amount,56,bob@example.com,250.50,DKK,2026-10-16T17:14:30.887Z,250.50,DKK
""", {'ann@example.com': D(100), 'bob@example.com': D('250.50')}, ASKED, "state_map"),
    # https://github.com/Daromele/Dashboard-Creator
    "Ko-fi, what was received": ("""\
DateTime (UTC),From,Item,Received,Currency,TransactionId,BuyerCountry
2026-10-15 10:00,Ann,Sticker Pack,6.00,USD,KF1,US
2026-10-16 10:00,Bob,Sticker Pack,6.00,USD,KF2,DE
""", None, REFUSED, ""),
    # https://github.com/ardua-inc/ardua-books
    "QuickBooks Desktop, Sales by Customer Detail": ("""\
,Type,Date,Num,Memo,Name,Item,Qty,Sales Price,Amount,Balance
Ann Ltd,,,,,,,,,,
,Invoice,10/02/26,1001,Work,Ann Ltd,Hours,10,120.00,"1,200.00","1,200.00"
,Credit Memo,10/09/26,1002,Back,Ann Ltd,Hours,-1,120.00,-120.00,"1,080.00"
Total Ann Ltd,,,,,,,,,"1,080.00","1,080.00"
Bob Inc,,,,,,,,,,
,Invoice,10/12/26,1003,Film,Bob Inc,Goods,1,99.00,99.00,99.00
Total Bob Inc,,,,,,,,,99.00,99.00
TOTAL,,,,,,,,,"1,179.00","1,179.00"
""", None, REFUSED, ""),
    # https://github.com/supreethkiran25/ifimed
    "Marg, sales book": ("""\
M/S EXAMPLE PHARMA PVT LTD
SALES BOOK FROM 01-10-2026 TO 31-10-2026
D.L.No.: KA-MY-123456, GSTIN: 29AABCU9603R1ZM

Date,Bill No.,Party Name,GSTIN,Taxable Amount,CGST,SGST,IGST,Bill Amount
01/10/2026,B1082,Apollo Traders,33AABCA1234D1ZM,75446.43,4526.79,4526.79,,84500.00
14/10/2026,B1090,Plus Services,36AAACT1234F1Z5,111607.14,6696.43,6696.43,,125000.00
15/10/2026,B1095,Apollo Traders,33AABCA1234D1ZM,1000.00,60.00,60.00,,1120.00
""", {'Apollo Traders': D('75446.43') + 1000, 'Plus Services': D('111607.14')}, ASKED, "sale_line.amount"),
    # https://github.com/Jayvin21/AuditPal
    "an Indian sales register, a number twice": ("""\
Invoice No,Date,Customer Name,GSTIN,Narration,Amount
S-001,01-10-2026,ABC Retailers,27ABCDE1234F1Z5,Sale,11800
S-002,05-10-2026,Walk-in,,Counter sale,5000
S-004,15-10-2026,XYZ Stores,27ABCDE1234F1Z5,Sale,150000
S-004,15-10-2026,XYZ Stores,27ABCDE1234F1Z5,Sale again,150000
S-007,22-10-2026,ABC Retailers,27ABCDE1234F1Z5,Sales return,-8000
""", {'ABC Retailers': D(11800) - 8000, 'Walk-in': D(5000), 'XYZ Stores': D(150000)}, ASKED, "sale_line.skip"),
    "bills by party": ("""\
Date,Voucher No,Party,Amount
01-10-2026,1,Ann Traders,"84,500.00"
13-10-2026,2,Bob Stores,"1,250.50"
21-10-2026,3,Ann Traders,"1,84,500.00"
""", {'Ann Traders': D(84500) + 184500, 'Bob Stores': D('1250.50')}, RIGHT, ""),
    "Zettle, purchases (nobody is named)": ("""\
Date,Time,Receipt number,Type,Product,Variant,Quantity,Price,Discount,Total amount (SEK),VAT (SEK),VAT rate,Payment method,Staff
2026-10-01,10:02,1201,Sale,Kaffe,,2,35.00,0.00,70.00,7.51,12%,Card,Anna
2026-10-01,10:09,1202,Sale,Bulle,,1,30.00,5.00,25.00,2.68,12%,Swish,Anna
2026-10-02,10:09,1203,Refund,Bulle,,-1,30.00,-5.00,-25.00,-2.68,12%,Swish,Anna
""", None, REFUSED, ""),
    "Lightspeed, voided lines": ("""\
Sale ID,Sale Line ID,Completed Time,Shop,Customer ID,Customer,Description,Qty,Unit Price,Line Discount,Subtotal,Tax,Total,Voided
101,1,2026-10-01T10:00:00-04:00,Main,55,Ann Lee,Shirt,2,20.00,0.00,40.00,3.20,43.20,false
101,2,2026-10-01T10:00:00-04:00,Main,55,Ann Lee,Hat,1,15.00,5.00,10.00,0.80,10.80,false
102,3,2026-10-02T12:00:00-04:00,Main,56,Bob Ray,Hat,1,15.00,0.00,15.00,1.20,16.20,true
103,4,2026-10-03T12:00:00-04:00,Main,56,Bob Ray,Hat,-1,15.00,0.00,-15.00,-1.20,-16.20,false
""", {'55': D(40) + 10, '56': D(-15)}, ASKED, "sale_line.skip"),
    "Vend, documents above their lines": ("""\
Date,Receipt Number,Line Type,Customer Code,Customer Name,Quantity,Subtotal,Sales Tax,Discount,Loyalty,Total,Paid,Details,Register,User,Status
2026-10-01 10:00:00,1001,Sale,C-1,Ann Lee,2,40.00,6.00,0.00,0.00,46.00,46.00,,Main,Joe,Closed
2026-10-01 10:00:00,1001,Sale Line,C-1,Ann Lee,1,25.00,3.75,0.00,0.00,28.75,,Shirt,Main,Joe,Closed
2026-10-01 10:00:00,1001,Sale Line,C-1,Ann Lee,1,15.00,2.25,0.00,0.00,17.25,,Hat,Main,Joe,Closed
2026-10-01 10:00:00,1001,Payment,C-1,Ann Lee,,,,,,,46.00,Cash,Main,Joe,Closed
2026-10-02 10:00:00,1002,Sale,C-2,Bob Ray,1,10.00,1.50,0.00,0.00,11.50,11.50,,Main,Joe,Closed
2026-10-02 10:00:00,1002,Sale Line,C-2,Bob Ray,1,10.00,1.50,0.00,0.00,11.50,,Cap,Main,Joe,Closed
2026-10-02 10:00:00,1002,Payment,C-2,Bob Ray,,,,,,,11.50,Card,Main,Joe,Closed
""", {'C-1': D(40), 'C-2': D(10)}, ASKED, "kind_map"),
    "BigCommerce, orders": ("""\
Order ID,Customer ID,Customer Name,Customer Email,Order Date,Order Status,Subtotal (ex tax),Shipping Cost (ex tax),Tax Total,Order Total (ex tax),Order Total (inc tax),Refund Amount,Payment Method,Total Quantity,Order Currency Code
201,9,Ann Lee,ann@example.com,10/01/2026,Completed,100.00,10.00,11.00,110.00,121.00,0.00,Card,2,USD
202,10,Bob Ray,bob@example.com,10/02/2026,Refunded,50.00,0.00,5.00,50.00,55.00,55.00,Card,1,USD
203,10,Bob Ray,bob@example.com,10/03/2026,Cancelled,70.00,0.00,7.00,70.00,77.00,0.00,Card,1,USD
204,11,Cy Low,cy@example.com,10/04/2026,Incomplete,70.00,0.00,7.00,70.00,77.00,0.00,Card,1,USD
""", None, ASKED, "state_map"),
    "Pennylane, invoices": ("""\
Numéro de facture;Date d'émission;Date d'échéance;Client;Référence client;Montant HT;Montant TVA;Montant TTC;Devise;Statut
F-2026-10-1;01/10/2026;31/10/2026;Société Dupont;C1;1 000,00;200,00;1 200,00;EUR;Payée
F-2026-10-2;05/10/2026;05/11/2026;Martin SARL;C2;500,50;100,10;600,60;EUR;En attente
AV-2026-10-1;08/10/2026;08/11/2026;Société Dupont;C1;-100,00;-20,00;-120,00;EUR;Remboursée
F-2026-10-3;09/10/2026;08/11/2026;Martin SARL;C2;50,00;10,00;60,00;EUR;Brouillon
""", {'Société Dupont': D(1000) - 100, 'Martin SARL': D('500.50')}, ASKED, "state_map"),
    "EBP, invoices and quotes": ("""\
Code client;Nom client;Numéro du document;Date du document;Type de document;Total brut HT;Montant remise;Total net HT;TVA;Total net TTC;Etat
CL0001;Durand;FA00001;01/10/2026;Facture;120,00;20,00;100,00;20,00;120,00;Validé
CL0002;Petit;FA00002;02/10/2026;Facture;80,00;0,00;80,00;16,00;96,00;Validé
CL0001;Durand;AV00001;03/10/2026;Avoir;10,00;0,00;10,00;2,00;12,00;Validé
CL0002;Petit;DE00003;04/10/2026;Devis;500,00;0,00;500,00;100,00;600,00;En cours
""", None, ASKED, "kind_map"),
    "Lexware, invoices and offers": ("""\
Belegnummer;Belegart;Datum;Kundennr.;Kunde;Netto;MwSt.;Brutto;Status
R1001;Rechnung;01.10.2026;10001;Müller GmbH;1.000,00;190,00;1.190,00;bezahlt
R1002;Rechnung;02.10.2026;10002;Schmidt KG;500,00;95,00;595,00;offen
G1003;Gutschrift;05.10.2026;10001;Müller GmbH;-100,00;-19,00;-119,00;bezahlt
A1004;Angebot;06.10.2026;10002;Schmidt KG;9.000,00;1.710,00;10.710,00;offen
""", {'Müller GmbH': D(1000) - 100, 'Schmidt KG': D(500)}, ASKED, "kind_map"),
    # https://github.com/nickperaltab/new-beginning-craft
    "Stripe, payments with refunds": ("""\
id,Description,Seller Message,Created date (UTC),Amount,Amount Refunded,Currency,Converted Amount,Fee,Status,Customer ID,Customer Email,Captured
ch_1,,Payment complete.,2026-10-01 10:00:00,"1,200.00",0.00,eur,"1,200.00",30.00,Paid,cus_1,ann@example.com,true
ch_2,,Payment complete.,2026-10-02 10:00:00,50.00,20.00,eur,50.00,1.00,Partially Refunded,cus_2,bob@example.com,true
ch_3,,Declined.,2026-10-03 10:00:00,70.00,0.00,eur,70.00,0.00,Failed,cus_2,bob@example.com,false
""", {'cus_1': D(1200), 'cus_2': D(50) - 20}, ASKED, "sale_line.amount"),
    "1C, documents not posted": ("""\
Дата;Номер;Контрагент;Склад;Сумма документа;Валюта;Проведен
01.10.2026 10:15:00;000000001;ООО Ромашка;Основной;12 500,50;RUB;Да
02.10.2026 11:15:00;000000002;ИП Иванов;Филиал;3 000,00;RUB;Да
03.10.2026 11:15:00;000000003;ИП Иванов;Филиал;900,00;RUB;Нет
Итого;;;;15 500,50;;
""", {'ООО Ромашка': D('12500.50'), 'ИП Иванов': D(3000)}, ASKED, "sale_line.skip"),
    # https://github.com/Jayvin21/AuditPal
    "Tally, debit and credit": ("""\
Date,Particulars,Voucher Type,Voucher No.,Debit,Credit
1-Oct-26,Sharma Traders,Sales,1,"1,18,000.00",
2-Oct-26,Gupta & Sons,Sales,2,"23,600.00",
3-Oct-26,Sharma Traders,Credit Note,1,,"11,800.00"
,Grand Total,,,"1,41,600.00","11,800.00"
""", {'Sharma Traders': D(118000) - 11800, 'Gupta & Sons': D(23600)}, ASKED, "sale_line.amount"),
    "a Japanese list of invoices": ("""\
取引日,請求書番号,取引先,小計,消費税,合計金額,ステータス
2026/10/01,INV-1,田中商店,10000,1000,11000,入金済
2026/10/02,INV-2,佐藤工業,5000,500,5500,未入金
""", {'田中商店': D(10000), '佐藤工業': D(5000)}, ASKED, "sale_line.amount"),
    "a Brazilian list of orders": ("""\
Data;Nº Pedido;Cliente;Loja;Valor Total;Situação
01/10/2026;1001;Maria;Centro;R$ 1.234,56;Faturado
02/10/2026;1002;João;Sul;R$ 99,90;Cancelado
""", {'Maria': D('1234.56')}, ASKED, "state_map"),
    "a Polish list of invoices": ("""\
Numer;Data wystawienia;Nabywca;Netto;VAT;Brutto;Status
FV/1/2026;01.10.2026;Firma A;1 000,00;230,00;1 230,00;Opłacona
FV/2/2026;02.10.2026;Firma B;500,00;115,00;615,00;Nieopłacona
FK/1/2026;03.10.2026;Firma A;-100,00;-23,00;-123,00;Opłacona
""", {'Firma A': D(1000) - 100, 'Firma B': D(500)}, ASKED, "sale_line.amount"),
    "a Turkish list with its total": ("""\
Fatura No;Tarih;Müşteri;Şube;Tutar;KDV;Genel Toplam
A1;01.10.2026;Ayşe;İstanbul;1.000,00;200,00;1.200,00
A2;02.10.2026;Mehmet;Ankara;500,00;100,00;600,00
TOPLAM;;;;1.500,00;300,00;1.800,00
""", {'Ayşe': D(1000), 'Mehmet': D(500)}, ASKED, "sale_line.skip"),
    "Arabic digits and thousands": ("""\
رقم الفاتورة,التاريخ,العميل,الفرع,المبلغ
1,2026-10-01,محمد,الرياض,١٬٢٣٤٫٥٠
2,2026-10-02,علي,جدة,٩٩٫٠٠
الإجمالي,,,,١٬٣٣٣٫٥٠
""", {'محمد': D('1234.50'), 'علي': D(99)}, ASKED, "sale_line.skip"),
    "totals of branches without a day": ("""\
Sucursal;Fecha;Cliente;Factura;Importe
Norte;01/10/2026;Ana;F1;1.000,00
Norte;02/10/2026;Luis;F2;500,00
Total Norte;;;;1.500,00
Sur;03/10/2026;Ana;F3;250,00
Sur;04/10/2026;Eva;F4;250,00
Total Sur;;;;500,00
Total general;;;;2.000,00
""", {'Ana': D(1000) + 250, 'Luis': D(500), 'Eva': D(250)}, TOLD, ""),
    "a total in the first row": ("""\
Customer,Invoice,Date,Amount
TOTAL,,,430.00
Anna,1,2026-10-01,400.00
Ben,2,2026-10-02,30.00
""", {'Anna': D(400), 'Ben': D(30)}, TOLD, ""),
    "two header rows": ("""\
Sale,,Client,,Money,
No.,Date,Code,Name,Net,VAT
1,2026-10-01,A1,Anna,100.00,20.00
2,2026-10-02,B1,Ben,50.00,10.00
3,2026-10-03,A1,Anna,30.00,6.00
""", None, REFUSED, ""),
    "semicolons and a comma between thousands": ("""\
Invoice;Date;Customer;Amount
1;2026-10-01;Anna;1,234.50
2;2026-10-02;Ben;99.00
""", {'Anna': D('1234.50'), 'Ben': D(99)}, RIGHT, ""),
    "1.234 of either kind": ("""\
Invoice;Date;Customer;Amount
1;2026-10-01;Anna;1.234
2;2026-10-02;Ben;2.500
3;2026-10-02;Cat;3.100
""", None, ASKED, "csv.decimal"),
    "days as numbers": ("""\
Invoice,Date,Customer,Amount
1,46296,Anna,10.00
2,46297,Ben,20.00
""", None, REFUSED, ""),
    "shipping, tips, gift cards, discounts": ("""\
Order,Date,Customer,Line type,Amount
1,2026-10-01,Anna,Product,100.00
1,2026-10-01,Anna,Shipping,10.00
1,2026-10-01,Anna,Tip,5.00
1,2026-10-01,Anna,Discount,-20.00
2,2026-10-02,Ben,Gift card,50.00
3,2026-10-03,Ben,Product,30.00
""", {'Anna': D(100) + 10 - 20, 'Ben': D(30)}, ASKED, "kind_map"),
    "test orders": ("""\
Order ID,Date,Customer Email,Total,Status,Test
1,2026-10-01,anna@example.com,100.00,paid,false
2,2026-10-02,test@shop.com,9999.00,paid,true
3,2026-10-03,ben@example.com,50.00,paid,false
""", {'anna@example.com': D(100), 'ben@example.com': D(50)}, ASKED, "sale_line.skip"),
    "a cancelled document and the one that reverses it": ("""\
Doc,Date,Customer,Amount,Status,Reverses
1,2026-10-01,Anna,800.00,cancelled,
2,2026-10-02,Anna,-800.00,posted,1
3,2026-10-03,Ben,100.00,posted,
""", {'Ben': D(100)}, ASKED, "state_map"),
    "sales with a minus": ("""\
Date,Document,Customer,Amount
2026-10-01,1,Anna,-400.00
2026-10-02,2,Ben,-30.00
2026-10-03,3,Ben,-20.00
2026-10-03,4,Cat,-20.00
2026-10-04,5,Cat,-20.00
2026-10-05,6,Anna,50.00
""", None, STOPPED, ""),
    # https://github.com/KafKafrnZ/shankara-erp, the credit note apart
    "Tally, sales register with a credit note": ("""\
Date,Particulars,Vch Type,Vch No.,Taxable Value,CGST,SGST,IGST,Invoice Amount
1-Oct-26,Sri Traders,Sales,INV/SR/1,"10,23,770.00","1,12,365.00","1,12,365.00",,"12,48,500.00"
2-Oct-26,Apex Pipes,Sales,INV/SR/2,"50,000.00","4,500.00","4,500.00",,"59,000.00"
3-Oct-26,Apex Pipes,Credit Note,CN/1,"10,000.00","900.00","900.00",,"11,800.00"
""", None, STOPPED, "kind_map"),
    # https://github.com/KafKafrnZ/shankara-erp
    "Tally, day book with a receipt": ("""\
Date,Particulars,Vch Type,Vch No.,Debit,Credit
1-Oct-26,Sharma Traders,Sales,1,"1,06,200.00",
2-Oct-26,Apex Pipes,Sales,2,"59,000.00",
4-Oct-26,Sharma Traders,Receipt,7,,"50,000.00"
""", {'Sharma Traders': D(106200), 'Apex Pipes': D(59000)}, ASKED, "kind_map"),
    # https://github.com/Daromele/Dashboard-Creator
    "Gumroad, sales with refunds": ("""\
Purchase ID,Item Name,Buyer Name,Buyer Email,Purchase Date,Subtotal ($),Taxes ($),Shipping ($),Sale Price ($),Fees ($),Net Total ($),Refunded?,Partial Refund ($),Fully Refunded?
g1,Guide,Ann,ann@example.com,2026-10-01,10.00,0.00,0.00,10.00,1.00,9.00,false,0.00,false
g2,Guide,Bob,bob@example.com,2026-10-02,10.00,0.00,0.00,10.00,1.00,9.00,true,3.00,false
g3,Guide,Cy,cy@example.com,2026-10-03,8.00,0.00,0.00,8.00,0.80,7.20,true,8.00,true
""", {'ann@example.com': D(10), 'bob@example.com': D(10) - 3}, ASKED, "sale_line.skip"),
    # a shop that says of a sale alone that it was refunded
    "refunded, yes or no": ("""\
Order,Date,Customer,Amount,Refunded
1,2026-10-01,Ann,10.00,0
2,2026-10-02,Bob,10.00,1
3,2026-10-03,Bob,8.00,0
""", {'Ann': D(10), 'Bob': D(8)}, ASKED, "sale_line.skip"),
}  # fmt: skip
"""What it is → its text, what each client spent in October by what is proposed (None: nobody may rely on a figure), what
becomes of it, and what a person is asked at least."""


def proposed(root: Path, text: str):
    root = company(root, {})
    (root / "data").mkdir(exist_ok=True)
    (root / "data" / "s.csv").write_text(text, "utf-8")
    return root, propose(root / "data" / "s.csv", root)


@pytest.mark.parametrize(("text", "spent", "outcome", "asked"), EXPORTS.values(), ids=list(EXPORTS))
def test_an_export_is_right_or_asked_or_told(tmp_path, text, spent, outcome, asked):
    assert recognised(text.splitlines()[0].replace('"', "").split(",")) is None
    root, proposal = proposed(tmp_path, text)
    if outcome == REFUSED:
        assert "no column looks like" in proposal.problem
        return
    assert proposal.problem == ""
    assert not asked or asked in proposal.unconfirmed
    settings = yaml.safe_load(proposal.text) | {"unconfirmed": []}
    (root / "params" / "acme" / "source.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    sales = opened(root, "2026-10")
    if outcome == STOPPED:
        assert [finding for finding in findings(sales) if finding.kind.severity == "stop"]
    elif outcome == TOLD:
        assert sales.source.rows_quarantined
    elif outcome == RIGHT:
        assert set(proposal.unconfirmed) <= {"company", "timezone", "currency"}
    if spent is not None:
        lines = sales.counted.to_pandas()
        assert lines.groupby("client_id").amount.sum().to_dict() == spent, proposal.text


def test_currencies_in_words_are_not_added_up(tmp_path):
    """After an invoice report that public code reads."""
    text = """\
Issue Date,ID,Client,Subject,Invoice Amount,Subtotal,Discount,Tax,Currency
2026-10-01,1001,Ann Ltd,Work,120.00,100.00,0.00,20.00,United States Dollar - USD
2026-10-02,1002,Bob Inc,Work,60.00,50.00,0.00,10.00,Euro - EUR
2026-10-03,1003,Bob Inc,Work,60.00,50.00,0.00,10.00,Euro - EUR
"""
    root, proposal = proposed(tmp_path, text)
    assert {"currency", "sale_line.currency"} <= set(proposal.unconfirmed)
    confirmed(root, proposal)
    with pytest.raises(BadData, match="no exchange rate to EUR for USD"):
        findings(opened(root, "2026-10"))
    assert rating(opened(root, "2026-10", currency="EUR")).frame.net.to_list() == [D(100)]


LONG = 1_050  # rows, more than are looked at before the whole file is read


def confirmed(root: Path, proposal) -> None:
    settings = yaml.safe_load(proposal.text) | {"unconfirmed": []}
    (root / "params" / "acme" / "source.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))


def test_a_currency_that_comes_late_in_a_file_is_not_added_up(tmp_path):
    rows = [f"{n},2026-10-01,Ann,1.00,Euro - EUR" for n in range(LONG)] + ["x,2026-10-02,Ann,1.00,US Dollar - USD"]
    root, proposal = proposed(tmp_path, "\n".join(["Order,Date,Customer,Amount,Currency", *rows]))
    confirmed(root, proposal)
    with pytest.raises(BadData, match="no exchange rate to EUR for US DOLLAR - USD"):
        findings(opened(root, "2026-10"))


def test_a_kind_that_comes_late_in_a_file_means_what_it_would_mean_early(tmp_path):
    rows = [f"{n},2026-10-01,Ann,Sales,1.00" for n in range(LONG)] + ["x,2026-10-02,Ann,Receipt,9.00"]
    _, proposal = proposed(tmp_path, "\n".join(["Number,Date,Customer,Voucher Type,Amount", *rows]))
    assert yaml.safe_load(proposal.text)["kind_map"] == {"Sales": "sale", "Receipt": "ignored"}


@pytest.mark.parametrize(("column", "cells"), [
    ("Terms", ["Credit", "Credit", "Credit"]), ("Payment method", ["Credit", "Transfer", "Credit"]),
    ("Promo", ["", "Discount", ""]),
])  # fmt: skip
def test_a_column_of_words_that_are_no_kinds_is_none(tmp_path, column, cells):
    rows = [f"{n},2026-10-0{n},Ann,{n}.00,{cell}" for n, cell in enumerate(cells, start=1)]
    _, proposal = proposed(tmp_path, "\n".join([f"Order,Date,Customer,Amount,{column}", *rows]))
    assert "kind" not in yaml.safe_load(proposal.text)["sale_line"]


@pytest.mark.parametrize(("column", "cells", "is_left_out"), [
    ("Refunded", ["10.00,no", "10.00,yes", "8.00,no"], True),
    ("Refunded", ["10.00,no", "-10.00,yes", "8.00,no"], False),  # it is what came back itself
    ("Returned", ["10.00,no", "10.00,yes", "8.00,yes"], False),  # as a library's books are
])  # fmt: skip
def test_what_a_column_of_yes_and_no_calls_given_back(tmp_path, column, cells, is_left_out):
    rows = [f"{n},2026-10-0{n},Ann,{cell}" for n, cell in enumerate(cells, start=1)]
    _, proposal = proposed(tmp_path, "\n".join([f"Order,Date,Customer,Amount,{column}", *rows]))
    assert ("skip" in yaml.safe_load(proposal.text)["sale_line"]) == is_left_out


@pytest.mark.parametrize("column", ["Refund", "Refund amount"])
def test_the_number_of_a_refund_or_none_at_all_is_no_amount(tmp_path, column):
    cell = {"Refund": "5003", "Refund amount": "0"}[column]
    text = f"Order,Date,Customer,Total,{column}\n1,2026-10-01,Ann,10.00,{cell}\n2,2026-10-02,Ann,8.00,{'' if column == 'Refund' else 0}"
    _, proposal = proposed(tmp_path, text)
    assert yaml.safe_load(proposal.text)["sale_line"]["amount"] == "Total"
