"""Every range that docs/settings.md names, at its ends and just beyond them."""

import json
from pathlib import Path

import pytest

from helpers.errors import BadConfiguration, BadParameter
from helpers.settings.company import Company
from helpers.settings.parameters import checked_parameters
from helpers.settings.read import MAX_BYTES, read_model, validated
from helpers.settings.rules import Rules
from helpers.settings.schedule import Schedule

SOURCE = {"company": "Acme", "files": "data", "sale_line": "lines.csv"}
JOB = {"params": "acme/client_rating.yaml", "cron": "0 6 1 * *", "timezone": "UTC"}


def source(**settings):
    return validated(Company, SOURCE | settings, Path("source.yaml"))


def rules(**settings):
    return validated(Rules, settings, Path("rules.yaml"))


def job(**settings):
    return validated(Schedule, {"jobs": {"acme": JOB | settings}}, Path("schedule.yaml"))


def parameters(**values):
    return checked_parameters(values)


# what checks it, the setting (or the JSON that holds it), least, most, just below, just above (None: no end)
BOUNDS = [
    (parameters, "top", 1, 2000, 0, 2001),
    (parameters, "max_branch_columns", 1, 200, 0, 201),
    (parameters, "rows", 1, 2000, 0, 2001),
    (parameters, "expiring_within_days", 1, 10**6, 0, None),
    (source, "lost_after_days", 1, 10**6, 0, None),
    (source, "tolerance", 0, 10**6, -1, None),
    (source, "query_timeout", 1, 10**6, 0, None),
    (source, "day_start", "00:00", "23:59", "0:00", "24:00"),
    (source, "fiscal_year_start", "01-01", "12-31", "00-01", "13-01"),
    (source, '{"csv": {"skip": %s}}', 0, 100, -1, 101),
    (rules, "points_decimals", 0, 3, -1, 4),
    (rules, "max_part_paid", 0, 1, -0.01, 1.01),
    (rules, '{"price_lists": {"VIP": {"percent_off": %s}}}', -100, 100, -100.01, 100.01),
    (rules, '{"price_lists": {"VIP": {"percent_off": 1, "from": %s}}}', 0, 10**9, -0.01, None),
    (rules, '{"kinds": {"GOLD": {"rate": %s}}}', 0, 10**6, -0.01, None),
    (rules, '{"kinds": {"GOLD": {"min_order": %s}}}', 0, 10**6, -0.01, None),
    (rules, '{"kinds": {"GOLD": {"expiry_days": %s}}}', 1, 10**6, 0, None),
    (job, "retries", 0, 10, -1, 11),
    (job, "keep", 1, 10**6, 0, None),
    (job, "timeout", "1 s", "99999 d", "0 s", "100000 s"),
    (job, "memory", "1 MB", "99999 GB", "0 MB", "100000 MB"),
]


@pytest.mark.parametrize(
    ("check", "name", "least", "most", "below", "above"), BOUNDS, ids=lambda v: getattr(v, "__name__", str(v))[:40]
)
def test_a_range_holds_its_ends_and_nothing_beyond(check, name, least, most, below, above):
    def settings(value):
        return json.loads(name % value) if "%s" in name else {name: value}

    for value in (least, most):
        check(**settings(value))
    for value in (below, above):
        if value is not None:
            with pytest.raises((BadConfiguration, BadParameter)):
                check(**settings(value))


def test_a_file_of_the_largest_size_is_read(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text("#" * MAX_BYTES)
    assert read_model(path, Rules) == Rules()
    path.write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(BadConfiguration, match="larger than 1,000,000 bytes"):
        read_model(path, Rules)


def test_tiers_ascend_and_no_amount_stands_twice():
    assert [str(tier.from_) for tier in rules(tiers=[{"from": 1, "rate": 1}, {"from": 2, "rate": 1}]).tiers] == [
        "1",
        "2",
    ]
    for second in (1, 0):
        with pytest.raises(
            BadConfiguration, match="tiers: say the tiers in ascending order of from:, each amount once"
        ):
            rules(tiers=[{"from": 1, "rate": 1}, {"from": second, "rate": 1}])


def test_decimal_and_thousands_differ_from_each_other_and_from_the_delimiter_where_nothing_is_quoted():
    assert source(csv={"delimiter": ";", "decimal": ",", "thousands": "."}).csv.thousands == "."
    assert source(csv={"thousands": ","}).csv.thousands == ","  # "1,200.50" is quoted
    assert source(csv={"decimal": ","}).csv.decimal == ","  # "1200,50" is quoted
    with pytest.raises(BadConfiguration, match="csv: decimal and thousands must be two different characters"):
        source(csv={"thousands": "."})
    for mark in ({"decimal": ","}, {"thousands": ","}):
        with pytest.raises(BadConfiguration, match="other characters than delimiter where nothing is quoted"):
            source(csv={"quote": ""} | mark)
