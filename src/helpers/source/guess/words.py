"""Which column is which, by the words of its name in the languages that exports are written in."""

import re
import unicodedata
from collections.abc import Iterable

WORDS = {
    "client_id": (
        "client id, client, client no, customer id, customer no, customer number, customer, "
        "account, patient id, patient, household id, household, member id, user id, buyer, kunde, "
        "kundennr, kundennummer, клиент, контрагент, покупатель, клієнт, покупець, пацієнт, "
        "пациент, klient, kontrahent, klant, kund, müşteri, לקוח, عميل, العميل, 客户, 客戶, 顧客, "
        "cliente, codigo cliente, code client, customer email, client email, buyer email, buyer username, "
        "email, e mail, customer e mail, purchase email, email billing, billing email, customer code, party name, "
        "party, particulars, debitor, debitorennummer, auftraggeber, tiers, code tiers, raison sociale, comprador, "
        "razón social, nabywca, odbiorca, kupujący, 取引先, 取引先名, 得意先, 客户名称"
    ),
    "branch_id": (
        "branch id, branch, store id, store, shop, location, department, warehouse, outlet, unit, "
        "site, region, country, магазин, филиал, подразделение, філія, підрозділ, filiale, agence, "
        "succursale, sucursal, tienda, magasin, loja, filial, negozio, sklep, oddział, şube, склад, 店舗, 门店, الفرع"
    ),
    "sold_at": (
        "sold at, sale date, sold on, date, datetime, timestamp, time, transaction date, "
        "transaction timestamp, invoice date, order date, posting date, created at, purchase date, "
        "date time, date issued, issue date, issued on, date created, created, created on, created date, "
        "date added, "
        "order time, datum, rechnungsdatum, дата, дата продажи, дата продажу, date facture, fecha, "
        "data, data sprzedaży, data fattura, tarih, תאריך, تاريخ, التاريخ, 日期, 日付"
    ),
    "amount": (
        "amount, net amount, total amount, total, line total, sales value, sales, sum, net, "
        "revenue, subtotal, price paid, betrag, umsatz, summe, сумма, сума, стоимость, montant, "
        "total ht, importe, price total, net sales, item total, item subtotal, order total, invoice amount, "
        "sale price, gross sales, total price, line amount, order amount, grand total, kwota, wartość, importo, valor, "
        "bedrag, belopp, tutar, סכום, مبلغ, المبلغ, 金额, 金額, price net, netto, nettobetrag, ht, montant ht, net ht, "
        "total net ht, wartość netto, 小計, valor total, price gross, brutto, bruttobetrag, ttc, montant ttc, "
        "total ttc, total net ttc, wartość brutto, 合計金額, 合計, genel toplam, "
        "taxable value, taxable amount, assessable value, base imponible, imponibile"
    ),
    "sale_id": (
        "sale id, sale, invoice no, invoice number, invoice id, invoice, order id, order no, order, "
        "basket id, receipt, receipt no, transaction id, document no, чек, номер документа, "
        "facture, no facture, beleg, belegnr, factura, faktura, nr faktury, fattura, factuurnummer, fatura no, "
        "订单号, 注文番号, 請求書番号, doc, document, document number, doc no, voucher no, voucher number, bill no, "
        "vch no, ticket, ticket no, receipt number, belegnummer, rechnungsnummer, rechnungsnr, n facture, "
        "numéro de facture, numéro du document, numero facture, n pièce, nº pedido, pedido, numer, numer faktury, "
        "номер, رقم الفاتورة"
    ),
    "original_sale_id": (
        "original sale id, original invoice, original order, original document, reverses, reversal of, refund of, "
        "corrects, storno zu, storno von, ursprungsbeleg, facture d origine, annule la facture, исходный документ"
    ),
    "line_no": "line no, line number, line, position, pos, row no, строка, рядок, ligne",
    "quantity": "quantity, qty, units, menge, anzahl, количество, кількість, quantité, cantidad",
    "item_id": (
        "item id, item, item code, product id, product, product code, stock code, sku, article, artikel, товар, артикул"
    ),
    "item_category": "item category, category, product category, kategorie, категория, категорія, catégorie",
    "price_list_id": "price list id, price list, pricelist, tariff, preisliste, прайс",
    "state": (
        "state, status, document status, статус, état, etat, statut, estado, situação, situación, stan, durum, "
        "ステータス, الحالة"
    ),
    "kind": (
        "kind, type, document type, transaction type, line type, row type, voucher type, event type, belegart, "
        "vch type, type de document, tipo, tipo de documento, rodzaj, typ, тип, вид"
    ),
    "tax_amount": "tax amount, tax, vat, vat amount, mwst, mw st, ust, ндс, пдв, tva, montant tva, iva, kdv, 消費税",
    "currency": "currency, currency code, währung, валюта, devise, moneda",
    "cost_amount": "cost amount, cost, cogs, einstand, себестоимость, собівартість, coût",
    "bonus_paid": "bonus paid, points redeemed, bonus",
    "manual_discount": "manual discount, discount, discount amount, rabatt, скидка, знижка, remise",
    "coupon_discount": "coupon discount, coupon disc, coupon",
}
"""Our column → what it may be called, in small letters, the likeliest first."""

