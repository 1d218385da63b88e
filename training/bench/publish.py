"""Put figures where they are read: the page of the benchmark, its picture, and the README."""

from pathlib import Path

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import read_text, write_text
from stancekit.training.bench.picture import rate_picture
from stancekit.training.bench.report import markdown
from stancekit.training.bench.results import read_results
from stancekit.training.marked_section import replace_section, section

__all__ = ["MAKER", "publish"]

MAKER = "make bench"
PICTURE = "serving/benchmark.svg"


def publish(results: Path, root: Path) -> None:
    """Write `serving/benchmark.md`, the picture, and both into the README of the checkout `root`.

    Raises DataError if the speed was not measured, or the README has no place for it.
    """
    found = read_results(results)
    if "speed" not in found:
        raise DataError(f"{results}: holds no speed; run --phases speed first")
    text, readme = markdown(found), root / "README.md"
    section(read_text(readme), MAKER, str(readme))  # before anything is written
    block = f"![Sentences a second, beside others]({PICTURE})\n\n{text}"
    write_text(root / PICTURE, rate_picture(found["speed"]["systems"]))
    write_text(root / "serving" / "benchmark.md", text)
    replace_section(readme, MAKER, block)
