"""`stancekit report`, and its page as a browser shows and prints it."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stancekit.labels.errors import MissingExtraError
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.manifest import read_manifest
from stancekit.serving.commands.extras import reporting
from stancekit.training.simulated_archive import simulated_archive

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scores") / "scores.parquet"
    manifest = read_manifest(released_bundle())
    held_out = read_held_out(released_bundle(), manifest)
    archive = simulated_archive(manifest.codebook, manifest.id[:12], held_out, articles=300)
    pq.write_table(archive, path)
    return path


def test_a_report_is_written_with_its_files_and_names_its_command(
    stancekit: Run, scores: Path, tmp_path: Path
) -> None:
    done = stancekit("report", scores, "--by", "outlet", "--over", "quarter", "-o", "my news.html")
    assert done.returncode == 0, done.stderr
    assert "page: my news.html" in done.stdout
    page = (tmp_path / "my news.html").read_text(encoding="utf-8")
    command = "stancekit report scores.parquet --by outlet --over quarter --out 'my news.html'"
    assert command.replace("'", "&#39;") in page
    assert 'href="my%20news_files/' in page
    assert (tmp_path / "my news_files" / "by_outlet.csv").is_file()
    assert "<dt>Made</dt>" not in page


def test_the_command_on_the_page_gives_the_page_again(
    scores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stancekit.serving.cli import app

    monkeypatch.chdir(tmp_path)
    for name, target in (("scores.parquet", scores), ("mine", released_bundle())):
        Path(name).symlink_to(target)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1773187200")
    given = ["--sentences", "1", "--title", "It's <ours>", "--model", str(tmp_path / "mine")]
    app(["report", str(scores), *given, "--out", "report.html"], standalone_mode=False)
    page = Path("report.html").read_bytes()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    [command] = re.findall(r"<code>(stancekit report .*?)</code>", page.decode())
    words = shlex.split(unescape(command))
    assert words[-3:] == ["mine", "--out", "report.html"]
    app(words[1:], standalone_mode=False)
    assert Path("report.html").read_bytes() == page


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--by", "paper"], "the scores have no column 'paper'"),
        (["--over", "month", "--date-column", "title"], "has no ISO date"),
        (["--date", "soon"], "--date soon: expected a date such as 2026-03-11"),
        (["--out", "report.pdf"], "expected a name that ends in .html"),
        (["--out", "there/report.html"], "there is no folder there"),
        (["--model", "tfidf"], "was scored by bundle"),
    ],
)
def test_what_cannot_be_reported_ends_in_one_line_and_writes_nothing(
    stancekit: Run, scores: Path, tmp_path: Path, arguments: list[str], fault: str
) -> None:
    done = stancekit("report", scores, "--out", "report.html", *arguments)
    assert done.returncode == 2
    assert fault in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_texts_unlike_those_of_training_are_warned_of(scores: Path, tmp_path: Path) -> None:
    from stancekit.serving.cli import app

    rows = pq.read_table(scores)
    sentence = "The goalkeeper saved a late penalty and the home side won the league by a point."
    texts = pa.array([sentence] * len(rows))
    path, out = tmp_path / "scores.parquet", tmp_path / "report.html"
    pq.write_table(rows.set_column(rows.column_names.index("text"), "text", texts), path)
    app(["report", str(path), "--out", str(out)], standalone_mode=False)
    page = out.read_text(encoding="utf-8")
    assert "of the sentences stand in documents unlike the training text" in page


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with (
        pytest.raises(MissingExtraError, match=rf"report: needs {package}.*\[report\]"),
        reporting("report"),
    ):
        pass


# In a browser


@pytest.fixture(scope="module")
def address(scores: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    from stancekit.serving.cli import app

    out = tmp_path_factory.mktemp("page") / "report.html"
    arguments = ["report", scores, "--by", "outlet", "--over", "month", "--out", out]
    app([str(argument) for argument in arguments], standalone_mode=False)
    return out.as_uri()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (800, "light"), (1280, "dark")])
def test_the_page_fits_its_window_and_axe_finds_nothing_serious(
    browser: Any, address: str, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        viewport={"width": width, "height": 860}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen = page.locator("svg.chart:visible")
    assert seen.count() == page.locator("figure").count()
    assert seen.first.bounding_box()["width"] > 300
    page.locator("details").first.evaluate("node => { node.open = true; }")
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    grave = [
        (violation["id"], [node["target"] for node in violation["nodes"]][:3])
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    context.close()
    assert grave == []


def test_the_browser_takes_the_style_and_nothing_else(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address)
    colour = page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
    assert colour == "rgb(255, 255, 255)"
    assert complaints == []
    with pytest.raises(Exception, match="Content Security Policy"):
        page.add_script_tag(content="window.hacked = 1")
    assert page.evaluate("window.hacked") is None
    context.close()


def test_on_paper_no_chart_is_cut_and_addresses_can_be_read(browser: Any, address: str) -> None:
    import io

    from pypdf import PdfReader

    context = browser.new_context(color_scheme="dark", viewport={"width": 640, "height": 860})
    page = context.new_page()
    page.goto(address)
    page.emulate_media(media="print")
    # An A4 page has 1123 pixels, less the margins.
    heights = page.evaluate(
        "[...document.querySelectorAll('figure')].map(own => own.getBoundingClientRect().height)"
    )
    assert max(heights) < 980
    assert page.locator("nav").is_hidden()
    assert page.locator(".narrow").first.is_hidden()
    colour = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')")
    assert colour.strip() == "#191c20"
    text = "".join(own.extract_text() for own in PdfReader(io.BytesIO(page.pdf())).pages)
    assert "<https://example.org/" in text
    context.close()
