"""One kind of finding: what was noticed of the data, by one list for check, page, files, gate and landing page.

Whoever looks at the rows gives a code with its count; the code's sentence, its severity and the setting that settles it
stand here, once. Babel extracts the sentences, and the page translates them.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

PLACES_NAMED = 5
Severity = Literal["guess", "stop", "tell", "left out"]


def gettext(message: str) -> tuple[str, str]:
    """A message that is the same for any number, marked for Babel."""
    return message, ""


def ngettext(one: str, many: str) -> tuple[str, str]:
    """A message and its plural, marked for Babel."""
    return one, many


class Kind(NamedTuple):
    """What a code means: its sentence, how much it weighs (stop, guess: nothing is published until source.yaml
    answers), the line of source.yaml that settles it, and whether a page's readers are told."""

    one: str
    many: str
    severity: Severity = "tell"
    remedy: str = ""
    on_page: bool = True


@dataclass(frozen=True)
class Finding:
    """How many rows (or months, or branches) a code is about, their amount where it is known, and where the first stand
    ("sales.csv, line 12"): places and names of branches, never what a client's cell holds. `settled_by` is the line of
    source.yaml that settles it, where it is another than its kind's."""

    code: str
    count: int
    amount: Decimal | None = None
    sample: tuple[str, ...] = ()
    settled_by: str = ""

    @property
    def kind(self) -> Kind:
        """What its code means."""
        return KINDS[self.code]


ROUNDED = ngettext(
    "{n} amount came as a binary fraction and was rounded to four decimals.",
    "{n} amounts came as binary fractions and were rounded to four decimals.",
)

RETURNS = ngettext(
    "{n} return has the sign of a sale; it raises the total by {amount}.",
    "{n} returns have the sign of sales; they raise the total by {amount}.",
)

RATES = ngettext(
    "{n} line is converted at a rate that seems to be upside down: {detail}.",
    "{n} lines are converted at rates that seem to be upside down: {detail}.",
)

