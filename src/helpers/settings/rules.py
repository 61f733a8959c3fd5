"""The rules a company encourages its clients by: what earns bonus points, and what the price lists take off.

In comes `params/<company>/rules.yaml`, or a what-if such as `rules.vip.yaml` beside it that says only what differs;
out comes a checked `Rules`. A company without the file has the rates of its bonus_kind table and nothing else.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema, field_validator

from helpers.errors import BadConfiguration, BadParameter, did_you_mean
from helpers.settings.company import company_folder
from helpers.settings.read import Strict, Text, read_yaml, sentence

NAME = re.compile(r"rules(\.[\w-]+)?")


def _exact(value: Any) -> Any:
    """A number as it is written: 0.3 is three tenths, not the nearest double."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(least: int, most: int | None = None) -> Any:
    """A number between two bounds, told to editors as such."""
    bounds = {"minimum": least} | ({} if most is None else {"maximum": most})
    return Annotated[
        Decimal, Field(ge=least, le=most), BeforeValidator(_exact), WithJsonSchema({"type": "number"} | bounds)
    ]


Positive, Part, Percent = _number(0), _number(0, 1), _number(-100, 100)


class KindRule(Strict):
    """What a bonus kind earns; what is left out stands in the bonus_kind table."""

    rate: Positive | None = None
    min_order: Positive | None = None
    expiry_days: int | None = Field(None, ge=1)


class Tier(Strict):
    """Points at another rate from an amount spent in the fiscal year before the document."""

    from_: Positive = Field(alias="from")
    rate: Positive
    name: Text = ""


class PriceListRule(Strict):
    """What a price list takes off the base price; `from`: whoever spent that much before in the fiscal year has it."""

    percent_off: Percent
    from_: Positive | None = Field(None, alias="from")


class Rules(Strict):
    """`rules.yaml`. Rates are points a unit of money; tiers raise the rate of every kind that earns."""

    points_decimals: int = Field(0, ge=0, le=3)
    default_kind: Text | None = None
    kinds: dict[Text, KindRule] = {}
    tiers: list[Tier] = []
    max_part_paid: Part | None = None
    excluded_items: list[Text] = []
    excluded_categories: list[Text] = []
    excluded_price_lists: list[Text] = []
    price_lists: dict[Text, PriceListRule] = {}

    @field_validator("tiers")
    @classmethod
    def _ascending(cls, tiers: list[Tier]) -> list[Tier]:
        if [t.from_ for t in tiers] != sorted({t.from_ for t in tiers}):
            raise ValueError("say the tiers in ascending order of from:, each amount once")
        return tiers


def read_rules(company: str, name: str = "rules", root: Path | None = None) -> Rules:
    """The rules of a file `params/<company>/<name>.yaml`; a what-if is read over rules.yaml. Raises BadParameter (64)
    for a name that is no rules file, BadConfiguration (78) for what is wrong in it."""
    folder = company_folder(company, root)
    known = sorted(p.stem for p in folder.glob("rules.*.yaml"))
    if not NAME.fullmatch(name) or (name != "rules" and name not in known):
        raise BadParameter(f"there are no rules '{name}'{did_you_mean(name, known)} (files rules.*.yaml of {folder})")
    base = folder / "rules.yaml"
    content = read_yaml(base) if base.is_file() else {}
    if name != "rules":
        content = merged(content, read_yaml(folder / f"{name}.yaml"))
    for key in content:
        if key not in Rules.model_fields:
            raise BadConfiguration(f"{folder / name}.yaml: unknown rule '{key}'{did_you_mean(key, Rules.model_fields)}")
    try:
        return Rules.model_validate(content)
    except ValidationError as error:
        raise BadConfiguration(f"{folder / name}.yaml: {sentence(error)}") from None


def merged(base: dict, over: dict) -> dict:
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
    a, b = (_flat(rules.model_dump(by_alias=True, exclude_none=True)) for rules in (now, then))
    return [(k, a.get(k, "–"), b.get(k, "–")) for k in sorted(a | b) if a.get(k, "–") != b.get(k, "–")]


def _flat(value: Any, place: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in _flat(part, f"{place}.{key}".strip(".")).items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {k: v for n, part in enumerate(value, 1) for k, v in _flat(part, f"{place}.{n}").items()}
    return {place: (", ".join(value) if isinstance(value, list) else f"{value}") or "–"}
