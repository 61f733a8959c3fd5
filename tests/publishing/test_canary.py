"""A canary among the clients and more among the secrets: the whole client rating with `names: code`, run by the
schedule's command, well and ended in every bad way. Nothing that is left anywhere tells them, packed or plain, but the
source itself, the snapshots and the quarantine, which are for their owner alone.
"""

import base64
import gzip
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

import nbformat
import psutil
import pyarrow.parquet
import pypdfium2
import pytest
import yaml
from nbformat.v4 import new_code_cell
from tests.publishing.test_failures import assert_nothing_runs, wait_for
from tiny import fill, root_of_the_suite, sampled, small_disk

from helpers.publishing.archive import report_archives
from helpers.sales.pseudonyms import code

pytestmark = pytest.mark.kernel
SECRETS = {
    "SHOP_PASSWORD": 'canary"7f3d1c/pass',
    "SHOP_DSN": "postgresql://shop:canary-dsn%404711@db.example/shop?password=canary-query-99",
    "CLIENT_RATING_CODE_SECRET": "the canary secret of codes",
}
CLIENT = ("CANARY-ID-77", "Canaria", "Pavarotti")
FILES = {
    "sales.csv": """\
client_id,branch_id,sold_at,amount
CANARY-ID-77,north,2026-10-01 00:00:00,100.10
CANARY-ID-77,south,2026-09-01 00:00:00,40.00
bob,north,2026-10-05 12:00:00,60.00
CANARY-ID-77,north,2026-10-06 12:00:00,1 Canaria
""",
    "clients.csv": "client_id,client_name\nCANARY-ID-77,Canaria Pavarotti\nbob,Bob Baker\n",
}
TELLING = """\
import os, subprocess, sys
rows = str(rating(sales).frame) + str(sales.clients.to_pandas()) + str(sales.lines())
subprocess.run("echo $SHOP_PASSWORD", shell=True)
raise ValueError(rows + os.environ["SHOP_PASSWORD"] + os.environ["SHOP_DSN"] + str(sales.clients.compile()))
"""
# ending → the cell that comes after the rating
ENDINGS = {
    "good": "",
    "error": TELLING,
    "engine": "sales.source.con.raw_sql('SELECT client_id::INTEGER FROM (' + str(sales.clients.compile()) + ')')",
    "exit": "import sys; sys.exit(0)",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "hung": "import time; time.sleep(600)",
    "memory": 'import time; held = bytearray(1_500_000_000); held[::4096] = b"x" * len(held[::4096]); time.sleep(60)',
    "told to stop": "import time; time.sleep(600)",
    "runner killed": "import time; time.sleep(600)",
    "runner killed at the end": "",
    "runner killed at an error": TELLING,
    "full disk": "",
}
BOUNDS = {"hung": {"timeout": "12 s"}, "memory": {"memory": "1400 MB"}}
SIGNALS = {"told to stop": signal.SIGTERM, "runner killed": signal.SIGKILL}


@pytest.fixture
def place():
    """A project of CSV files, and folders of its own for everything that a run may write to; short, for sockets."""
    place = Path(tempfile.mkdtemp())
    root = place / "p"
    for folder in ("notebooks", "params/acme", "data", "work"):
        (root / folder).mkdir(parents=True)
    for folder in ("t", "home"):
        (place / folder).mkdir()
    for name, text in FILES.items():
        (root / "data" / name).write_text(text)
    source = {"company": "Acme", "files": "data", "sale_line": "sales.csv", "client": "clients.csv", "tolerance": 1}
    (root / "params/acme/source.yaml").write_text(yaml.safe_dump(source))
    (root / "params/acme/client_rating.yaml").write_text("company: acme\nnames: code\ntoday: 2026-11-23\n")
    yield place
    shutil.rmtree(place)


