"""The marks of currencies that stand beside an amount: the code itself, and what people write for it.

A mark is taken off an amount only where it is of the line's own currency; `$` may be any dollar's or peso's.
"""

import re

MARKS = {
    "USD": "$ US$ U$S", "EUR": "€", "GBP": "£", "CHF": "Fr. Fr SFr.", "JPY": "¥ ￥ 円", "CNY": "¥ ￥ 元 RMB",
    "CAD": "$ CA$ C$ CAD$", "AUD": "$ A$ AU$", "NZD": "$ NZ$", "HKD": "$ HK$", "SGD": "$ S$", "TWD": "$ NT$",
    "MXN": "$ MX$ Mex$", "ARS": "$ AR$", "CLP": "$ CLP$", "COP": "$ COL$", "UYU": "$ $U", "BRL": "R$", "PEN": "S/ S/.",
    "SEK": "kr kr. SKr", "NOK": "kr kr. NKr", "DKK": "kr kr. DKr", "ISK": "kr kr.", "PLN": "zł zl", "CZK": "Kč",
    "HUF": "Ft", "RON": "lei leu", "MDL": "lei L", "BGN": "лв лв.", "RSD": "дин дин. din din.", "TRY": "₺ TL",
    "RUB": "₽ руб руб. р р.", "UAH": "₴ грн грн.", "BYN": "Br руб руб.", "KZT": "₸ тг тг. тенге", "UZS": "сум so'm",
    "GEL": "₾", "AMD": "֏ դր.", "AZN": "₼ man.", "KGS": "сом с", "INR": "₹ Rs Rs. ₨", "PKR": "Rs Rs. ₨",
    "LKR": "Rs Rs. ₨", "NPR": "Rs Rs. ₨", "BDT": "৳ Tk", "IDR": "Rp Rp.", "MYR": "RM", "PHP": "₱ P", "THB": "฿",
    "VND": "₫ đ", "KRW": "₩ 원", "ILS": "₪", "AED": "د.إ. Dhs DH", "SAR": "ر.س. SR ﷼", "EGP": "E£ £ ج.م. LE",
    "MAD": "د.م. DH", "TND": "DT د.ت.", "DZD": "DA د.ج.", "XOF": "CFA FCFA", "XAF": "FCFA CFA", "NGN": "₦",
    "KES": "KSh KSh.", "GHS": "GH₵ ₵", "ZAR": "R",
}  # fmt: skip
"""Currency → what people write for it beside its code."""


ANY_MARK = r"[^\d\s.,()+'’-][^\d\s,()+-]{0,5}"
"""A pattern of what may be a currency or a unit beside a number, for a complaint."""


def marks(currency: str) -> str:
    """A pattern of a currency's own marks, the longest first; of any case for its code.

    >>> re.fullmatch(marks("BRL"), "R$") is not None, re.fullmatch(marks("EUR"), "$") is not None
    (True, False)
    """
    return _pattern([currency.upper(), currency.lower(), *MARKS.get(currency.upper(), "").split()])


def _pattern(known: list[str]) -> str:
    return "(?:" + "|".join(sorted({re.escape(mark) for mark in known if mark}, key=len, reverse=True)) + ")"
