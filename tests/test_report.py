"""The report: one page that runs nothing, claims nothing too much, and the files beside it."""

import base64
import csv
import hashlib
import io
import math
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.codebook import Codebook, read_codebook
from stancekit.labels.errors import InputError
from stancekit.labels.sentences import write_lines
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.models.manifest import Manifest, read_manifest
from stancekit.serving.design import draw, drawn_sentences
from stancekit.serving.estimates import NET, Estimate, estimate
from stancekit.serving.estimates.differences import Difference
from stancekit.serving.report.comparisons import Compared
from stancekit.serving.report.contents import Contents, Options
from stancekit.serving.report.output import LISTING, folder_beside, write_report
from stancekit.serving.report.report import Request, write
from stancekit.serving.report.sources import Quoted
from stancekit.serving.report.summary import apart, summary
from stancekit.serving.report.tables import telling_table
from stancekit.serving.report.telling import decided, telling
from stancekit.serving.score_table import read_score_table, score_table
from stancekit.training.simulated_archive import simulated_archive

OWN = Path(__file__).parent / "own_codebook"
VOID = {"meta", "br"}
ATTACK = '"><script>window.hacked = 1</script><img src=x onerror=alert(1)>&amp;'

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return read_manifest(released_bundle())


@pytest.fixture(scope="module")
def held_out(manifest: Manifest) -> HeldOut:
    return read_held_out(released_bundle(), manifest)


@pytest.fixture(scope="module")
def archive(manifest: Manifest, held_out: HeldOut) -> pa.Table:
    return simulated_archive(manifest.codebook, manifest.id[:12], held_out, articles=400)


def rows_of(codebook: Codebook, bundle: str, documents: int, **metadata: list[Any]) -> pa.Table:
    """Five sentences a document, their labels in turn; metadata are those of documents."""
    places = [(document, sentence) for document in range(documents) for sentence in range(5)]
    columns: dict[str, list[Any]] = {
        "document": [f"d{document}" for document, _ in places],
        "sentence": [sentence for _, sentence in places],
        "start": [60 * sentence for _, sentence in places],
        "end": [60 * sentence + 50 for _, sentence in places],
        "text": [f"Sentence {s} of article {d} says what there is to say." for d, s in places],
    }
    for task in codebook.tasks:
        names = task.label_names
        best = [(3 * d + s + d * s) % len(names) for d, s in places]
        columns[task.name] = [names[one] for one in best]
        for position, name in enumerate(names):
            low = 0.2 / (len(names) - 1)
            columns[f"{task.name}_{name}"] = [0.8 if one == position else low for one in best]
    columns["bundle"] = [bundle] * len(places)
    columns["codebook"] = [codebook.digest[:12]] * len(places)
    for name, values in metadata.items():
        columns[name] = [values[document] for document, _ in places]
    return pa.table(columns)


def errors_of(codebook: Codebook) -> HeldOut:
    """Sixty judged sentences a label, in six documents, four of five of them right."""
    tasks = {}
    for task in codebook.tasks:
        size = len(task.labels)
        gold = np.repeat(np.arange(size), 60)
        best = np.where(np.arange(len(gold)) % 5 == 0, (gold + 1) % size, gold)
        probabilities = np.full((len(gold), size), 0.2 / (size - 1))
        probabilities[np.arange(len(gold)), best] = 0.8
        documents = tuple(f"h{number % 6}" for number in range(len(gold)))
        tasks[task.name] = HeldOutTask(documents, gold, probabilities)
    return HeldOut(tasks)


def reported(
    folder: Path,
    rows: pa.Table,
    manifest: Manifest,
    held_out: HeldOut,
    request: Request | None = None,
    **options: Any,
) -> str:
    """Write a report to `report.html` in `folder` and return the page."""
    scores = folder / "scores.parquet"
    pq.write_table(rows, scores)
    asked = request or Request("stancekit report scores.parquet")
    write(scores, folder / "report.html", manifest, held_out, Options(**options), asked)
    return (folder / "report.html").read_text(encoding="utf-8")


