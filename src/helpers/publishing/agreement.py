"""Do the pages of one period agree? A further report beside the client rating that readers see.

In comes the manifest of a run that is about to be published and its archive, out comes what it says of the ratings of
the same company and period: the same data must give the same totals and figures to the cent, older data is noted.
"""

from helpers.errors import BadData
from helpers.publishing.archive import ReportArchive, Run
from helpers.publishing.gate import TOTALS

RATING = "client_rating"
OF_TOTALS = ("basis", "currency", "only_branches", "only_price_lists")  # parameters by which totals differ rightly
COMPARISON = "comparison"  # the parameter by which other figures differ rightly; a page without it prints none of them


def assert_agreed(run: Run, archive: ReportArchive) -> None:
    """Note in the manifest, under `agreement`, what the run has in common with each published rating of its period.

    Raises BadData where the same data gave another total. A rating itself is held against nothing: it comes first.
    """
    if archive.folder.name.partition(".")[0] == RATING:
        return
    comparisons = {}
    for folder in sorted(archive.folder.parent.glob(f"{RATING}*")):
        rating = ReportArchive(folder).shown(run.period)
        try:
            if rating and _parameters(rating) == _parameters(run):
                comparisons[folder.name] = _comparison(folder.name, run, rating)
        except (KeyError, TypeError, AttributeError):
            comparisons[folder.name] = f"{folder.name} cannot be read: its manifest is damaged; publish it again"
    if comparisons:
        run.manifest["agreement"] = comparisons


def _parameters(run: Run) -> list[str]:
    return [run.manifest["parameters"].get(name, "") for name in OF_TOTALS]


def _comparison(name: str, run: Run, rating: Run) -> str:
    ours, theirs = ([r.manifest["checks"].get(total) for total in TOTALS] for r in (run, rating))
    different = [] if ours == theirs else [("the total", ours[0], theirs[0])]
    against = [r.manifest["parameters"].get(COMPARISON) for r in (run, rating)]
    is_alike = None in against or against[0] == against[1]
    if is_alike:
        different += _different_figures(run, rating)
    if not different:
        reason = "" if is_alike else f"; figures stand apart: compared with {against[0]} here, with {against[1]} there"
        return f"agrees with {name} to the cent{reason}"
    what, here, there = different[0]
    if run.manifest["snapshot"] != rating.manifest.get("snapshot"):
        return f"{name} was published from other data: {what} is {there} there, {here} here; publish it again"
    raise BadData(f"the pages do not agree: {what} is {here} here, {there} in {name} of the same period and data; "
                  f"nothing is published. Where source.yaml has changed since, publish {name} again first")  # fmt: skip


def _different_figures(run: Run, rating: Run) -> list[tuple[str, str, str]]:
    """The figures that both pages print and that differ: (name, here, there)."""
    here, there = (r.manifest["checks"].get("figures", {}) for r in (run, rating))
    return [(name, here[name], there[name]) for name in sorted(here.keys() & there.keys()) if here[name] != there[name]]
