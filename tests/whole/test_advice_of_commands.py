"""What a command's refusal says to type is typed, letter by letter, and leads on."""

import datetime as dt
import re
import shlex
import socket
from pathlib import Path

import pytest
import yaml
from advice import GOOD, meant, part
from click.testing import CliRunner, Result
from small_export import export
from tiny import root_of_the_suite

from helpers.__main__ import cli
from helpers.errors import BadParameter
from helpers.settings.read import notebook_file
from helpers.settings.rules import read_rules
from helpers.source.demo import make_demo

MARCH = "period: 2026-03\ntoday: '2026-06-01'\n"


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A project with one company."""
    export(tmp_path, GOOD)
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(tmp_path))
    return tmp_path


def ran(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def refusal(*words: object) -> str:
    """What the command says against these words."""
    done = ran(*words)
    assert getattr(done.exception, "exit_code", 0), done.output
    return str(done.exception)


def typed(text: str, **names: object) -> Result:
    """A command of a sentence, with a person's own words in place of those in capitals."""
    for name, value in names.items():
        text = text.replace(name, str(value))
    program, *words = shlex.split(text)
    assert program == "client-rating"
    return ran(*words)


def written(root: Path, text: str = MARCH, name: str = "client_rating") -> Path:
    path = root / "params" / "acme" / f"{name}.yaml"
    path.write_text(text)
    return path


def test_a_first_file_leads_over_init_and_its_questions_to_the_figure(root):
    said = refusal("init")
    made = typed(part("which file: (.*), or init", said), FILE=root / "data" / "sales.csv")
    assert made.exit_code == 0, made.output
    check = shlex.split(f"{made.output.splitlines()[-1]} -p period 2026-03 -p today 2026-06-01")[1:]
    names = part(r"unconfirmed: in source\.yaml names (.*): look at", refusal(*check)).split(", ")
    source = root / "params" / "sales" / "source.yaml"
    settings = yaml.safe_load(source.read_text())
    assert settings.pop("unconfirmed") == names  # each name is right, and is deleted
    source.write_text(yaml.safe_dump(settings))
    done = ran(*check)
    assert done.exit_code == 0, done.exception
    assert "430.00" in done.output


def test_a_misspelt_report_is_the_one_that_is_meant(root):
    name = meant(refusal("check", written(root, name="client_ratin")))
    done = ran("check", written(root, name=name))
    assert (done.exit_code, "430.00" in done.output) == (0, True), done.exception


def test_a_misspelt_system_is_the_one_that_is_meant(root):
    assert typed(f"client-rating init --system {meant(refusal('init', '--system', 'odo'))}").exit_code == 0


def test_parameters_go_with_a_report_and_not_with_the_schedule(root):
    schedule = root / "params" / "schedule.yaml"
    schedule.write_text("jobs: {}\n")
    assert "schedule.yaml takes none" in refusal("check", schedule, "-p", "top", "3")
    assert ran("check", schedule).exit_code == 0


def test_a_moment_is_written_as_the_example(root):
    (root / "params" / "schedule.yaml").write_text("jobs: {}\n")
    assert ran("run-due", "--now", part("such as (.*), got", refusal("run-due", "--now", "noon"))).exit_code == 0


def test_misspelt_rules_are_those_that_are_meant(root):
    (root / "params" / "acme" / "rules.vip.yaml").write_text("title: VIP\n")
    with pytest.raises(BadParameter) as refused:
        read_rules("acme", "rules.vp", root)
    assert read_rules("acme", meant(str(refused.value)), root).title == "VIP"


def test_the_live_view_is_copied_where_it_is_not(root):
    said = refusal("explore", "--no-browser", "--port", free_port())
    assert typed(part("type (.*)$", said)).exit_code == 0
    assert notebook_file("explore", root).is_relative_to(root)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_beside_the_last_port_another_is_named(root):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 65535))
        taken.listen()
        said = refusal("explore", "--no-browser", "--port", 65535)
    assert said == "port 65535 is taken; type client-rating explore --port 65534"
    assert "is not in notebooks/ yet" in str(typed(part("type (.*)$", said)).exception)


def test_a_made_up_company_has_as_many_lines_as_it_may(tmp_path):
    with pytest.raises(BadParameter) as refused:
        make_demo(tmp_path, dt.date(2026, 11, 23), 10)
    make_demo(tmp_path, dt.date(2026, 11, 23), int(part("between ([0-9,]+) and", str(refused.value)).replace(",", "")))
    assert list(tmp_path.glob("sale_line/*"))


def test_every_command_that_src_says_to_type_is_one():
    """The commands of all sentences, by their words: a command of that name that has these options."""
    found = set()
    for path in (root_of_the_suite() / "src" / "helpers").rglob("*.py"):
        for name, rest in re.findall(r"client-rating ([a-z][a-z-]*)((?: --[a-z-]+)*)", path.read_text("utf-8")):
            known = {option for each in cli.commands[name].params for option in each.opts}
            assert set(rest.split()) <= known, (path, name, rest)
            found.add(name)
    assert found >= {"check", "copy", "explore", "init", "new"}