def report(place: Path, ending: str) -> None:
    """The notebook with the cell of an ending, and the schedule with its bounds."""
    notebook = nbformat.read(root_of_the_suite() / "notebooks/client_rating.ipynb", 4)
    after_rating = next(i for i, cell in enumerate(notebook.cells) if cell.source == "rating(sales)") + 1
    notebook.cells.insert(after_rating, new_code_cell(ENDINGS[ending]))
    nbformat.write(notebook, place / "p/notebooks/client_rating.ipynb")
    hook = {"command": ["sh", "-c", f"cat >> {place}/message"]}
    job = {"params": "acme/client_rating.yaml", "cron": "0 6 1 * *", "timezone": "UTC", "period": "2026-10",
           "retries": 0, "on_failure": hook, "on_success": hook} | BOUNDS.get(ending, {})  # fmt: skip
    (place / "p/params/schedule.yaml").write_text(json.dumps({"jobs": {"acme": job}}))


def run(place: Path, out: Path, *more: str, temporary: str = "t") -> psutil.Popen:
    """The schedule's command, started with the canaries in its environment; what it prints goes to two files."""
    told = {"HOME": str(place / "home"), "TMPDIR": str(place / temporary)}
    environment = os.environ | SECRETS | told
    environment.pop("PYTEST_CURRENT_TEST")  # by which a kernel knows it is tested, and catches less of what is printed
    command = [sys.executable, "-m", "helpers", "run-due", "--out", out, "--now", "2026-11-23T12:00+00:00", *more]
    with (place / "stdout").open("a") as stdout, (place / "stderr").open("a") as stderr:
        return psutil.Popen(command, cwd=place / "p", env=environment, stdout=stdout, stderr=stderr)


