"""Put the outcomes where they are read: a page, its picture, and the README."""

from collections.abc import Sequence
from pathlib import Path

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import read_text, write_text
from stancekit.training.coverage.picture import coverage_picture
from stancekit.training.coverage.plan import Outcome
from stancekit.training.coverage.report import full_table, summary

__all__ = ["between", "publish"]

BEGIN = "<!-- made by make coverage -->"
END = "<!-- end of what make coverage made -->"
PAGE, PICTURE = "serving/coverage.md", "serving/coverage.svg"


def publish(found: Sequence[Outcome], repetitions: int, root: Path) -> None:
    """Write `serving/coverage.md`, the picture, and both into the README of the checkout `root`.

    Raises DataError if the README has no place for it.
    """
    readme = root / "README.md"
    page = read_text(readme)
    between(page, str(readme))
    text = summary(found, repetitions)
    block = f"![What estimates are off by, and how often intervals hold]({PICTURE})\n\n{text}"
    write_text(root / PICTURE, coverage_picture(found))
    write_text(root / PAGE, f"{text}\n{full_table(found)}")
    write_text(readme, f"{page.partition(BEGIN)[0]}{BEGIN}\n{block}{END}{page.partition(END)[2]}")


def between(page: str, where: str) -> str:
    """Return what stands between the marks; raises DataError if they are not there once each."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise DataError(f"{where}: expected '{BEGIN}' and '{END}', once each, in this order")
    return page.partition(BEGIN)[2].partition(END)[0]
