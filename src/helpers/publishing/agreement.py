"""Do the pages of one period agree? A further report beside the client rating that readers see.

In comes the manifest of a run that is about to be published and its archive, out comes what it says of the ratings of
the same company and period: the same data must give the same totals to the cent, older data is noted.
"""

from helpers.errors import BadData
from helpers.publishing.archive import ReportArchive, Run
from helpers.publishing.gate import TOTALS

RATING = "client_rating"
OF_TOTALS = ("basis", "currency")  # parameters by which totals differ rightly


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
    if ours == theirs:
        return f"agrees with {name} to the cent"
    if run.manifest["snapshot"] != rating.manifest.get("snapshot"):
        return f"{name} was published from other data: {theirs[0]} there, {ours[0]} here; publish it again"
    raise BadData(f"the totals do not agree: {ours[0]} here, {theirs[0]} in {name} of the same period and data; "
                  f"nothing is published. Where source.yaml has changed since, publish {name} again first")  # fmt: skip