@pytest.mark.parametrize("ending", [name for name in ENDINGS if name != "full disk"])
def test_no_canary_is_told(place, monkeypatch, ending):
    monkeypatch.setenv("CLIENT_RATING_CODE_SECRET", SECRETS["CLIENT_RATING_CODE_SECRET"])
    report(place, ending)
    out = place / "out"
    runner = run(place, out)
    if ending in SIGNALS:
        wait_for(lambda: any(p.is_dir() for p in (place / "p/work/snapshots").glob("sale_line-*")))
        wait_for(lambda: is_asleep(runner))
        runner.send_signal(SIGNALS[ending])
    elif ending.startswith("runner killed"):
        sign = "notebook.ipynb" if "error" in ending else "checks.json"
        wait_for(lambda: list(out.glob(f"*/*/.runs/*/{sign}")))
        runner.kill()
    ended = runner.wait()
    assert (ended == 0) == (ending == "good")
    assert_nothing_runs(out)
    assert_untold(place)
    if ending == "good":
        (found,) = report_archives(out)[0].published().values()
        assert any(tells(path) for path in (place / "p/work/snapshots").glob("*/quarantine.parquet"))
        assert code(CLIENT[0]) in (found.folder / "index.html").read_text()
        assert (place / "message").read_text().startswith("acme/client_rating 2026-10 is published")
        return
    report(place, "good")  # what is left is told to nobody by the next call either, which gives up or completes
    run(place, out).wait()
    assert_untold(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_no_canary_is_told_on_a_full_disk(place):
    """Published folder and temporary files on a disk with 1, 2, 4 … 256 free pages, or some of these: full before
    the kernel, in a cell, while the page is written, and never."""
    report(place, "full disk")
    codes = []
    with small_disk(place / "d", "4m") as disk:
        for power in sampled(range(9)):
            (disk / "t").mkdir(exist_ok=True)
            fill(disk, 2**power)
            codes.append(run(place, disk / f"out{power}", temporary="d/t").wait())
            assert_nothing_runs(disk / f"out{power}")
            assert_untold(place)
            (disk / "filler").unlink()
            shutil.rmtree(disk / f"out{power}", ignore_errors=True)
    assert codes[0] == 74
    assert set(codes) == {0, 74}


@pytest.mark.browser
def test_no_canary_is_told_by_a_pdf(place):
    report(place, "good")
    command = [
        sys.executable,
        "-m",
        "helpers",
        "run",
        "params/acme/client_rating.yaml",
        "-p",
        "period",
        "2026-10",
        "--pdf",
    ]
    told = {"HOME": str(place / "home"), "TMPDIR": str(place / "t")}
    done = subprocess.run([*command, "--out", place / "out"], cwd=place / "p", env=os.environ | SECRETS | told)
    assert done.returncode == 0
    assert list(place.rglob("report.pdf"))
    assert_untold(place)


def test_a_canary_would_be_found(place):
    """The search itself: each way of hiding it is seen through."""
    folder = place / "out"
    folder.mkdir()
    table = pyarrow.table({"client": pyarrow.array(["bob", "Pavarotti"] * 9_000).dictionary_encode()})
    pyarrow.parquet.write_table(table, folder / "a.parquet", compression="zstd")
    with zipfile.ZipFile(folder / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("sharedStrings.xml", "Pavarotti " * 99)
    (folder / "a.gz").write_bytes(gzip.compress(b"Pavarotti " * 99))
    (folder / "a.html").write_text("data:x;base64," + base64.b64encode(b"Pavarotti" * 9).decode())
    (folder / "a.json").write_text('"canary\\"7f3d1c/pass"')
    told = {path.name for path in folder.iterdir() if tells(path)}
    assert told == {"a.parquet", "a.xlsx", "a.gz", "a.html", "a.json"}


def is_asleep(runner: psutil.Popen) -> bool:
    """Whether the cells of the runner have come to the one that hangs: the snapshot is open, and nothing is done."""
    below = [p for p in runner.children(recursive=True) if p.name().startswith("run-")]
    return len(below) == 2 and all(p.cpu_percent(0.5) == 0 for p in below)


def assert_untold(place: Path) -> None:
    """Nothing below tells a canary but the source, the snapshots and their quarantine; only their owner reads those."""
    kept = (place / "p/data", place / "p/work/snapshots")
    told = [path for path in files(place) if not path.is_relative_to(kept[0]) and not path.is_relative_to(kept[1])]
    assert not [path for path in told if tells(path)]
    raw = [path for path in files(kept[1]) if tells(path)]
    assert not [path for path in raw if stat.S_IMODE(path.stat().st_mode) != 0o600]
    assert not [p for p in kept[1].rglob("*") if p.is_dir() and stat.S_IMODE(p.stat().st_mode) != 0o700]


def files(folder: Path) -> list[Path]:
    """Every file below, but for the tests' own."""
    return [p for p in folder.rglob("*") if p.is_file() and not p.is_symlink() and p.name != "filler"]


def canaries() -> list[bytes]:
    """Every canary, in each form that JSON, HTML and addresses write it; the keys of the codes are secret too."""
    keys = (hmac.new(SECRETS["CLIENT_RATING_CODE_SECRET"].encode(), part, hashlib.sha256).hexdigest()
            for part in (b"inner", b"outer"))  # fmt: skip
    passwords = ("canary-dsn%404711", "canary-dsn@4711", "canary-query-99")
    plain = [*CLIENT, SECRETS["SHOP_PASSWORD"], SECRETS["CLIENT_RATING_CODE_SECRET"], *passwords, *keys]
    forms = {form for text in plain for form in (text, text.replace('"', '\\"'), escape(text), escape(escape(text)))}
    return [form.encode() for form in forms]


def tells(path: Path) -> bool:
    """Whether a file tells a canary."""
    pieces = list(contents(path))
    return any(canary in piece for canary in canaries() for piece in pieces)


def contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, its name, and what is packed in it."""
    plain = path.read_bytes()
    yield path.name.encode()
    yield plain
    yield from (base64.b64decode(found + b"==") for found in re.findall(rb"base64,([\w+/]+)", plain))
    if plain[:2] == b"PK":
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    elif plain[:4] == b"PAR1" and plain[-4:] == b"PAR1":
        yield pyarrow.parquet.read_table(path).to_pandas().to_csv().encode()
    elif plain[:2] == b"\x1f\x8b":
        yield gzip.decompress(plain)
    elif plain[:5] == b"%PDF-":
        with pypdfium2.PdfDocument(path) as document:
            yield "".join(page.get_textpage().get_text_range() for page in document).encode()