KINDS: dict[str, Kind] = {
    "guessed": Kind(
        *ngettext(
            "A first look: {n} setting is guessed and nobody has confirmed it: {detail}.",
            "A first look: {n} settings are guessed and nobody has confirmed them: {detail}.",
        ),
        "guess",
        "delete from unconfirmed: what is right",
    ),
    "cost_sign": Kind(
        *ngettext(
            "{n} line has a cost, a tax or a base amount of another sign than its amount; it stands for {amount}.",
            "{n} lines have costs, taxes or base amounts of another sign than their amounts; they stand for {amount}.",
        ),
        "stop",
        "cost_sign: as_amount",
    ),
    "totals_rows": Kind(
        *ngettext(
            "{n} line seems to be the sum of others, {amount}; it would count twice.",
            "{n} lines seem to be sums of others, {amount}; they would count twice.",
        ),
        "stop",
        'sale_line: {skip: {totals: "{detail}"}}',
    ),
    "repeated_rows": Kind(
        *ngettext(
            "{n} line repeats another in every column, as if a file had been loaded twice; it stands for {amount}.",
            "{n} lines repeat others in every column, as if a file had been loaded twice; they stand for {amount}.",
        ),
        "stop",
        "{detail}",
    ),
    "repeated_totals": Kind(
        *ngettext(
            "In {n} document each line has the same amount, as if each said what the whole document came to; those "
            "after its first come to {amount}.",
            "In {n} documents each line has the same amount, as if each said what the whole document came to; those "
            "after the first of each come to {amount}.",
        ),
        "stop",
        'sale_line: {skip: {further lines: "row_number() OVER (PARTITION BY {detail}) > 1"}}',
    ),
    "amounts_below_zero": Kind(
        *gettext("Most amounts are below 0, {amount} in all: are sales written there with a minus?"),
        "stop",
        "sale_line: {amount: {detail}}",
    ),
    "naive_times": Kind(
        *ngettext(
            "{n} time names no offset beside others that do; it is read as one of {detail}.",
            "{n} times name no offset beside others that do; they are read as those of {detail}.",
        ),
        "stop",
        "times_are_in: {detail}",
    ),
    "rates_per_foreign": Kind(*RATES, "stop", "rate_is: foreign_per_report"),
    "rates_per_report": Kind(*RATES, "stop", "rate_is: report_per_foreign"),
    "returns_stored_positive": Kind(*RETURNS, "stop", "returns_are_positive: true"),
    "returns_stored_negative": Kind(*RETURNS, "stop", "returns_are_positive: false"),
    "other_currency": Kind(*gettext("Sales in {detail}, which this report does not add up"), "left out"),
    "draft": Kind(*gettext("Drafts"), "left out"),
    "cancelled": Kind(*gettext("Cancelled documents"), "left out"),
    "reversal": Kind(*gettext("Documents that reverse a cancelled one"), "left out"),
    "repeated": Kind(*gettext("Lines that repeat another one"), "left out"),
    "ignored": Kind(*gettext("Lines that are no sale"), "left out"),
    "tip": Kind(*gettext("Tips"), "left out"),
    "gift_card": Kind(*gettext("Gift cards sold (the later purchase counts)"), "left out"),
    "no_amount": Kind(*gettext("Without an amount"), "left out"),
    "undated": Kind(*gettext("Without a date"), "left out"),
    "not_delivered": Kind(*gettext("Not delivered yet"), "left out"),
    "not_ordered": Kind(*gettext("Without an order"), "left out"),
    "quarantined": Kind(*gettext("In quarantine: the line breaks the rules"), "left out"),
    "rejected": Kind(*gettext("Rejected: the line cannot be read"), "left out"),
    "skipped": Kind(*gettext("Left out by a rule of the company: {detail}"), "left out"),
    "no_client": Kind(
        *ngettext(
            "{n} line has no {client}; it counts in every total.",
            "{n} lines have no {client}; they count in every total.",
        ),
        remedy="sale_line: {client_id: fill_down(CLIENT)}, of a file that writes a client once for several rows",
    ),
    "rates": Kind(*gettext("Amounts in other currencies are converted: {detail}.")),
    "client_spellings": Kind(
        *ngettext(
            "{n} id of a {client} differs from another only in blanks, case, zeros, marks that nobody sees or letters "
            "that look alike; as one with it, both brought {amount}.",
            "{n} ids of {clients} differ from others only in blanks, case, zeros, marks that nobody sees or letters "
            "that look alike; as one with them, they brought {amount}.",
        ),
        remedy="client_id_ignores: [{detail}]",
    ),
    "equal_rows": Kind(
        "{n} line is equal to another in every column; without documents' numbers both count: {amount}.",
        "{n} lines are equal to others in every column; without documents' numbers all count: {amount}.",
        remedy="equal_rows: once, if they were loaded twice",
        on_page=False,
    ),
    "reused_documents": Kind(
        "{n} document number stands for more than one {client}, {branch} or day; sales are counted by it.",
        "{n} document numbers stand for more than one {client}, {branch} or day; sales are counted by them.",
        remedy="sale_key: [branch_id, day, sale_id]",
        on_page=False,
    ),
    "orphan_price_lists": Kind(
        *ngettext(
            "{n} price list stands in no table of price lists and is shown by its id.",
            "{n} price lists stand in no table of price lists and are shown by their ids.",
        )
    ),
    "no_sales": Kind(*gettext("There are no sales in this period; there are some from {detail}."), on_page=False),
    "uncovered_comparison": Kind(
        "The sales begin on {detail}, after the first day of the comparison: no change is shown.", "", on_page=False
    ),
    "fine_amounts": Kind(
        *ngettext(
            "{n} line has more decimals than {currency} have; it is summed in full.",
            "{n} lines have more decimals than {currency} have; they are summed in full.",
        )
    ),
    "rounded_amounts": Kind(*ROUNDED),
    "float_amounts": Kind(*ROUNDED),
    "sign_violations": Kind(
        *ngettext(
            "{n} line has a sign that does not fit its kind.",
            "{n} lines have a sign that does not fit their kind.",
        )
    ),
    "orphan_clients": Kind(
        *ngettext(
            "{n} {clients} of the sales stands in no list and is shown by its id.",
            "{n} {clients} of the sales stand in no list and are shown by their ids.",
        )
    ),
    "orphan_branches": Kind(
        *ngettext(
            "{n} {branches} of the sales stands in no list and is shown by its id.",
            "{n} {branches} of the sales stand in no list and are shown by their ids.",
        )
    ),
    "late_branches": Kind(
        *ngettext(
            "{n} {branches} sent its last document long before the others: {detail}.",
            "{n} {branches} sent their last documents long before the others: {detail}.",
        )
    ),
    "future_lines": Kind(*ngettext("{n} line is dated in the future.", "{n} lines are dated in the future.")),
    "no_history": Kind(*gettext("No history lies before this period, so every purchase counts as a first one.")),
    "short_history": Kind(
        *ngettext(
            "Only {n} month of history lies before this period, so first purchases are overstated.",
            "Only {n} months of history lie before this period, so first purchases are overstated.",
        )
    ),
    "odd_words": Kind(
        *ngettext(
            "{n} word of the file has letters that no language writes together; is its encoding the declared one?",
            "{n} words of the file have letters that no language writes together; is its encoding the declared one?",
        ),
        remedy="csv: {encoding: …}",
    ),
    "mixed_dates": Kind(
        "{n} text stands beside dates in a workbook's column of days; day and month of the dates may be swapped.",
        "{n} texts stand beside dates in a workbook's column of days; day and month of the dates may be swapped.",
        on_page=False,
    ),
    "unread_sheets": Kind(
        "{n} further sheet of a workbook is not read; name it in from: book.xlsx#Sheet2, or all by #*.",
        "{n} further sheets of a workbook are not read; name them in from: book.xlsx#Sheet2, or all by #*.",
        on_page=False,
    ),
    "writable_role": Kind(
        "The role that reads the sales may also change {n} table; one that can only read needs no trust.",
        "The role that reads the sales may also change {n} tables; one that can only read needs no trust.",
        on_page=False,
    ),
    "server_rights": Kind(
        "The role that reads the sales may also reach files of the server ({detail}); take that right from it.",
        "The role that reads the sales may also reach files or programs of the server ({detail}); take these rights "
        "from it.",
        on_page=False,
    ),
    "extra_columns": Kind("{n} column is mapped by nothing.", "{n} columns are mapped by nothing.", on_page=False),
}


