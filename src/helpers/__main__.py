"""The commands: `new`, `look`, `init`, `check`, `backtest`, `run`, `run-due`, `status`, `explore`; `copy`, `schemas`,
`make-demo`.

A user's mistake is one sentence on stderr and an exit code; a traceback is an error of the suite itself.
"""

import json
import logging
import os
import signal
import socket
import sys
import traceback
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from helpers.errors import BadParameter, NoInput, ReportError, did_you_mean
from helpers.settings.read import notebook_file, project_root, shipped
from helpers.settings.secrets import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.settings.schedule import Schedule
    from helpers.source.guess.databases import Choices
    from helpers.source.guess.systems import System

# jsonschema's check of addresses, idle here, takes a second to import
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how Python bars an import

WARN = partial(click.echo, err=True)
PATH = click.Path(path_type=Path)
JOBS_BY = "helpers.publishing.notebook_job.ReportExecution"  # what runs Notebook Jobs of JupyterLab
OUT = click.option("--out", type=PATH, help="The folder to publish into; by default the project's published/.")


class ReportCommand(click.Command):
    """A command on a report's params file: its help ends with the parameters that reports share."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Draw the list from the model that checks them."""
        from helpers.settings.documents import parameters_help

        with formatter.section("Parameters, in PARAMS or by -p"):
            formatter.write_dl(parameters_help())


PARAMS = click.argument("params", type=PATH)
OVERRIDES = click.option(
    "-p",
    "overrides",
    nargs=2,
    multiple=True,
    metavar="NAME VALUE",
    help="A parameter that wins over PARAMS; repeat it.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="client-rating")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="warning", show_default=True,
    envvar="CLIENT_RATING_LOG_LEVEL", help="How much is said on stderr of what a command does.",
)  # fmt: skip
def cli(log_level: str) -> None:
    """Client rating: who spent how much, branch by branch, exact to the cent."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("helpers").setLevel(log_level.upper())


JOBS = click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="How many reports run at a time."
)


@cli.command(cls=ReportCommand)
@click.argument("params", type=PATH, nargs=-1, required=True)
@OVERRIDES
@OUT
@JOBS
@click.option("--require-data", is_flag=True, help="Exit with 66 when the period has no sales.")
@click.option("--pdf", is_flag=True, help="Print the page to report.pdf too; the installed Chromium does it.")
@click.option("--sign", is_flag=True, help="Keep the executed notebook in work/, trusted by your JupyterLab.")
@click.option("--timings", is_flag=True, help="Say where each report's time went.")
def run(
    params: tuple[Path, ...], overrides: tuple[tuple[str, str], ...], out: Path | None, jobs: int, require_data: bool,
    pdf: bool, sign: bool, timings: bool,
) -> None:  # fmt: skip
    """Publish the reports that PARAMS (params/COMPANY/NOTEBOOK.yaml, one or more) describe; print their pages' paths.

    The failure of one stops no other; the exit code is that of the first.
    """
    from helpers.page.pdf import chromium
    from helpers.publishing.batch import prepare_children, publish_files

    if all(path.is_file() for path in params):
        prepare_children()  # they import meanwhile, too
    from helpers.publishing.notebook_run import prepare
    from helpers.publishing.publish import RunOptions, publish

    if pdf:
        chromium()
    progress = sys.stderr.isatty()

    def publish_file(path: Path) -> None:
        job = prepare(path, dict(overrides))
        kept = job.root / "work" / job.company / job.period.name / f"{job.report}.ipynb"
        page = publish(
            job, out or job.root / "published", progress=progress and len(params) == 1, require_data=require_data,
            options=RunOptions(pdf=pdf, executed=kept if sign else None), warn=WARN,
        )  # fmt: skip
        click.echo(page)
        if sign:
            click.echo(f"executed and trusted: {kept}", err=True)
        if timings:
            click.echo(_timings(page.with_name("manifest.json")), err=True)

    if len(params) == 1:
        publish_file(params[0])
    else:
        sys.exit(publish_files(params, publish_file, WARN, jobs, progress=progress))


def _timings(manifest: Path) -> str:
    """`cells 0.81 s, page 0.05 s`, of a run."""
    times = json.loads(manifest.read_text("utf-8"))["times"]
    parts = {name.removesuffix("_seconds"): time for name, time in times.items() if name.endswith("_seconds")}
    return ", ".join(f"{name} {time:.2f} s" for name, time in parts.items())


SCHEDULE = click.option("--schedule", type=PATH, help="The schedule; by default the project's params/schedule.yaml.")
NOW = click.option(
    "--now", metavar="MOMENT", help="The moment, ISO 8601, UTC where it names no offset; by default the clock's."
)


@cli.command("run-due")
@SCHEDULE
@NOW
@OUT
@JOBS
@click.option("--dry-run", is_flag=True, help="Say what would run, and run nothing.")
def run_due_command(schedule: Path | None, now: str | None, out: Path | None, jobs: int, dry_run: bool) -> None:
    """Publish what the schedule says should be published by now, and is not. Safe to call every minute."""
    from helpers.publishing.scheduler import run_due

    root, plan = _planned(schedule)
    out = out or root / "published"
    progress = sys.stderr.isatty()
    code = run_due(
        plan, root, out, _moment(now), jobs=jobs, dry_run=dry_run, progress=progress, say=click.echo, warn=WARN
    )
    sys.exit(code)


@cli.command("status")
@SCHEDULE
@NOW
@OUT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, for monitoring.")
def status_command(schedule: Path | None, now: str | None, out: Path | None, as_json: bool) -> None:
    """Say how each scheduled report is doing; exit with 1 when one is late, was given up, is damaged or cannot be
    read."""
    from helpers.publishing.scheduler.status import is_alarming, sentence, status

    root, plan = _planned(schedule)
    jobs = status(plan, root, out or root / "published", _moment(now))
    for line in [json.dumps(jobs, ensure_ascii=False, indent=1)] if as_json else map(sentence, jobs):
        click.echo(line)
    sys.exit(1 if is_alarming(jobs) else 0)


def _planned(path: Path | None) -> "tuple[Path, Schedule]":
    """The project's root and its schedule."""
    from helpers.settings.schedule import read_schedule

    root = project_root(path.resolve().parent if path else None)
    return root, read_schedule(path or root / "params" / "schedule.yaml")


