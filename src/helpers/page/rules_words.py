"""Where other rules differ from the company's, in the reader's words: no key of a file stands on a page.

In come differences as `settings.rules` finds them, (place in the file, now, then), out come short sentences.
"""

from decimal import Decimal

from helpers.page.words import Words, clean_name

LONGEST = 60
NONE = "–"


def difference(place: str, now: str, then: str, lists: dict[str, str], w: Words) -> str:
    """One difference; `lists` has the price lists' names by id.

    >>> difference("price_lists.SEN.percent_off", "–", "8", {"SEN": "Seniors"}, Words("en"))
    'discount of the list Seniors: 8%'
    """
    kind, what = _what(place, lists, w)
    now, then = (value if value == NONE else _value(kind, value, lists, w) for value in (now, then))
    if now == NONE:
        return w.gettext("{what}: {then}", what=what, then=then)
    if then == NONE:
        return w.gettext("{what}: none any more, {now} before", what=what, now=now)
    return w.gettext("{what}: {then} instead of {now}", what=what, then=then, now=now)


def _what(place: str, lists: dict[str, str], w: Words) -> tuple[str, str]:
    """The last word of a place in the file, and what stands there."""
    group, _, rest = place.partition(".")
    subject, _, kind = rest.rpartition(".")
    name = clean_name(lists.get(subject, subject) if group == "price_lists" else subject, LONGEST)
    words = {
        "kinds.rate": w.gettext("points of {name} for each {currency}", name=name, currency=w.symbol),
        "kinds.min_order": w.gettext("least amount that earns points of {name}", name=name),
        "kinds.expiry_days": w.gettext("days after which points of {name} expire", name=name),
        "tiers.from": w.gettext("amount of a year from which step {n} counts", n=subject),
        "tiers.rate": w.gettext("points of step {n} for each {currency}", n=subject, currency=w.symbol),
        "tiers.name": w.gettext("name of step {n}", n=subject),
        "price_lists.percent_off": w.gettext("discount of the list {name}", name=name),
        "price_lists.from": w.gettext("amount of a year from which the list {name} counts", name=name),
        "points_decimals": w.gettext("decimals of points"),
        "default_kind": w.gettext("bonus kind of a {client} who has none", client=w.client()),
        "max_part_paid": w.gettext("largest part of a sale that points pay"),
        "excluded_items": w.gettext("items that earn no points"),
        "excluded_categories": w.gettext("categories that earn no points"),
        "excluded_price_lists": w.gettext("price lists that earn no points"),
    }
    return kind or group, words[f"{group}.{kind}" if kind else group]


def _value(kind: str, value: str, lists: dict[str, str], w: Words) -> str:
    match kind:
        case "rate" | "expiry_days" | "points_decimals":
            return w.count(Decimal(value))
        case "from" | "min_order":
            return w.money(Decimal(value))
        case "percent_off":
            return _percent(Decimal(value), w)
        case "max_part_paid":
            return _percent(Decimal(value) * 100, w)
        case "excluded_price_lists":
            return ", ".join(clean_name(lists.get(each, each), LONGEST) for each in value.split(", "))
        case _:
            return clean_name(value, LONGEST)


def _percent(value: Decimal, w: Words) -> str:
    digits = max(0, -int(value.normalize().as_tuple().exponent))
    return w.percent(float(value / 100), digits)
