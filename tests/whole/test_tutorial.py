"""The tutorial's file, its first source.yaml and its check, on a few lines of the same header."""

import re
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from helpers.__main__ import main
from helpers.analysis.rating import rating
from helpers.sales import open_sales

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
BLOCKS = [(kind, text) for kind, text in re.findall(r"^```(\w*)\n(.*?)^```", TUTORIAL, re.DOTALL | re.MULTILINE)]
GUESSED, MENDED, PARAMS = (text for kind, text in BLOCKS if kind == "yaml")
HEADER = next(text for _, text in BLOCKS if text.startswith('"Row ID"'))
LINES = """\
2,"US-2017-1",2017-10-11,2017-10-12,"First Class","CG-12520","Claire Gute","Consumer","United States","Ohio City","Ohio",1,"West","P1","Technology","Phones","A phone, black",957.5775,5,0.45,-383.031
3,"US-2017-2",2017-10-12,2017-10-12,"First Class","SO-20335","Sean O'Donnell","Home","United States","Lima","Ohio",1,"East","P2","Technology","Phones","A ""smart"" phone",100,1,0.2,20
"""  # noqa: E501


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params").mkdir()
    (tmp_path / "data" / "superstore").mkdir(parents=True)
    (tmp_path / "data" / "superstore" / "superstore.csv").write_text(HEADER + LINES)
    (tmp_path / "notebooks" / "client_rating.ipynb").symlink_to(ROOT / "notebooks" / "client_rating.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIENT_RATING_ROOT", str(tmp_path))
    return tmp_path


def typed(monkeypatch, command: str, code: int = 0) -> None:
    """A command of the tutorial, as a person types it."""
    assert command in TUTORIAL
    monkeypatch.setattr(sys, "argv", command.split())
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code or 0) == code


def test_the_tutorial(project, monkeypatch, capsys):
    typed(monkeypatch, "client-rating init data/superstore/superstore.csv")
    source = project / "params" / "superstore" / "source.yaml"
    assert source.read_text("utf-8") == GUESSED

    text = GUESSED
    for line in MENDED.splitlines():
        name = line.partition(":")[0]
        text = re.sub(rf"^{name}: .*$", line, text, flags=re.MULTILINE)
    source.write_text(text)
    (source.parent / "client_rating.yaml").write_text(PARAMS)
    capsys.readouterr()
    typed(monkeypatch, "client-rating check params/superstore/client_rating.yaml")
    said = capsys.readouterr().out
    assert "sale_line    3 rows" in said
    assert "client       2 rows: client_id, client_name" in said
    assert "in period    2 lines, 1,057.58 USD" in said  # 957.5775 + 100

    export = project / "data" / "superstore" / "superstore.csv"
    export.write_text(
        export.read_text() + LINES.splitlines()[1].replace("2017-10-12", "12.10.2017").replace(",100,", ",x,")
    )
    typed(monkeypatch, "client-rating check params/superstore/client_rating.yaml", code=65)
    said = capsys.readouterr().out
    assert "kept out     1 rows; see " in said
    assert "left out     In quarantine: the line breaks the rules (1)" in said
    assert "a run        would end with exit code 65, and so does this check" in said
    assert "superstore.csv, line 5, sold_at: no such day, or not written as %Y-%m-%d" in said
    assert "Sean" not in said
    (source.parent / "source.yaml").write_text(text + "tolerance: 1\n")

    found = rating(open_sales("superstore", "2017", root=project)).frame
    assert found[["client_name", "net", "margin"]].values.tolist() == [
        ["Claire Gute", Decimal("957.5775"), Decimal("-383.031")],
        ["Sean O'Donnell", Decimal(100), Decimal(20)],
    ]
