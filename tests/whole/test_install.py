"""The suite as a package: the built wheel in an empty folder, without the repository, makes a company's own repository
and publishes from it; what the company has of its own wins."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from helpers.errors import BadParameter, NoInput
from helpers.publishing.repository import copy_notebook
from helpers.settings.read import notebook_file, project_root

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """The variables of a shell whose `client-rating` is the wheel's, where this one's packages are seen."""
    place = tmp_path_factory.mktemp("installed")
    build = f"import hatchling.build; print(hatchling.build.build_wheel({str(place)!r}))"
    built = subprocess.run([sys.executable, "-c", build], cwd=ROOT, capture_output=True, text=True, check=True)
    wheel = place / built.stdout.split()[-1]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / "venv"], check=True)
    packages = next((place / "venv/lib").glob("python3*/site-packages"))
    seen = [Path(entry) for entry in sys.path if entry.endswith("site-packages")]
    (packages / "beside.pth").write_text("\n".join(map(str, seen)))
    shared = next(
        prefix / "share" for path in seen if (prefix := path.parents[2]) and (prefix / "share/jupyter").exists()
    )
    (place / "venv/share").symlink_to(shared)  # nbconvert's templates
    install = ["install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "--python", place / "venv/bin/python", *install, wheel], check=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CLIENT_RATING"))}
    return kept | {"PATH": f"{place}/venv/bin:{os.environ['PATH']}", "VIRTUAL_ENV": str(place / "venv")}


@pytest.fixture(scope="module")
def shop(environment, tmp_path_factory) -> Path:
    """The repository that `client-rating new shop` makes in an empty folder."""
    place = tmp_path_factory.mktemp("empty")
    said = shell("client-rating new shop", place, environment)
    assert "cd shop && client-rating run params/demo/client_rating.yaml" in said
    return place / "shop"


def shell(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command says on stdout; its failure is the test's."""
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_package_is_used_and_says_its_version(environment, shop):
    where = shell("python -c 'import helpers; print(helpers.__file__)'", shop, environment)
    assert where.startswith(environment["VIRTUAL_ENV"])
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    assert shell("client-rating --version", shop, environment).split()[-1] == version
    assert f"client-rating=={version}" in (shop / "requirements.txt").read_text().splitlines()


def test_a_new_repository_publishes_what_is_due(environment, shop):
    assert shell("client-rating run-due --dry-run", shop, environment).count(": due since ") == 2
    page = shell("client-rating run params/demo/client_rating.yaml", shop, environment).strip()
    assert Path(page).is_relative_to(shop / "published/demo/client_rating")
    assert "Orangerie Clinics" in Path(page).read_text("utf-8")
    shell("client-rating run-due", shop, environment)
    assert (shop / "published/demo/best_clients/latest/index.html").exists()
    assert "The five largest" in (shop / "published/demo/best_clients/latest/index.html").read_text("utf-8")


def test_the_companys_copy_of_a_notebook_wins(environment, shop):
    log = "client-rating --log-level info run params/demo/client_rating.yaml -p language fr 2>&1"
    assert "/venv/lib/" in re.search(r"runs (\S+)", shell(log, shop, environment))[1]
    copied = Path(shell("client-rating copy client_rating", shop, environment).strip())
    notebook = nbformat.read(copied, 4)
    notebook.cells[0].source = "# Our very own rating"
    nbformat.write(notebook, copied)
    assert re.search(r"runs (\S+)", shell(log, shop, environment))[1] == str(copied)
    latest = shop / "published/demo/client_rating/latest"
    assert "Our very own rating" in (latest / "index.html").read_text("utf-8")
    assert json.loads((latest / "manifest.json").read_text())["state"] == "published"
    copied.unlink()


def test_the_recipes_name_commands_that_there_are_and_hooks_that_work(environment, shop):
    hooks = yaml.safe_load((shop / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    strip, check = (hook["entry"] for hook in hooks)
    dirty = shop / "notebooks/dirty.ipynb"
    notebook = nbformat.read(shop / "notebooks/best_clients.ipynb", 4)
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.execution_count, code.outputs = 7, [nbformat.v4.new_output("stream", text="a client's name")]
    nbformat.write(notebook, dirty)
    shell(f"{strip} {dirty}", shop, environment | {"HOME": str(shop)})
    assert "a client's name" not in dirty.read_text()
    assert '"execution_count": 7' not in dirty.read_text()
    dirty.unlink()
    assert "demo-best-clients" in shell(check, shop, environment)
    steps = yaml.safe_load((shop / ".github/workflows/client-rating.yml").read_text())["jobs"]["publish"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    commands += re.findall(r"^RUN (client-rating .*)", (shop / "Dockerfile").read_text(), re.MULTILINE)
    ours = [command for command in commands if command.startswith("client-rating")]
    assert len(ours) == 4
    for command in ours:
        shell(f"{command} --help", shop, environment)


def test_git_keeps_no_sales_and_no_pages(environment, shop):
    shell("git init -q . && git add --all", shop, environment)
    kept = shell("git ls-files", shop, environment).split()
    assert {"params/demo/source.yaml", "notebooks/best_clients.ipynb", "requirements.txt", ".gitignore"} <= set(kept)
    assert not [name for name in kept if name.startswith(("data/", "published/", "work/"))]


def test_a_shell_completes_commands_and_notebooks(environment, shop):
    def completed(words: str) -> list[str]:
        asked = {"_CLIENT_RATING_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()))}
        return [line.split(",")[1] for line in shell("client-rating", shop, environment | asked).splitlines()]

    assert {"run", "run-due"} <= set(completed("client-rating "))
    assert completed("client-rating copy ") == sorted(p.stem for p in (ROOT / "notebooks").glob("*.ipynb"))
    script = shell("_CLIENT_RATING_COMPLETE=bash_source client-rating", shop, environment)
    assert "complete -o nosort" in script


def test_a_folder_in_use_and_an_unknown_notebook_are_refused(environment, shop, tmp_path):
    done = subprocess.run(["client-rating", "new", shop], env=environment, capture_output=True, text=True)
    assert (done.returncode, "name a new folder" in done.stderr) == (64, True)
    (tmp_path / "notebooks").mkdir()
    with pytest.raises(NoInput, match="did you mean 'client_rating'"):
        copy_notebook("client_ratin", tmp_path)
    copied = copy_notebook("client_rating", tmp_path)
    assert notebook_file("client_rating.fr", tmp_path) == copied
    with pytest.raises(BadParameter, match="there already"):
        copy_notebook("client_rating", tmp_path)


def test_outside_a_project_new_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("helpers.settings.read.PACKAGE", tmp_path)
    with pytest.raises(NoInput, match="client-rating new FOLDER"):
        project_root()