def english(finding: Finding, currency: str) -> str:
    """A finding as a sentence for whoever sets a company up, with its amount."""
    one, many = finding.kind[:2]
    n, is_one = f"{finding.count:,}", finding.count == 1
    text = (one if is_one or not many else many).format(
        n=n, client="client", clients="client" if is_one else "clients", branch="branch",
        branches="branch" if is_one else "branches", currency=currency, detail=", ".join(first_places(finding)),
        amount="–" if finding.amount is None else f"{finding.amount:,.2f} {currency}",
    )  # fmt: skip
    if finding.kind.severity != "left out":
        return text
    amount = "" if finding.amount is None else f", {finding.amount:,.2f} {currency}"
    return f"{text} ({n}{amount})"


def first_places(finding: Finding) -> list[str]:
    """The first places of a finding, and a sign that there are more."""
    more = ["…"] if len(finding.sample) > PLACES_NAMED else []
    return [*finding.sample[:PLACES_NAMED], *more]


def unanswered(findings: Iterable[Finding], confirmed: Mapping[str, int]) -> list[Finding]:
    """The findings that stop the publication: more of a kind than source.yaml confirms."""
    return [f for f in findings if f.kind.severity == "stop" and f.count > confirmed.get(f.code, 0)]


PLAIN = re.compile(r"\w+(?: - [\w. ]+)?")
QUOTED = re.compile(r'"([^"]*)"')


def in_yaml(text: str) -> str:
    """A text as it may stand between the brackets of YAML.

    >>> in_yaml("0 - Net total"), in_yaml("0 - (coalesce(Net, 0))"), in_yaml("Date IS NULL")
    ('0 - Net total', '"0 - (coalesce(Net, 0))"', '"Date IS NULL"')
    """
    return text if PLAIN.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """A text between double quotes, as YAML reads it."""
    return json.dumps(text, ensure_ascii=False)


def to_type(finding: Finding) -> str:
    """What to type in source.yaml about a finding; empty where there is nothing to type."""
    confirm = f"confirmed: {{{finding.code}: {finding.count}}}" if finding.kind.severity == "stop" else ""
    detail = ", ".join(finding.sample)
    in_quotes = re.sub(QUOTED, lambda text: quoted(text[1].replace("{detail}", detail)), finding.kind.remedy)
    remedy = finding.settled_by or in_quotes.replace("{detail}", detail)
    return ", or ".join(filter(None, [remedy, confirm]))