PRICES = "unit price, price, price each, item price, einzelpreis, preis, цена, ціна, prix unitaire, prix, precio"
DEBITS = "debit, debits, debit amount, débit, soll, debe, дебет"
CREDITS = "credit, credits, credit amount, crédit, haben, haber, кредит"
DISCOUNTS = "discount, discount rate, rabatt, remise, скидка, знижка, descuento, sconto"
PROFITS = "profit, gross profit, margin, gross margin, прибыль, прибуток, marge, margen"
REFUNDS = (
    "amount refunded, refunded amount, refund amount, total refunded, refunds total, refunded, partial refund, "
    "partial refunds, refund total, montant remboursé, "
    "erstattet, сумма возврата"
)
OF_SHIPPING = {"shipping", "delivery", "freight", "handling", "versand", "livraison", "port"}
VOID = (
    "void, voided, is void, cancelled, canceled, is cancelled, deleted, is deleted, test, is test, test order, "
    "test mode, storniert, gelöscht, annulé, supprimé, отменен, отменён, пометка удаления, anulado, cancelado"
)
GIVEN_BACK = "refunded, is refunded, fully refunded, charged back, chargeback, remboursé, erstattet"
VALID = "posted, is posted, проведен, проведён, проведено, captured, confirmed, validated, validé, gebucht"
YES = "true, yes, y, 1, t, да, так, oui, ja, si, sí, sim, tak, evet, x"
NO = "false, no, n, 0, f, нет, ні, non, nein, nej, não, nie, hayır"
"""What a column of yes and no calls a row that is no sale, one that was given back whole, one that is a sale, and the
words of its cells."""

NAMES = (
    "customer name, client name, buyer name, contact name, billing name, full name, company name, third party, "
    "account name, patient name, kundenname, имя, ім'я, фио, піб, nom client, "
    "nombre cliente"
)

LATER = (
    "due, paid, payment, payout, ship, shipped, delivered, delivery, refund, refunded, settled, updated, expiry, last"
)
"""Words of days that are not those of the sale."""

PARTIAL_LIKENESS = 0.5
"""The likeness of a name that only has a known word among others."""

COMMON_WORDS = {
    "code",
    "date",
    "time",
    "number",
    "price",
    "unit",
    "line",
    "type",
    "product",
    "item",
    "sales",
    "net",
    "id",
}
"""Words that say little when they are only a part of a name."""

STATES = {
    "posted": (
        "posted, paid, unpaid, completed, complete, closed, submitted, done, invoiced, shipped, sent, open, overdue, "
        "pending, processing, fulfilled, delivered, refunded, partially refunded, partially paid, approved, captured, "
        "succeeded, success, paid out, проведен, оплачен, выполнен, завершен, проведено, сплачено, bezahlt, offen, "
        "versendet, payé, payée, livré, expédié, validé, pagado, completado"
    ),
    "draft": (
        "draft, quotation, quote, estimate, pending payment, on hold, awaiting payment, checkout draft, incomplete, "
        "черновик, чернетка, entwurf, brouillon, devis, borrador, proforma, pro forma, angebot, rascunho"
    ),
    "cancelled": (
        "cancelled, canceled, void, voided, deleted, reversed, failed, declined, denied, expired, abandoned, rejected, "
        "storno, storniert, отменен, отменён, скасовано, annulé, annulée, cancelado, cancelada, anulado, "
        "anulada, anulowana, iptal"
    ),
}
"""Our state → the words of documents that count, that are no sale yet, and that never became one; who has not paid yet
has bought all the same."""

