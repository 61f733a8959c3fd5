"""The rules a company encourages its clients by: what earns bonus points, and what the price lists take off.

In comes `params/<company>/rules.yaml`, or a what-if such as `rules.vip.yaml` beside it that says only what differs;
out comes a checked `Rules`. A company without the file has the rates of its bonus_kind table and nothing else.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from helpers.errors import BadParameter, did_you_mean
from helpers.settings.company import company_folder
from helpers.settings.fields import Strict, Text
from helpers.settings.read import read_model, read_yaml, validated

NAME = re.compile(r"rules(\.[\w-]+)?")


def _exact(value: Any) -> Any:
    """A number as it is written: 0.3 is three tenths, not the nearest double; `Any`, as its type is checked later."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _bounds(least: int, most: int | None = None) -> WithJsonSchema:
    """What an editor is to know of a number: that it is one, and its bounds."""
    return WithJsonSchema({"type": "number", "minimum": least} | ({} if most is None else {"maximum": most}))


Positive = Annotated[Decimal, Field(ge=0), BeforeValidator(_exact), _bounds(0)]
Part = Annotated[Decimal, Field(ge=0, le=1), BeforeValidator(_exact), _bounds(0, 1)]
Percent = Annotated[Decimal, Field(ge=-100, le=100), BeforeValidator(_exact), _bounds(-100, 100)]


class KindRule(Strict):
    """What a bonus kind earns; what is left out stands in the bonus_kind table."""

    rate: Positive | None = Field(default=None, description="The points that a unit of money earns, such as 0.3.")
    min_order: Positive | None = Field(default=None, description="The amount from which a document earns points.")
    expiry_days: int | None = Field(default=None, ge=1, description="The days after which points expire.")


class Tier(Strict):
    """Points at another rate from an amount spent in the fiscal year before the document."""

    from_: Positive = Field(
        alias="from", description="The amount spent in the fiscal year before the document from which the tier counts."
    )
    rate: Positive = Field(description="The points that a unit of money earns, such as 0.5.")
    name: Text = Field(default="", description="The tier's name, as the page shows it.")


class PriceListRule(Strict):
    """What a price list takes off the base price; `from`: whoever spent that much before in the fiscal year has it."""

    percent_off: Percent = Field(description="The per cent that the list takes off the base price, such as 12.")
    from_: Positive | None = Field(
        default=None,
        alias="from",
        description="The amount spent before in the fiscal year from which a client has the list.",
    )


class Rules(Strict):
    """What earns points, and what price lists would take off.

    Rates are points a unit of money; tiers raise the rate of every kind that earns.
    """

    title: Text = Field(default="", description="What a page calls these rules, such as VIP from 2,000.")
    points_decimals: int = Field(default=0, ge=0, le=3, description="The decimals that points are rounded to.")
    default_kind: Text | None = Field(default=None, description="The bonus kind of a client who has none.")
    kinds: dict[Text, KindRule] = Field(
        default={}, description="What each bonus kind earns, in place of the bonus_kind table: {GOLD: {rate: 0.5}}."
    )
    tiers: list[Tier] = Field(
        default=[],
        description="Higher rates for who spent more, by ascending amount: [{from: 1000, rate: 0.5, name: Gold}].",
    )
    max_part_paid: Part | None = Field(
        default=None, description="The share of a document that points may pay, such as 0.5 for a half."
    )
    excluded_items: list[Text] = Field(default=[], description="The ids of the items that earn no points.")
    excluded_categories: list[Text] = Field(default=[], description="The categories of items that earn no points.")
    excluded_price_lists: list[Text] = Field(
        default=[], description="The ids of the price lists on which nothing earns points."
    )
    price_lists: dict[Text, PriceListRule] = Field(
        default={}, description="In a what-if, what each price list takes off the base price: {VIP: {percent_off: 12}}."
    )

    @field_validator("tiers")
    @classmethod
    def _ascending(cls, tiers: list[Tier]) -> list[Tier]:
        if [t.from_ for t in tiers] != sorted({t.from_ for t in tiers}):
            raise ValueError("say the tiers in ascending order of from:, each amount once")
        return tiers


def read_rules(company: str, name: str | dict[str, Any] = "rules", root: Path | None = None) -> Rules:
    """The rules of a file `params/<company>/<name>.yaml`; a what-if is read over rules.yaml, and may be what its file
    would say. Raises BadParameter (64) for a name that is no rules file, BadConfiguration (78) for what is wrong in
    it."""
    folder = company_folder(company, root)
    if isinstance(name, dict):
        own = folder / "rules.yaml"
        return validated(Rules, merged(read_yaml(own) if own.is_file() else {}, name), Path("other rules"))
    known = sorted(p.stem for p in folder.glob("rules.*.yaml"))
    if not NAME.fullmatch(name) or (name != "rules" and name not in known):
        raise BadParameter(f"there are no rules '{name}'{did_you_mean(name, known)} (files rules.*.yaml of {folder})")
    base, path = folder / "rules.yaml", folder / f"{name}.yaml"
    if name == "rules":
        return read_model(base, Rules) if base.is_file() else Rules()
    return validated(Rules, merged(read_yaml(base) if base.is_file() else {}, read_yaml(path)), path)


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` upon `base`, mappings entry by entry, anything else replaced.

    >>> merged({"a": {"x": 1, "y": 2}, "b": [1]}, {"a": {"y": 3}, "b": [2]})
    {'a': {'x': 1, 'y': 3}, 'b': [2]}
    """
    both = {k: merged(v, over[k]) for k, v in base.items() if isinstance(v, dict) and isinstance(over.get(k), dict)}
    return base | over | both


def changes(now: Rules, then: Rules) -> list[tuple[str, str, str]]:
    """Where two sets of rules differ: (name, now, then), names as the file writes them, "–" for what is not said.

    >>> changes(Rules(points_decimals=0), Rules(points_decimals=2, excluded_items=["A"]))
    [('excluded_items', '–', 'A'), ('points_decimals', '0', '2')]
    """
    a, b = (_flat(rules.model_dump(by_alias=True, exclude_none=True, exclude={"title"})) for rules in (now, then))
    return [(k, a.get(k, "–"), b.get(k, "–")) for k in sorted(a | b) if a.get(k, "–") != b.get(k, "–")]


def _flat(value: Any, place: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in _flat(part, f"{place}.{key}".strip(".")).items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {k: v for n, part in enumerate(value, 1) for k, v in _flat(part, f"{place}.{n}").items()}
    return {place: (", ".join(value) if isinstance(value, list) else f"{value}") or "–"}
