"""What a secret of the environment looks like, and that none stays in a text or a file."""

from pathlib import Path

import pytest

from helpers.settings.secrets import CODE_SECRET, code_keys, scrub_file, scrubbed, tells_a_secret


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Two secrets, one of them too short to be one."""
    monkeypatch.delenv(CODE_SECRET, raising=False)
    monkeypatch.setenv("PGPASSWORD", "sechs6")
    monkeypatch.setenv("SHORT_TOKEN", "fünf5")


def test_a_secret_has_at_least_six_characters():
    assert scrubbed("sechs6 and fünf5") == "*** and fünf5"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("postgresql://ann:pa@ss@host/shop", "postgresql://ann:***@host/shop"),
        ("password='one two' host=h", "password=*** host=h"),
        ("PASSWORD = one&x=1", "PASSWORD = ***&x=1"),
        ("postgresql://ann@host/shop", "postgresql://ann@host/shop"),
    ],
)
def test_a_login_is_hidden_though_nobody_declared_it(text, clean):
    assert scrubbed(text) == clean


def test_a_secret_is_found_as_json_and_html_write_it(monkeypatch):
    monkeypatch.setenv("API_KEY", 'a"b<c&d')
    assert scrubbed('a"b<c&d, a\\"b<c&d, a&quot;b&lt;c&amp;d, a&#34;b&lt;c&amp;d') == "***, ***, ***, ***"


def test_the_variable_of_mysql_holds_a_secret_and_the_working_folder_none(monkeypatch):
    monkeypatch.setenv("MYSQL_PWD", "hunter2")
    monkeypatch.setenv("PWD", "/srv/shop")
    assert scrubbed("hunter2 in /srv/shop") == "*** in /srv/shop"


def test_what_codes_are_made_with_is_a_secret_too(monkeypatch):
    assert code_keys() == ()
    monkeypatch.setenv(CODE_SECRET, "a phrase of its owner")
    inner, outer = code_keys()
    assert inner != outer
    assert scrubbed(f"{inner} {outer} a phrase of its owner") == "*** *** ***"


def test_a_file_without_a_secret_is_not_written_anew(tmp_path: Path):
    clean, telling = tmp_path / "clean.log", tmp_path / "telling.log"
    clean.write_bytes(b"nothing \xff")
    telling.write_bytes(b"sechs6 \xff")
    before = clean.stat().st_mtime_ns
    assert [tells_a_secret(path) for path in (clean, telling)] == [False, True]
    for path in (clean, telling):
        scrub_file(path)
    assert clean.stat().st_mtime_ns == before
    assert telling.read_bytes() == b"*** \xff"
    assert not tells_a_secret(telling)