def table_of(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / "report_files" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


class Reader(HTMLParser):
    """Collect tags, ids, addresses and words; fail where tags do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.words: list[str] = []
        self.policy = self.style = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: str(value) for name, value in attrs}
        assert not any(name.startswith("on") or name == "style" for name in given)
        assert not {"src", "srcset", "action", "data"} & set(given)
        self.tags[tag] += 1
        self.ids.update([given["id"]] if "id" in given else [])
        self.links += [given["href"]] if "href" in given else []
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


# The page


@pytest.fixture(scope="module")
def written(
    tmp_path_factory: pytest.TempPathFactory,
    archive: pa.Table,
    manifest: Manifest,
    held_out: HeldOut,
) -> Path:
    folder = tmp_path_factory.mktemp("report")
    reported(folder, archive, manifest, held_out, by=("outlet",), over="month")
    return folder


def test_the_page_needs_nothing_else_and_runs_nothing(written: Path) -> None:
    reader = read((written / "report.html").read_text(encoding="utf-8"))
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(reader.tags)
    assert [name for name, count in reader.ids.items() if count > 1] == []
    digest = base64.b64encode(hashlib.sha256(reader.style.encode()).digest()).decode()
    assert reader.policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert not re.search(r"@import|url\(", reader.style)
    for link in reader.links:
        if link.startswith("#"):
            assert link[1:] in reader.ids
        elif not link.startswith("https://example.org/"):
            assert (written / link).is_file()


def test_every_chart_is_there_twice_with_its_files_and_figures(
    written: Path, manifest: Manifest
) -> None:
    reader = read((written / "report.html").read_text(encoding="utf-8"))
    names = [
        f"{task}_{chart}"
        for task in manifest.codebook.task_names
        for chart in (
            "shares", "net_over_time", "shares_over_time", "net_by_outlet", "shares_by_outlet",
        )
    ]  # fmt: skip
    assert set(names) <= set(reader.ids)
    assert reader.tags["svg"] == 2 * len(names)
    for name in names:
        picture = (written / "report_files" / f"{name}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        drawing = (written / "report_files" / f"{name}.svg").read_text(encoding="utf-8")
        assert drawing.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
        assert "var(" not in drawing
    for task in manifest.codebook.tasks:
        assert all(label.display in reader.text for label in task.labels)


def test_the_tables_hold_what_is_estimated_to_the_last_digit(
    written: Path, manifest: Manifest, held_out: HeldOut
) -> None:
    table = read_score_table(written / "scores.parquet", manifest.codebook, manifest.id[:12])
    methods = ("adjusted", "count")
    expected = {
        "shares.csv": estimate(table, held_out, methods=("adjusted", "em", "count")),
        "by_outlet.csv": estimate(table, held_out, by=["outlet"], methods=methods),
        "over_time.csv": estimate(table, held_out, over="month", methods=methods),
    }
    for name, estimates in expected.items():
        rows = table_of(written, name)
        assert len(rows) == len(estimates)
        for row, own in zip(rows, estimates, strict=True):
            assert (row["task"], row["quantity"]) == (own.task, own.quantity)
            assert row.get("outlet", "") == "".join(own.group)
            assert (row["period"], row["method"]) == (own.period, own.method)
            given = [float(row[key] or "nan") for key in ("value", "low", "high")]
            assert np.array_equal(given, [own.value, own.low, own.high], equal_nan=True)
            assert int(row["sentences"]) == own.sentences


def test_tables_name_each_column_once_and_leave_empty_what_is_not_known(
    manifest: Manifest, tmp_path: Path
) -> None:
    rows = rows_of(manifest.codebook, manifest.id[:12], 12, method=["A"] * 9 + ["B"] * 3)
    asked = Request("stancekit", sentences=0)
    reported(tmp_path, rows, manifest, errors_of(manifest.codebook), asked, by=("method",))
    text = (tmp_path / "report_files" / "by_method.csv").read_text(encoding="utf-8")
    head = text.splitlines()[0].split(",")
    assert head[:3] == ["method_in", "task", "quantity"]
    assert len(set(head)) == len(head)
    few = [row for row in table_of(tmp_path, "by_method.csv") if row["method_in"] == "B"]
    assert {row["method"] for row in few} == {"adjusted", "count"}
    assert all(row["value"] == "" for row in few if row["method"] == "adjusted")
    assert all(float(row["value"]) >= -1 for row in few if row["method"] == "count")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", " =", "\uff1d"])
def test_what_is_quoted_runs_in_no_spreadsheet(sign: str) -> None:
    formula = f"{sign}HYPERLINK(1)"
    own = Quoted("d1", 0, formula, 0.9, formula, "A = B", "2024", "", "https://e.org/?a=1")
    [row] = csv.DictReader(io.StringIO(telling_table({"task": {"label": [own]}}), newline=""))
    assert row["text"] == row["title"] == f"'{formula}"
    assert (row["outlet"], row["address"]) == ("A = B", "https://e.org/?a=1")


def test_equal_input_gives_equal_bytes(
    written: Path, manifest: Manifest, held_out: HeldOut, tmp_path: Path
) -> None:
    reported(
        tmp_path, pq.read_table(written / "scores.parquet"), manifest, held_out,
        by=("outlet",), over="month",
    )  # fmt: skip
    assert (tmp_path / "report.html").read_bytes() == (written / "report.html").read_bytes()
    listing = (written / "report_files" / LISTING).read_text()
    assert (tmp_path / "report_files" / LISTING).read_text() == listing
    for line in listing.splitlines():
        digest, name = line.split("  ")
        content = (tmp_path / "report_files" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest


def test_what_the_scores_hold_is_shown_and_never_run(tmp_path: Path) -> None:
    manifest, held_out = read_manifest(released_bundle()), None
    codebook = manifest.codebook
    rows = rows_of(
        codebook, manifest.id[:12], 12,
        outlet=[ATTACK, "B"] * 6,
        title=[ATTACK] * 12,
        address=["javascript:alert(1)", "data:text/html,x", "https://e.org/?a=1&b=\"'<"] * 4,
        speaker=[ATTACK] * 12,
        voice=["reported"] * 12,
    )  # fmt: skip
    texts = [f"{ATTACK} {number} words that make it long enough to quote" for number in range(60)]
    rows = rows.set_column(rows.column_names.index("text"), "text", pa.array(texts))
    page = reported(tmp_path, rows, manifest, held_out or errors_of(codebook), by=("outlet",))
    reader = read(page)
    assert not {"script", "img"} & set(reader.tags)
    assert "<script>window.hacked" in reader.text
    assert {link for link in reader.links if ":" in link} <= {"https://e.org/?a=1&b=\"'<"}
    drawing = (tmp_path / "report_files" / "stance_shares_by_outlet.svg").read_text()
    assert "<script" not in drawing


def test_the_signature_names_all_that_the_figures_rest_on(
    manifest: Manifest, tmp_path: Path
) -> None:
    rows = rows_of(manifest.codebook, manifest.id[:12], 10)
    asked = Request("stancekit report scores.parquet", title="A <title>", made="2026-03-11")
    held_out = errors_of(manifest.codebook)
    text = read(reported(tmp_path, rows, manifest, held_out, asked)).text
    digest = hashlib.sha256((tmp_path / "scores.parquet").read_bytes()).hexdigest()
    for part in (digest, manifest.id[:12], manifest.codebook.digest, "2026-03-11", "A <title>"):
        assert part in text
    assert str(tmp_path) not in text


# Scores of other kinds


def test_a_folder_of_parquet_files_is_reported_and_its_files_are_digested(
    manifest: Manifest, tmp_path: Path
) -> None:
    rows = rows_of(manifest.codebook, manifest.id[:12], 10)
    scores = tmp_path / "spark.parquet"
    scores.mkdir()
    for number in (1, 0):
        pq.write_table(rows.slice(25 * number, 25), scores / f"part-{number}.parquet")
    (scores / "_SUCCESS").touch()
    (scores / ".part-0.parquet.crc").write_bytes(b"crc")
    asked = Request("stancekit report spark.parquet", sentences=0)
    out, held_out = tmp_path / "report.html", errors_of(manifest.codebook)
    write(scores, out, manifest, held_out, Options(), asked)
    listing = "".join(
        f"{hashlib.sha256((scores / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("part-0.parquet", "part-1.parquet")
    )
    text = read(out.read_text(encoding="utf-8")).text
    assert "50 sentences of 10 documents" in text
    assert hashlib.sha256(listing.encode()).hexdigest() in text


def test_one_document_is_counted_and_not_corrected(manifest: Manifest, tmp_path: Path) -> None:
    rows = rows_of(manifest.codebook, manifest.id[:12], 1, date=["2024-03-11"])
    page = reported(tmp_path, rows, manifest, errors_of(manifest.codebook), over="month")
    text = read(page).text
    assert "5 sentences of 1 document · March 2024" in text
    assert "cannot be corrected here" in text
    assert "Do not publish them as shares." in text
    assert "over time" not in {*read(page).ids}
    assert "nan" not in page.replace("finance", "")


def test_dates_that_say_no_month_are_told_and_those_of_other_precision_kept(
    manifest: Manifest, tmp_path: Path
) -> None:
    dates = ["2024", "", "2024-03", "2024-03-11", "2024-05-02T09:00:00Z"] * 6
    rows = rows_of(manifest.codebook, manifest.id[:12], 30, date=dates)
    page = reported(tmp_path, rows, manifest, errors_of(manifest.codebook), over="month")
    text = read(page).text
    assert "March 2024 to May 2024" in text
    assert "40 % of the sentences (60) have no date that says the month" in text.replace(
        "\xa0", " "
    )
    assert {row["period"] for row in table_of(tmp_path, "over_time.csv")} == {"2024-03", "2024-05"}


def test_dates_that_no_calendar_has_are_shown_as_they_are(
    manifest: Manifest, tmp_path: Path
) -> None:
    dates = ["0000-01-01", "0000", "2024-03-11", "9999-12-31", "\uff10\uff10\uff10\uff10"] * 6
    rows = rows_of(manifest.codebook, manifest.id[:12], 30, date=dates)
    text = read(reported(tmp_path, rows, manifest, errors_of(manifest.codebook))).text
    assert "11 March 2024 to 31 December 9999" in text
    assert Quoted("d", 0, "", 1, "", "", "0000-01-01", "", "").details == ("0000-01-01",)


def test_of_hundreds_of_groups_the_largest_are_drawn_and_all_are_in_the_table(
    manifest: Manifest, tmp_path: Path
) -> None:
    outlets = [f"Outlet {number // 6 if number > 60 else 0:03}" for number in range(1500)]
    rows = rows_of(manifest.codebook, manifest.id[:12], 1500, outlet=outlets)
    held_out = errors_of(manifest.codebook)
    text = read(reported(tmp_path, rows, manifest, held_out, by=("outlet",))).text
    groups = len(set(outlets))
    assert f"the 20 with the most sentences of {groups} groups" in text
    assert "Outlet 000" in text
    assert "Outlet 249" not in text
    assert {row["outlet"] for row in table_of(tmp_path, "by_outlet.csv")} == set(outlets)


def test_documents_without_a_group_are_told(manifest: Manifest, tmp_path: Path) -> None:
    rows = rows_of(manifest.codebook, manifest.id[:12], 20, outlet=["A", None] * 10)
    held_out = errors_of(manifest.codebook)
    text = read(reported(tmp_path, rows, manifest, held_out, by=("outlet",))).text
    assert "50 % of the sentences have no outlet" in text.replace("\xa0", " ")
    assert "not given" in text


def test_many_days_are_drawn_as_months_and_said_to_be(manifest: Manifest, tmp_path: Path) -> None:
    days = [f"{2023 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in range(500)]
    rows = rows_of(manifest.codebook, manifest.id[:12], 500, date=days)
    text = read(reported(tmp_path, rows, manifest, errors_of(manifest.codebook), over="day")).text
    assert "There are 500 days, too many to draw: the charts show each month" in text
    assert len({row["period"] for row in table_of(tmp_path, "over_time.csv")}) == 500


def test_another_codebook_is_reported_by_its_own_tasks_and_labels(tmp_path: Path) -> None:
    codebook = read_codebook(OWN / "codebook.toml")
    manifest = replace(
        read_manifest(released_bundle()), codebook=codebook, codebook_digest=codebook.digest
    )
    dates = [f"20{n % 4 + 20}" for n in range(60)]
    rows = rows_of(codebook, manifest.id[:12], 60, ward=["A", "B"] * 30, date=dates)
    page = reported(tmp_path, rows, manifest, errors_of(codebook), by=("ward",), over="year")
    reader = read(page)
    assert {"urgency_shares_by_ward", "topic_shares_over_time"} <= set(reader.ids)
    assert not any("_net_" in name for name in reader.ids)
    assert "Premises" in reader.text
    ours = read_manifest(released_bundle()).codebook
    for task in ours.tasks:
        assert all(label.display not in reader.text for label in task.labels if label.value)


def test_voices_and_undecided_sentences_are_shown_where_they_are_known(
    manifest: Manifest, tmp_path: Path
) -> None:
    rows = rows_of(manifest.codebook, manifest.id[:12], 40)
    voices = ["author", "author", "reported", "reported", "unclear"] * 40
    rows = rows.append_column("voice", pa.array(voices))
    rows = rows.append_column("speaker", pa.array(["", "", "Ms Li", "Ms Li", ""] * 40))
    rows = rows.append_column("stance_undecided", pa.array([True, False, False, False, False] * 40))
    reader = read(reported(tmp_path, rows, manifest, errors_of(manifest.codebook)))
    assert "stance_by_voice" in reader.ids
    assert "On 20 % of the sentences (40 of 200)" in reader.text.replace("\xa0", " ")
    assert "quoting Ms Li" in reader.text
    quoted = [row["text"] for row in table_of(tmp_path, "telling.csv") if row["task"] == "stance"]
    assert quoted
    assert not any(text.startswith("Sentence 0") for text in quoted)


def test_own_labels_are_shown_first_and_named_in_the_signature(
    manifest: Manifest, held_out: HeldOut, archive: pa.Table, tmp_path: Path
) -> None:
    table = score_table(archive, manifest.codebook, manifest.id[:12], "here")
    names = manifest.codebook.task_names
    true = {
        (row["document"], row["start"]): {name: row[f"true_{name}"] for name in names}
        for row in archive.to_pylist()
    }
    drawn = drawn_sentences(table, draw(table, 200))
    labelled = [replace(own, labels=true[own.document, own.start]) for own in drawn]
    path = tmp_path / "labelled.jsonl"
    write_lines(path, labelled)
    page = reported(tmp_path, archive, manifest, held_out, Request("stancekit", labels=path))
    text = read(page).text
    assert "rest on sentences that were labelled by hand" in text
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    assert text.index("Own labels") < text.index("Adjusted")
    methods = [row["method"] for row in table_of(tmp_path, "shares.csv")]
    assert list(dict.fromkeys(methods)) == ["sample", "adjusted", "em", "count"]


def test_where_one_task_is_labelled_the_other_is_told_by_what_is_adjusted(
    manifest: Manifest, held_out: HeldOut, archive: pa.Table, tmp_path: Path
) -> None:
    table = score_table(archive, manifest.codebook, manifest.id[:12], "here")
    first = manifest.codebook.task_names[0]
    true = {
        (row["document"], row["start"]): {first: row[f"true_{first}"]}
        for row in archive.to_pylist()
    }
    drawn = drawn_sentences(table, draw(table, 200))
    path = tmp_path / "labelled.jsonl"
    write_lines(path, [replace(own, labels=true[own.document, own.start]) for own in drawn])
    page = reported(tmp_path, archive, manifest, held_out, Request("stancekit", labels=path))
    text = read(page).text
    assert "cannot be corrected" not in text
    assert "Do not publish" not in text
    assert f"Of {first}, the shares of all rest on sentences that were labelled by hand" in text
    rows = {
        (row["task"], row["quantity"]): row
        for row in table_of(tmp_path, "shares.csv")
        if row["method"] == ("sample" if row["task"] == first else "adjusted")
    }
    short = text.split("Before you use")[0].replace("\xa0", " ")
    for task in manifest.codebook.tasks:
        largest = max(float(rows[task.name, name]["value"]) for name in task.label_names)
        assert f"an estimated {largest:.0%}".replace("%", " %") in short


def test_a_column_of_that_name_that_holds_something_else_is_let_be(
    manifest: Manifest, tmp_path: Path
) -> None:
    voices = [["bass", "alto"][n % 2] for n in range(20)]
    rows = rows_of(manifest.codebook, manifest.id[:12], 20, voice=voices, speaker=["x"] * 20)
    page = reported(tmp_path, rows, manifest, errors_of(manifest.codebook))
    assert "by_voice" not in page
    assert "quoting" not in page


# What it says


def made(value: float, half: float, quantity: str = NET, **more: Any) -> Estimate:
    given = {"group": (), "period": "", "unit": "sentence", "method": "adjusted"}
    given |= {"sentences": 500, "documents": 50, "task": "stance", **more}
    return Estimate(quantity=quantity, value=value, low=value - half, high=value + half, **given)


@given(
    st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 0.5), st.floats(0, 0.5), st.integers(1, 500)
)
def test_estimates_are_apart_only_where_their_intervals_do_not_touch(
    one: float, other: float, half: float, its: float, comparisons: int
) -> None:
    first, second = made(one, half), made(other, its)
    found = apart(first, second, comparisons)
    assert found == apart(second, first, comparisons)
    assert not found or abs(one - other) > half + its - 1e-9
    assert apart(first, second) or not found
    assert not apart(first, made(math.nan, its))


def compared(one: Estimate, other: Estimate, half: float, among: int = 1) -> Compared:
    value = other.value - one.value
    return Compared(one, other, Difference(value, value - half, value + half), among)


@pytest.mark.parametrize(
    ("half", "expected"),
    [
        (
            0.01,
            [
                "it leans towards Engagement",
                "Neutral is the most frequent",
                "From 2019 to 2025 the net value fell from +0.40 to 0.00 (a difference of",
                "By outlet, the net value runs from −0.10 (A) to +0.30 (B). These two differ by",
                "picked from 7",
            ],
        ),
        (
            0.5,
            [
                "which way it leans, the interval leaves open",
                "The intervals leave open whether Neutral or Engagement is more frequent",
                "a change of the net value is not certain: −0.40 [−0.90, +0.10]",
                "By outlet, no difference in the net value is certain",
            ],
        ),
    ],
)
def test_the_summary_says_what_the_intervals_support(
    codebook: Codebook, half: float, expected: list[str]
) -> None:
    task = codebook.tasks[0]
    shares = list(zip(task.label_names, (0.3, 0.2, 0.5), strict=True))
    years = made(0.4, half, period="2019"), made(0.0, half, period="2025")
    groups = made(-0.1, half, group=("A",)), made(0.3, half, group=("B",))
    found = Contents(
        codebook=codebook,
        options=Options(by=("outlet",), over="year"),
        overall=(
            *(made(value, half, name) for name, value in shares),
            *(made(value, 0.0, name, method="count") for name, value in shares),
            made(0.2, half),
        ),
        by={"outlet": groups},
        changes={task.name: (compared(*years, half),)},
        ends={(task.name, "outlet"): compared(*groups, half, 7)},
    )
    said = " ".join(summary(found, task))
    for part in expected:
        assert part in said


def test_years_and_groups_of_few_sentences_are_not_compared(
    manifest: Manifest, tmp_path: Path
) -> None:
    dates = ["2019"] * 5 + ["2020"] * 15 + ["2021"] * 15
    rows = rows_of(manifest.codebook, manifest.id[:12], 35, date=dates, outlet=dates)
    held_out = errors_of(manifest.codebook)
    text = read(reported(tmp_path, rows, manifest, held_out, by=("outlet",), over="year")).text
    assert "From 2020 to 2021" in text
    told = {(row["of"], row["task"]): row for row in table_of(tmp_path, "differences.csv")}
    assert set(told) == {(of, task) for of in ("year", "outlet") for task in ("stance", "framing")}
    own = told["year", "stance"]
    assert (own["first"], own["second"], own["picked_from"]) == ("2020", "2021", "1")
    assert float(own["low"]) <= float(own["difference"]) <= float(own["high"])
    assert "(2019)" not in text.split("Before you use")[0]


def test_groups_and_years_that_share_documents_are_not_compared(
    manifest: Manifest, tmp_path: Path
) -> None:
    rows = rows_of(manifest.codebook, manifest.id[:12], 40, outlet=["A", "B"] * 20)
    rows = rows.append_column("voice", pa.array(["author", "reported"] * 100))
    rows = rows.append_column("date", pa.array(["2023", "2023", "2024", "2024", None] * 40))
    held_out = errors_of(manifest.codebook)
    asked = Request("stancekit", sentences=0)
    page = reported(tmp_path, rows, manifest, held_out, asked, by=("outlet", "voice"), over="year")
    text = read(page).text
    assert "Years are not compared with each other: documents have sentences in several" in text
    assert "Groups by voice are not compared with each other" in text
    assert "Groups by outlet" not in text
    assert {row["of"] for row in table_of(tmp_path, "differences.csv")} == {"outlet"}
    short = text.split("Before you use")[0]
    assert "By outlet" in short
    assert "By voice" not in short
    assert "From 2023" not in short


def test_telling_sentences_are_confident_and_unlike_each_other_whatever_their_order(
    manifest: Manifest, archive: pa.Table
) -> None:
    codebook, bundle = manifest.codebook, manifest.id[:12]
    shuffled = archive.take(np.random.default_rng(1).permutation(len(archive)))
    texts = []
    for rows in (archive, shuffled):
        table = score_table(rows, codebook, bundle, "here")
        task = codebook.tasks[0]
        found = telling(table, task)
        assert list(found) == list(task.label_names)
        for label, chosen in found.items():
            position = task.label_names.index(label)
            assert len(chosen) == 5
            assert (table.predicted[task.name][chosen] == position).all()
            assert (table.probabilities[task.name][chosen, position] >= 0.8).all()
            assert len(set(table.documents[chosen])) == 5
        texts.append(
            {label: [rows["text"][row].as_py() for row in own] for label, own in found.items()}
        )
    assert texts[0] == texts[1]
    assert all(len(set(own)) == len(own) for own in texts[0].values())


def test_sentences_without_a_word_are_not_quoted(manifest: Manifest) -> None:
    codebook, bundle = manifest.codebook, manifest.id[:12]
    rows = rows_of(codebook, bundle, 6)
    place = rows.column_names.index("text")
    texts = ["*** \u2014 \u2026 !? " * 6] * len(rows)
    table = score_table(rows.set_column(place, "text", pa.array(texts)), codebook, bundle, "here")
    for task in codebook.tasks:
        assert telling(table, task) == {label: [] for label in task.label_names}
    texts[7] = "\u4f60\u597d"
    table = score_table(rows.set_column(place, "text", pa.array(texts)), codebook, bundle, "here")
    for task in codebook.tasks:
        assert [row for own in telling(table, task).values() for row in own] == [7]


def test_undecided_sentences_are_those_that_the_scores_call_so(manifest: Manifest) -> None:
    codebook, bundle = manifest.codebook, manifest.id[:12]
    task = codebook.tasks[0]
    rows = rows_of(codebook, bundle, 1)
    assert decided(score_table(rows, codebook, bundle, "here"), task).all()
    name = f"{task.name}_undecided"
    for values in ([True, False, None, False, True], ["True", "False", "", None, "true"]):
        table = score_table(rows.append_column(name, pa.array(values)), codebook, bundle, "here")
        assert decided(table, task).tolist() == [False, True, True, True, False]


def test_a_copied_article_is_quoted_once(manifest: Manifest) -> None:
    rows = rows_of(manifest.codebook, manifest.id[:12], 3)
    texts = [f"The same {word} in every paper that prints the wire's article today." for word in
             ("ban", "fair", "loan", "mine", "port")] * 3  # fmt: skip
    rows = rows.set_column(rows.column_names.index("text"), "text", pa.array(texts))
    table = score_table(rows, manifest.codebook, manifest.id[:12], "here")
    for task in manifest.codebook.tasks:
        assert all(len(own) <= 1 for own in telling(table, task).values())


# The files


def test_a_folder_that_no_report_wrote_is_left_alone(tmp_path: Path) -> None:
    page, folder = tmp_path / "report.html", tmp_path / "report_files"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="was not written by a report"):
        write_report(page, "page", {"a.csv": b"1"})
    (folder / "mine.txt").unlink()
    folder.rmdir()
    write_report(page, "page", {"a.csv": b"1"})
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds mine\.txt, which no report wrote"):
        write_report(page, "other", {"b.csv": b"2"})
    (folder / "mine.txt").unlink()
    write_report(page, "other", {"b.csv": b"2"})
    assert sorted(path.name for path in folder.iterdir()) == [LISTING, "b.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report_files"]


def test_the_files_of_a_linked_page_lie_beside_what_the_link_points_to(tmp_path: Path) -> None:
    page, target = tmp_path / "report.html", tmp_path / "other.html"
    page.symlink_to(target)
    foreign = tmp_path / "other_files"
    foreign.mkdir()
    (foreign / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="other_files: was not written by a report"):
        write_report(page, "page", {"a.csv": b"1"})
    assert (foreign / "mine.txt").read_text() == "mine"
    (foreign / "mine.txt").unlink()
    foreign.rmdir()
    assert write_report(page, "page", {"a.csv": b"1"}) == folder_beside(page) == foreign
    assert page.is_symlink()
    assert target.read_text() == "page"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "other.html", "other_files", "report.html",
    ]  # fmt: skip
    page.unlink()
    page.symlink_to(tmp_path / "nowhere" / "other.html")
    with pytest.raises(InputError, match=r"report\.html: there is no folder .*nowhere"):
        write_report(page, "page", {})


def test_a_report_that_fails_leaves_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "report.html"
    write_report(page, "page", {"a.csv": b"1"})

    def fails(self: Path, target: Path) -> None:  # noqa: ARG001
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(InputError, match="No space left"):
        write_report(page, "other", {"b.csv": b"2"})
    assert page.read_text() == "page"
    assert (tmp_path / "report_files" / "a.csv").read_bytes() == b"1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report_files"]
    assert sorted(path.name for path in (tmp_path / "report_files").iterdir()) == [LISTING, "a.csv"]
