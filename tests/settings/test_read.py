"""What is wrong in a YAML file of params/ is one sentence, at any depth, with exit code 78; never a traceback."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.errors import BadConfiguration, NoInput
from helpers.settings.company import Company
from helpers.settings.parameters import ParametersFile
from helpers.settings.read import read_model
from helpers.settings.rules import Rules, read_rules
from helpers.settings.schedule import Schedule

SOURCE = "company: Acme\nfiles: data\nsale_line: {from: lines.csv}\n"
JOB = "jobs: {acme: {params: acme/client_rating.yaml, cron: '0 6 1 * *', timezone: UTC, %s}}"

MISSPELT = [
    (Company, SOURCE + "timezon: UTC", "unknown setting 'timezon', did you mean 'timezone'?"),
    (Company, SOURCE + 'csv: {delimeter: ";"}', "unknown setting 'csv.delimeter', did you mean 'delimiter'?"),
    (Company, SOURCE + "labels: {en: {clint: {one: a}}}", "'labels.en.clint', did you mean 'client'?"),
    (Company, SOURCE + "labels: {en: {client: {ones: a}}}", "'labels.en.client.ones', did you mean 'one'?"),
    (Company, SOURCE + "labels: {eng: {client: {one: a}}}", "unknown language 'eng', did you mean 'en'?"),
    (Company, SOURCE + "client: {form: clients.csv}", "client: unknown setting 'form', did you mean 'from'?"),
    (Company, SOURCE + "client: {from: a, colums: {client_id: b}}", "'colums', did you mean 'columns'?"),
    (Company, SOURCE + "client: {form: a, columns: {client_id: b}}", "'client.form', did you mean 'from'?"),
    (
        Company,
        SOURCE + "client: {from: a, clientid: b}",
        "client: unknown column 'clientid', did you mean 'client_id'?",
    ),
    (Company, SOURCE + "group_level: groups", "got 'groups', did you mean 'group'?"),
    (Company, SOURCE + "state_map: {Paid: postd}", "state_map.Paid: input should be 'posted', 'draft' or 'cancelled'"),
    (Company, SOURCE + "state_map: {Paid: postd}", "got 'postd', did you mean 'posted'?"),
    (Company, SOURCE + "timezone: Europe/Pariss", "unknown time zone 'Europe/Pariss', did you mean 'Europe/Paris'?"),
    (Company, "compny: Acme\nfiles: data\nsale_line: {from: a}", "'compny', did you mean 'company'?"),
    (Rules, "kind: {}", "unknown setting 'kind', did you mean 'kinds'?"),
    (Rules, "kinds: {GOLD: {rat: 1}}", "'kinds.GOLD.rat', did you mean 'rate'?"),
    (Rules, "tiers: [{from: 1, rates: 2}]", "'tiers.0.rates', did you mean 'rate'?"),
    (Rules, "price_lists: {VIP: {percentoff: 3}}", "'price_lists.VIP.percentoff', did you mean 'percent_off'?"),
    (Schedule, "job: {}", "unknown setting 'job', did you mean 'jobs'?"),
    (Schedule, JOB % "retrys: 3", "'jobs.acme.retrys', did you mean 'retries'?"),
    (Schedule, JOB % "on_failure: {comand: [a]}", "'jobs.acme.on_failure.comand', did you mean 'command'?"),
    (
        Schedule,
        JOB % "on_failure: {mail: {to: [a], form: b}}",
        "'jobs.acme.on_failure.mail.form', did you mean 'from'?",
    ),
    (Schedule, JOB % "catch_up: latestt", "did you mean 'latest'?"),
    (Schedule, "on_succes: {}", "did you mean 'on_success'?"),
]

WRONG = [
    (Company, "files: data\nsale_line: {from: a}", "'company' is missing"),
    (Company, SOURCE + "client: {client_id: a}", "'client.from' is missing"),
    (Company, SOURCE + "csv: 3", "csv: expected `name: value` lines, got 3"),
    (Company, SOURCE + "csv:", "csv: expected `name: value` lines, got nothing"),
    (Company, SOURCE + "client: {from: a, client_id: 3}", "client_id: expected text, got 3, quote it"),
    (Company, SOURCE + "anonymous_client_ids: 7", "anonymous_client_ids: expected a list, got 7"),
    (Company, SOURCE + "tolerance: many", "tolerance: expected a whole number, got 'many'"),
    (Company, SOURCE + "show_empty_branches: never", "expected true or false, got 'never'"),
    (Company, SOURCE + f"day_start: '{'x' * 500}'", f"got '{'x' * 79}…"),
    (Rules, "max_part_paid: 2", "max_part_paid: input should be less than or equal to 1, got 2"),
    (Rules, "price_lists: {VIP: {}}", "'price_lists.VIP.percent_off' is missing"),
    (Schedule, "jobs: {acme: }", "jobs.acme: expected `name: value` lines, got nothing"),
    (Schedule, JOB % "since: 2026-1", "since: expected a day such as 2026-01-01, got '2026-1'"),
    (Schedule, JOB % "memory: yes", "memory: expected a size such as 500 MB or 4 GB"),
    (ParametersFile, "top: [1]", "top: a parameter is one text, number or truth, got a list"),
    (ParametersFile, "top:", "top: a parameter is one text, number or truth, got nothing"),
    (Company, "- company: Acme", "expected `name: value` lines, got a list"),
    (Company, "no", "expected `name: value` lines, got false"),
]

NAMES = [
    ("1: posted", "a name must be text, got 1, quote it"),
    ("1.5: posted", "a name must be text, got 1.5, quote it"),
    ("no: posted", "a name must be text, got false, quote it"),
    ("~: posted", "a name must be text, got nothing"),
    ("? [a, b]\n: posted", "a name must be text, got a list"),
    ("? {a: b}\n: posted", "a name must be text, got `name: value` lines"),
    ("a: !!timestamp soon", "cannot be read as timestamp; quote it where it is text"),
    ("a: !!timestamp 2026-13-45", "cannot be read as timestamp"),
    ("a: !!bool soon", "cannot be read as bool"),
    ("a: !!int soon", "cannot be read as int"),
    (f"a: {'9' * 5000}", "cannot be read as int"),
    ("a: !!set {[b], c}", "a name must be text, got a list"),
]


def refusal(path: Path, model, text: str) -> str:
    path.write_text(text, "utf-8")
    with pytest.raises(BadConfiguration) as refused:
        read_model(path, model)
    said = str(refused.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize(("model", "text", "said"), [*MISSPELT, *WRONG], ids=lambda value: str(value)[-40:])
def test_what_is_wrong_is_one_sentence(tmp_path, model, text, said):
    assert said in refusal(tmp_path / "a.yaml", model, text)


@pytest.mark.parametrize("model", [Company, Rules, Schedule, ParametersFile])
@pytest.mark.parametrize(("text", "said"), NAMES, ids=[text[:20] for text, _ in NAMES])
def test_names_of_any_type_are_a_sentence_with_their_line(tmp_path, model, text, said):
    refused = refusal(tmp_path / "a.yaml", model, f"# first line\n{text}\n")
    assert said in refused
    assert refused.startswith(f"{tmp_path}/a.yaml, line 2: ")


def test_a_misspelt_name_is_read_as_the_one_that_is_meant(tmp_path):
    for model, text, said in MISSPELT:
        if named := re.search(r"'([^']*)', did you mean '(.*)'\?", refusal(tmp_path / "a.yaml", model, text)):
            (tmp_path / "a.yaml").write_text(text.replace(named[1].rpartition(".")[2], named[2], 1))
            assert read_model(tmp_path / "a.yaml", model), said


SUCH_AS = [
    *((Company, SOURCE + text) for text in ("day_start: '4:00'", "fiscal_year_start: '7-1'", "timezone: Paris",
                                            "currency: Euro", "labels: {english: {}}")),
    *((Schedule, JOB % text) for text in ("retry_after: soon", "late_after: 1 hour", "memory: '4'", "since: March")),
    (Schedule, (JOB % "keep: 1").replace("0 6 1 * *", "monthly")),
]  # fmt: skip


@pytest.mark.parametrize(("model", "text"), SUCH_AS, ids=[text[-30:] for _, text in SUCH_AS])
def test_what_is_written_as_the_example_is_read(tmp_path, model, text):
    said = refusal(tmp_path / "a.yaml", model, text)
    example = re.search(r"such as '?([^',]*?)'?(?:, | or |$)", said)[1]
    wrong = re.search(r"(?:got|currency|time zone|language) '(.*?)'", said)[1]
    (tmp_path / "a.yaml").write_text(text.replace(f"'{wrong}'", wrong).replace(wrong, f"'{example}'"))
    assert read_model(tmp_path / "a.yaml", model)


DONE = [
    (Rules, "tiers: [{from: 9, rate: 2}, {from: 1, rate: 1}]", "ascending order of from:",
     "tiers: [{from: 1, rate: 1}, {from: 9, rate: 2}]"),
    (Company, SOURCE + "csv: {thousands: .}", "two different characters", SOURCE + "csv: {thousands: ','}"),
    (Company, SOURCE + 'csv: {decimal: ",", quote: ""}', "than delimiter where nothing is quoted",
     SOURCE + 'csv: {decimal: ",", quote: "", delimiter: ";"}'),
    (Company, SOURCE + "client: {client_id: a}", "'client.from' is missing",
     SOURCE + "client: {from: c, client_id: a}"),
    (Schedule, JOB % "catch_up: all", "needs since: YYYY-MM-DD", JOB % "catch_up: all, since: 2026-01-01"),
    (Schedule, JOB.replace("acme:", "my job:") % "keep: 1", "such as acme-monthly",
     JOB.replace("acme:", "acme-monthly:") % "keep: 1"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "text", "said", "done"), DONE, ids=[said for _, _, said, _ in DONE])
def test_what_is_done_as_told_is_read(tmp_path, model, text, said, done):
    assert said in refusal(tmp_path / "a.yaml", model, text)
    (tmp_path / "a.yaml").write_text(done)
    assert read_model(tmp_path / "a.yaml", model)


QUOTED = ["client: {from: a, client_id: 3}", "anonymous_client_ids: [7]", "default_price_list_id: no"]


@pytest.mark.parametrize("text", QUOTED)
def test_what_is_quoted_is_text(tmp_path, text):
    assert ", quote it" in refusal(tmp_path / "a.yaml", Company, SOURCE + text)
    (tmp_path / "a.yaml").write_text(SOURCE + re.sub(r"\b(3|7|no)\b", r"'\1'", text))
    assert read_model(tmp_path / "a.yaml", Company)


def test_a_day_as_a_name_is_the_text_that_stands_there(tmp_path):
    path = tmp_path / "source.yaml"
    path.write_text(SOURCE + "state_map: {2026-01-01: posted, <<: draft, =: cancelled}")
    assert read_model(path, Company).state_map == {"2026-01-01": "posted", "<<": "draft", "=": "cancelled"}


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.dictionaries(st.sampled_from([*Company.model_fields, *Rules.model_fields, "jobs"]), ANY, max_size=3))
@pytest.mark.parametrize("model", [Company, Rules, Schedule, ParametersFile])
def test_nothing_that_yaml_can_say_is_a_traceback(tmp_path, model, content):
    import yaml

    path = tmp_path / "a.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    with suppress(BadConfiguration):
        assert isinstance(read_model(path, model), model)


def test_an_empty_file_says_nothing_and_a_missing_one_is_named(tmp_path):
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert read_model(tmp_path / "empty.yaml", Rules) == Rules()
    for path in (tmp_path / "none.yaml", tmp_path, tmp_path / "empty.yaml" / "x.yaml"):
        with pytest.raises(NoInput, match="no such file"):
            read_model(path, Rules)


def test_a_what_if_is_read_over_the_rules_and_named_in_its_mistakes(tmp_path):
    folder = tmp_path / "params" / "acme"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE)
    assert read_rules("acme", root=tmp_path) == Rules()
    (folder / "rules.yaml").write_text("kinds: {GOLD: {rate: 0.5, min_order: 20}}")
    (folder / "rules.vip.yaml").write_text("kinds: {GOLD: {rate: 0.7}}")
    gold = read_rules("acme", "rules.vip", tmp_path).kinds["GOLD"]
    assert (str(gold.rate), str(gold.min_order)) == ("0.7", "20")
    (folder / "rules.vip.yaml").write_text("kinds: {GOLD: {rte: 0.7}}")
    with pytest.raises(
        BadConfiguration, match=r"rules\.vip\.yaml: unknown setting 'kinds\.GOLD\.rte', did you mean 'rate'"
    ):
        read_rules("acme", "rules.vip", tmp_path)
