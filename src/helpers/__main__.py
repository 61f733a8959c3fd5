"""The commands: `client-rating run`, `check`, `make-demo`.

A user's mistake is one sentence on stderr and an exit code; a traceback is our bug.
"""

import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from helpers.config import company_folder, project_root
from helpers.errors import BadParameter, NoInput, ReportError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="client-rating")
def cli() -> None:
    """Client rating: who spent how much, branch by branch, exact to the cent."""


@cli.command()
@click.argument("params", type=click.Path(path_type=Path))
@click.option("-p", "overrides", nargs=2, multiple=True, metavar="NAME VALUE", help="A parameter that wins over PARAMS; repeat it.")
@click.option("--out", type=click.Path(path_type=Path), default="published", show_default=True, help="Where pages go.")
@click.option("--require-data", is_flag=True, help="Exit with 66 when the period has no sales.")
def run(params: Path, overrides: tuple[tuple[str, str], ...], out: Path, require_data: bool) -> None:
    """Publish the report that PARAMS (params/COMPANY/NOTEBOOK.yaml) describes."""
    from helpers.execute import prepare
    from helpers.publish import publish

    job = prepare(params, dict(overrides))
    page = publish(job, out, progress=sys.stderr.isatty(), require_data=require_data)
    click.echo(page)


@cli.command()
@click.argument("params", type=click.Path(path_type=Path))
def check(params: Path) -> None:
    """Say what the source of PARAMS holds: rows, dates, level, what the next level needs. Publishes nothing."""
    from helpers.execute import prepare
    from helpers.sales import open_sales
    from helpers.survey import survey

    job = prepare(params)
    shared = {k: v for k, v in job.parameters.items() if k in ("period", "company", "comparison", "today")}
    for line in survey(open_sales(root=job.root, **shared)):
        click.echo(line)


@cli.command("make-demo")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; data/demo of the project unless told.")
@click.option("--lines", type=click.IntRange(1_000), default=20_000, show_default=True, help="How many sale lines.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The history ends with the month before this day.")
@click.option("--seed", type=int, default=1, show_default=True)
def make_demo_command(out: Path | None, lines: int, today: datetime | None, seed: int) -> None:
    """Write the sales of a made-up group of clinics, 24 months of them."""
    from helpers.demo import make_demo

    day = today.date() if today else datetime.now(ZoneInfo("Europe/Paris")).date()
    folder = out or project_root() / "data" / "demo"
    make_demo(folder, day, lines, seed)
    click.echo(folder)


def main() -> None:
    """Run a command; exit with the code of README's table."""
    try:
        code = cli.main(standalone_mode=False)
    except ReportError as error:
        click.echo(f"client-rating: {error}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = BadParameter.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
