"""Put the outcomes where they are read: a page, its picture, and the README."""

from collections.abc import Sequence
from pathlib import Path

from stancekit.labels.sentences import read_text, write_text
from stancekit.training.coverage.picture import coverage_picture
from stancekit.training.coverage.plan import Outcome
from stancekit.training.coverage.report import full_table, summary
from stancekit.training.marked_section import replace_section, section

__all__ = ["MAKER", "publish"]

MAKER = "make coverage"
PAGE, PICTURE = "serving/coverage.md", "serving/coverage.svg"


def publish(found: Sequence[Outcome], repetitions: int, root: Path) -> None:
    """Write `serving/coverage.md`, the picture, and both into the README of the checkout `root`.

    Raises DataError if the README has no place for it.
    """
    readme = root / "README.md"
    section(read_text(readme), MAKER, str(readme))  # before anything is written
    text = summary(found, repetitions)
    block = f"![What estimates are off by, and how often intervals hold]({PICTURE})\n\n{text}"
    write_text(root / PICTURE, coverage_picture(found))
    write_text(root / PAGE, f"{text}\n{full_table(found)}")
    replace_section(readme, MAKER, block)
