"""Put figures where they are read: the page of the benchmark, its picture, and the README."""

from pathlib import Path

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import read_text, write_text
from stancekit.training.bench.picture import rate_picture
from stancekit.training.bench.report import markdown
from stancekit.training.bench.results import read_results

__all__ = ["BEGIN", "END", "between", "publish"]

BEGIN = "<!-- made by make bench -->"
END = "<!-- end of what make bench made -->"
PICTURE = "serving/benchmark.svg"


def publish(results: Path, root: Path) -> None:
    """Write `serving/benchmark.md`, the picture, and both into the README of the checkout `root`.

    Raises DataError if the speed was not measured, or the README has no place for it.
    """
    found = read_results(results)
    if "speed" not in found:
        raise DataError(f"{results}: holds no speed; run --phases speed first")
    text, readme = markdown(found), root / "README.md"
    page = read_text(readme)
    between(page, str(readme))
    block = f"![Sentences a second, beside others]({PICTURE})\n\n{text}"
    write_text(root / PICTURE, rate_picture(found["speed"]["systems"]))
    write_text(root / "serving" / "benchmark.md", text)
    write_text(readme, f"{page.partition(BEGIN)[0]}{BEGIN}\n{block}{END}{page.partition(END)[2]}")


def between(page: str, where: str) -> str:
    """Return what stands between the marks; raises DataError if they are not there once each."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise DataError(f"{where}: expected '{BEGIN}' and '{END}', once each, in this order")
    return page.partition(BEGIN)[2].partition(END)[0]