def _moment(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        raise BadParameter(f"--now must be a moment such as 2026-11-01T06:00:00+01:00, got {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@cli.command()
@click.option("--out", type=PATH, help="The folder to write into; by default the project's docs/ and docs/schemas/.")
def schemas(out: Path | None) -> None:
    """Write the JSON Schemas of the four YAML files, for editors, and settings.md, a table of what they may say."""
    from helpers.settings.documents import write_documents

    docs = out or project_root() / "docs"
    for path in write_documents(out or docs / "schemas", docs / "settings.md"):
        click.echo(path)


@cli.command("look")
@click.argument("file", type=PATH)
@click.option("--out", type=PATH, help="The folder for the page; by default one in the project's work/look/.")
def look_command(file: Path, out: Path | None) -> None:
    """Look at FILE, an export nobody has mapped yet: a page from what can be guessed, the guesses on top of it.

    Nothing is published, and params/ is left as it is; the page's path is printed.
    """
    from helpers.publishing.look import look

    page, proposal = look(file, project_root(), out, WARN)
    for line in proposal.preview:
        click.echo(line)
    click.echo(
        f"guessed      {', '.join(proposal.unconfirmed)}; client-rating init {file} writes them for you to confirm"
    )
    click.echo(page)


@cli.command()
@click.argument("file", type=PATH, required=False)
@click.option("--company", help="The name of the folder of params/ to make; by default the file's name.")
@click.option("--list", "is_list", is_flag=True, help="Name the exports and databases that are known.")
@click.option("--system", "system_name", help="In place of FILE: a known database, such as odoo; its ready map.")
@click.option("--connect", help="In place of FILE: a database's address or $VARIABLE; it is known by its tables.")
@click.option("--entity", default="", help="Of a database: the legal entity whose sales are meant.")
@click.option("--branch", default="", help="Of a database: what a branch is, such as warehouse; asked on a terminal.")
@click.option("--language", default="", help="Of a database: the language of its names and of the page, such as fr_FR.")
def init(
    file: Path | None, company: str | None, is_list: bool, system_name: str | None, connect: str | None, entity: str,
    branch: str, language: str,
) -> None:  # fmt: skip
    """Look at FILE (CSV, Excel, ODS, SQLite, Parquet); write a first source.yaml for you to confirm, and a params file.

    Then its first rows are shown, as typed and as read, with the total and the best clients of its newest month.
    """
    from helpers.publishing.look import write_map
    from helpers.source.guess.databases import Choices, ready_map, system_at, system_called
    from helpers.source.guess.systems import systems

    if system_name or connect:
        system = system_at(connect, system_name) if connect else system_called(system_name or "")
        choices = _chosen(system, connect, Choices(entity, branch, language))
        source = ready_map(system, connect, choices)
        params = write_map(project_root(), company or system.name, source, language=choices.language)
        click.echo(f"{params.with_name('source.yaml')}: {system.title}")
        click.echo("Fill in what stands in CAPITALS, delete from unconfirmed what is right, then type:")
        click.echo(f"  client-rating check {params}")
        return
    if is_list:
        for system in systems():
            click.echo(f"{system.name:<24} {system.title}")
        return
    if file is None:
        raise BadParameter("say which file: client-rating init FILE, or init --system NAME of init --list")
    for line in _initialized(file, project_root(), company):
        click.echo(line)


def _chosen(system: "System", connect: str | None, options: "Choices") -> "Choices":
    """What is said of a database, asked for on a terminal. BadParameter for an entity that the database has not, and
    where it has several, none is named and nobody can be asked."""
    from helpers.source.guess.databases import Choices, entities_at

    def answer(question: str, allowed: list[str], said: str, default: str) -> str:
        if said or not sys.stdin.isatty() or (allowed and allowed == [default]):
            return said or default
        kind = click.Choice(allowed) if allowed else click.STRING
        return str(click.prompt(question, type=kind, default=default or None, err=True))

    names = entities_at(system, connect) if connect else []
    entity = options.entity
    if system.entities:
        entity = answer("Legal entity, as the database names it", names, entity, names[0] if len(names) == 1 else "")
    if names and entity not in names:
        several = f"the database holds {', '.join(names)}; say which: --entity NAME"
        raise BadParameter(f"no legal entity '{entity}'{did_you_mean(entity, names)}" if entity else several)
    kinds = list(system.branches)
    branch = answer("What is a branch", kinds, options.branch, kinds[0] if kinds else "")
    language = (
        answer("Language of names", [], options.language, system.names_in) if system.names_in else options.language
    )
    return Choices(entity, branch, language)


def _initialized(file: Path, root: Path, company: str | None) -> "Iterator[str]":
    """Write a company's first files; what to see and to type, line by line."""
    from helpers.analysis.describe_source import first_impression
    from helpers.publishing.look import company_name, new_company, write_company
    from helpers.sales import open_sales
    from helpers.source.guess import propose

    name = company or company_name(file)
    folder = new_company(root, name)
    proposal = propose(file.absolute(), root)
    params = write_company(root, name, proposal)
    yield from proposal.preview
    if proposal.problem:
        yield f"cannot be read yet: {proposal.problem}"
    else:
        yield from first_impression(open_sales(name, proposal.period, comparison="none", root=root))
    yield f"{folder / 'source.yaml'}: confirm {', '.join(proposal.unconfirmed)}: mend what is not so, delete the names"
    yield "of what is right, then type:"
    yield f"  client-rating check {params}"


@cli.command(cls=ReportCommand)
@PARAMS
@OVERRIDES
def check(params: Path, overrides: tuple[tuple[str, str], ...]) -> None:
    """Say what the source of PARAMS holds: rows, dates, level, what the next level needs. Publishes nothing.

    PARAMS may be schedule.yaml: then each job's next run is said.
    """
    if params.name == "schedule.yaml":
        if overrides:
            raise BadParameter("-p goes with the params file of a report; schedule.yaml takes none")
        return _check_schedule(params)
    from helpers.analysis.describe_source import describe_source
    from helpers.publishing.notebook_run import declared_parameters, prepare
    from helpers.sales import open_sales
    from helpers.settings.documents import described
    from helpers.settings.parameters import shared_parameters

    job = prepare(params, dict(overrides))
    defaults = {name: parameter.default for name, parameter in declared_parameters(job.notebook).items()}
    for line in described(job.parameters):
        click.echo(line)
    for line in describe_source(open_sales(root=job.root, **shared_parameters(defaults | job.parameters))):
        click.echo(line)


@cli.command(cls=ReportCommand)
@PARAMS
@OVERRIDES
def backtest(params: Path, overrides: tuple[tuple[str, str], ...]) -> None:
    """Say which method would have found how many of the best clients, on the sales of PARAMS. Publishes nothing.

    The list of promising clients is made anew on up to six evenings, one period apart, and held against what then came,
    beside simpler methods.
    """
    from helpers.analysis.promising.trials import comparison, trials
    from helpers.publishing.notebook_run import declared_parameters, prepare
    from helpers.sales import open_sales
    from helpers.settings.parameters import shared_parameters

    job = prepare(params, dict(overrides))
    defaults = {name: parameter.default for name, parameter in declared_parameters(job.notebook).items()}
    for line in comparison(trials(open_sales(root=job.root, **shared_parameters(defaults | job.parameters)))):
        click.echo(line)


def _check_schedule(path: Path) -> None:
    """Each job's next tick; the files it names must be there, and its period be one."""
    from helpers.publishing.scheduler.due import tasks

    root, plan = _planned(path)
    for name, job in plan.jobs.items():
        tasks(name, job, root, Path("published"), datetime.now(UTC))
        tick = job.next_tick(datetime.now(UTC)).astimezone(job.zone)
        click.echo(f"{name}: params/{job.params}, next run {tick:%Y-%m-%d %H:%M %Z}")


@cli.command()
@click.argument("folder", type=PATH)
def new(folder: Path) -> None:
    """Make FOLDER, a company's own repository that depends on the suite as a package: params, schedule, a notebook of
    its own, recipes to run it elsewhere; and the demo company, to try it at once."""
    from helpers.publishing.repository import new_repository

    click.echo(f"{new_repository(folder)}: its README.md says what is where; to try it:")
    click.echo(f"  cd {folder} && client-rating run params/demo/client_rating.yaml")


@cli.command()
@click.argument("notebook", shell_complete=lambda *_: _shipped_notebooks())
def copy(notebook: str) -> None:
    """Copy NOTEBOOK of the suite into the project's notebooks/, to change: there it wins over the suite's."""
    from helpers.publishing.repository import copy_notebook

    click.echo(copy_notebook(notebook, project_root()))


def _shipped_notebooks() -> list[str]:
    return sorted(path.stem for path in (shipped() / "notebooks").glob("*.ipynb"))


@cli.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8888, show_default=True, help="Where JupyterLab listens."
)
@click.option("--no-browser", is_flag=True, help="Open no browser; print the address.")
def explore(port: int, no_browser: bool) -> None:
    """Open the live view (notebooks/explore.ipynb) in JupyterLab, on this machine alone."""
    root = project_root()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise BadParameter(
                f"port {port} is taken; type client-rating explore --port {port + 1 if port < 65535 else port - 1}"
            )
    quiet = ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    asks_nothing = str(Path(__file__).with_name("page") / "template")  # holds JupyterLab's labconfig
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
        [asks_nothing, *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    )
    flags = [f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}", *quiet]
    flags += ["--allow-root"] if os.geteuid() == 0 else []
    flags += ["--no-browser"] if no_browser else []
    flags += [f"--Scheduler.execution_manager_class={JOBS_BY}"] if find_spec("jupyter_scheduler") else []
    notebook = notebook_file("explore", root)
    if not notebook.is_relative_to(root):
        raise NoInput("the live view is not in notebooks/ yet; type client-rating copy explore")
    flags += [f"--LabApp.default_url=/lab/tree/{notebook.relative_to(root)}"]  # which the printed address says too
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *flags])


@cli.command("make-demo")
@click.option("--out", type=PATH, help="The folder to write into; by default the project's data/demo/.")
@click.option("--lines", type=click.IntRange(1_000), default=20_000, show_default=True, help="How many sale lines.")
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day whose month the history ends before; by default today."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number makes other sales.")
def make_demo_command(out: Path | None, lines: int, today: datetime | None, seed: int) -> None:
    """Write the sales of a made-up group of clinics, 24 months of them."""
    from helpers.source.demo import make_demo

    day = today.date() if today else datetime.now(ZoneInfo("Europe/Paris")).date()
    folder = out or project_root() / "data" / "demo"
    make_demo(folder, day, lines, seed)
    click.echo(folder)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> None:
    """Run a command; exit with the code of README's table. What it writes, only its group may read."""
    os.umask(0o027)
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = cli.main(standalone_mode=False)
    except ReportError as error:
        click.echo(f"client-rating: {scrubbed(str(error))}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = BadParameter.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except Exception as error:  # an internal error, which may quote an address
        click.echo(scrubbed("".join(traceback.format_exception(error))), err=True, nl=False)
        code = ReportError.exit_code
    sys.exit(code)


if __name__ == "__main__":
    main()