KINDS = {
    "sale": (
        "sale, sales, order, invoice, payment, charge, purchase, vente, facture, verkauf, rechnung, продажа, venta, "
        "sale line, product, products, item, line item, service, shipping, delivery, versand, livraison, factura, "
        "faktura, fattura, artikel, article, доставка, товар"
    ),
    "return": (
        "return, refund, credit note, credit memo, credit, rma, retour, avoir, remboursement, gutschrift, retoure, "
        "возврат, повернення, devolución, abono, korekta, nota de crédito, nota di credito"
    ),
    "discount": "discount, coupon, promotion, remise, rabatt, скидка, descuento, desconto, sconto",
    "ignored": (
        "quote, quotation, estimate, offer, proforma, pro forma, devis, angebot, kostenvoranschlag, presupuesto, "
        "oferta, preventivo, payout, transfer, withdrawal"
    ),
    "tip": "tip, gratuity, pourboire, trinkgeld, propina",
    "gift_card": "gift card, gift certificate, voucher, bon cadeau, gutschein",
}
"""Our kind of a line → its words."""
BILLS = (
    "sale, sales, invoice, tax invoice, vente, facture, verkauf, rechnung, продажа, venta, factura, faktura, fattura"
)
BESIDE_BILLS = (
    "payment, receipt, payment received, customer payment, purchase, purchases, journal, journal entry, contra, "
    "paiement, règlement, achat, zahlung, zahlungseingang, einkauf, оплата, покупка, pago, cobro, compra, pagamento"
)
"""Words of sales, and of what is none where such stand beside it: what was paid, what was bought, what was booked."""


def likeness(ours: str, theirs: str) -> float:
    """How much a column's name says what ours says: 2 for ours, nearly 1 for a known one, half for a part.

    >>> likeness("client_id", "CustomerID"), likeness("amount", "Total due"), likeness("amount", "mood")
    (0.997, 0.5, 0.0)
    """
    if theirs == ours:
        return 2.0
    words, known = _words(theirs), WORDS[ours].split(", ")
    if ours == "cost_amount" and OF_SHIPPING & set(words):
        return 0.0
    if is_called(theirs, WORDS[ours]):
        return 1.0 - known.index(" ".join(words)) / 1000
    return PARTIAL_LIKENESS * any(word in known for word in words if word not in COMMON_WORDS)


def is_called(theirs: str, known: str) -> bool:
    """Whether a column's name is one of those known."""
    return " ".join(_words(theirs)) in known.split(", ")


def is_of_sale(name: str) -> bool:
    """Whether nothing in the name of a column of days speaks of another day than that of the sale.

    >>> is_of_sale("Transaction creation date"), is_of_sale("Due date")
    (True, False)
    """
    return not set(_words(name)) & set(LATER.split(", "))


def _words(name: str) -> list[str]:
    name = re.sub(r"\((?:(?:ex|inc)[a-z]*\.? (?:tax|vat)|[A-Z]{3})\)", "", name, flags=re.IGNORECASE)
    apart = re.sub(r"(?<=[a-zа-яії])(?=[A-ZА-ЯІЇ])", " ", unicodedata.normalize("NFC", name))
    return re.findall(r"[^\W_]+", apart.casefold())


def state_of(word: str) -> str | None:
    """Our state for a word of theirs, if it is a known one.

    >>> state_of("Partially Refunded"), state_of("on-hold"), state_of("Ohio")
    ('posted', 'draft', None)
    """
    return _meaning(word, STATES)


def meanings(ours: str, words: Iterable[str]) -> dict[str, str]:
    """What each word of a column of states, or of one of kinds, is proposed to mean; an unknown one a plain sale.

    >>> meanings("state", ["Void", "Ohio"]), meanings("kind", ["Sales", "Receipt", "Ohio"])
    ({'Void': 'cancelled', 'Ohio': 'posted'}, {'Sales': 'sale', 'Receipt': 'ignored', 'Ohio': 'sale'})
    """
    known = {word: state_of(word) for word in words} if ours == "state" else kinds_of_lines(words)
    return {word: meaning or ("posted" if ours == "state" else "sale") for word, meaning in known.items()}


def kinds_of_lines(words: Iterable[str]) -> dict[str, str | None]:
    """Our kind for each word of a column.

    >>> kinds_of_lines(["Sales", "Receipt"]), kinds_of_lines(["Receipt", "Payment"])
    ({'Sales': 'sale', 'Receipt': 'ignored'}, {'Receipt': None, 'Payment': 'sale'})
    """
    kinds = {word: kind_of_line(word) for word in words}
    if any(is_called(word, BILLS) for word in kinds):
        kinds |= {word: "ignored" for word in kinds if is_called(word, BESIDE_BILLS)}
    return kinds


def kind_of_line(word: str) -> str | None:
    """Our kind of a line for a word of theirs, if it is a known one.

    >>> kind_of_line("Credit Memo"), kind_of_line("Widget")
    ('return', None)
    """
    return _meaning(word, KINDS)


def _meaning(word: str, known: dict[str, str]) -> str | None:
    said = " ".join(re.findall(r"[^\W_]+", word.casefold()))
    return next((ours for ours, words in known.items() if said in words.split(", ")), None)
