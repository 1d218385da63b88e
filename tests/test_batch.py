"""Long runs: what is kept of them, and that stopping them changes nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from stancekit.labels.errors import InputError
from stancekit.models.predictor import FloatArray
from stancekit.serving import Classifier
from stancekit.serving.batch import errors_file, score_into
from stancekit.serving.documents import ReadingOptions
from stancekit.serving.inputs import Inputs
from stancekit.serving.journal import Journal
from stancekit.serving.score_files import read_columns

SMALL = 8
WORDS = ("tariffs", "chips", "Beijing", "firms", "ban", "export", "open", "talks", "rose", "fell")


class StoppedError(Exception):
    """What a test stops a run with."""


@pytest.fixture(scope="module")
def baseline() -> Classifier:
    return Classifier.load("tfidf")


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stancekit.serving.chunks.SENTENCES", SMALL)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Two files: one text longer than a chunk, and rows, some of them bad, with late metadata."""
    chance = random.Random(0)  # noqa: S311

    def sentence() -> str:
        return " ".join(chance.choices(WORDS, k=9)).capitalize() + "."

    (tmp_path / "long.txt").write_text(" ".join(sentence() for _ in range(3 * SMALL + 2)))
    rows: list[dict[str, object]] = []
    for number in range(30):
        text = " ".join(sentence() for _ in range(number % 4))
        rows.append({"id": f"d{number}", "text": text, "year": 2000 + number})
    rows[21]["late"] = True
    rows[25]["year"] = "unknown"
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "rows.jsonl").write_text(lines)
    files = [tmp_path / "long.txt", tmp_path / "rows.jsonl"]
    return Inputs(files, None, ReadingOptions())


def stop_after(chunks: int) -> Callable[[int, int, int], None]:
    seen = 0

    def watch(*_: int) -> None:
        nonlocal seen
        seen += 1
        if seen == chunks:
            raise StoppedError

    return watch


def journal_lines(out: Path) -> list[str]:
    return (Journal.folder_of(out) / "journal.jsonl").read_text().splitlines()


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_run_that_was_stopped_gives_the_same_bytes_and_scores_nothing_twice(
    tmp_path: Path,
    baseline: Classifier,
    inputs: Inputs,
    suffix: str,
) -> None:
    whole, parts = tmp_path / f"whole{suffix}", tmp_path / f"parts{suffix}"
    expected = score_into(whole, baseline, inputs)
    kept: list[int] = []
    scored = 0

    def count(*chunk: int) -> None:
        kept.append(chunk[1])

    for chunks in (1, 3, 2):
        with pytest.raises(StoppedError):
            score_into(parts, baseline, inputs, resume=True, watch=stop_after(chunks))
        assert not parts.exists()
        scored = sum(json.loads(row)["rows"] for row in journal_lines(parts))
    done = score_into(parts, baseline, inputs, resume=True, watch=count)
    assert parts.read_bytes() == whole.read_bytes()
    assert errors_file(parts).read_bytes() == errors_file(whole).read_bytes()
    assert scored + sum(kept) == done.tally.sentences == expected.tally.sentences
    assert done.tally.counts() == expected.tally.counts()
    assert not Journal.folder_of(parts).exists()


def test_bad_documents_are_set_aside_with_place_and_reason(
    tmp_path: Path, baseline: Classifier, inputs: Inputs
) -> None:
    out = tmp_path / "scores.parquet"
    done = score_into(out, baseline, inputs)
    rows = [json.loads(row) for row in errors_file(out).read_text().splitlines()]
    assert len(rows) == len(done.set_aside) == done.tally.set_aside == 8
    assert rows[1] == {
        "document": "d4",
        "place": f"{inputs.files[1]}, line 5",
        "reason": "'text' is empty",
    }
    table = pq.read_table(out)
    assert table.num_rows == done.tally.sentences == 26 + 43
    assert set(table["document"].to_pylist()) >= {"d1", "d29"}
    assert {"2001", "unknown"} <= set(table["year"].to_pylist())
    assert set(table["late"].to_pylist()) == {None, True}


def test_sentences_of_a_long_document_are_numbered_through(
    tmp_path: Path, baseline: Classifier, inputs: Inputs
) -> None:
    out = tmp_path / "scores.jsonl"
    done = score_into(out, baseline, inputs)
    rows = [json.loads(row) for row in out.read_text().splitlines()]
    long = [row for row in rows if row["document"].endswith("long.txt")]
    assert [row["sentence"] for row in long] == list(range(3 * SMALL + 2))
    text = inputs.files[0].read_text()
    assert all(text[row["start"] : row["end"]] == row["text"] for row in long)
    assert done.tally.documents == 1 + 22


def test_a_run_is_not_begun_anew_over_one_that_was_stopped(
    tmp_path: Path, baseline: Classifier, inputs: Inputs
) -> None:
    out = tmp_path / "scores.csv"
    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=stop_after(2))
    with pytest.raises(InputError, match=r"scores\.csv\.unfinished: holds a run .* --resume"):
        score_into(out, baseline, inputs)
    assert Journal.folder_of(out).exists()


def test_a_run_goes_on_only_at_its_error_rate(
    tmp_path: Path, baseline: Classifier, inputs: Inputs
) -> None:
    out = tmp_path / "scores.csv"
    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=stop_after(2))
    other = Classifier(baseline.bundle, error_rate=0.2)
    with pytest.raises(InputError, match=r"cannot go on, error rate was 0\.1 and is now 0\.2"):
        score_into(out, other, inputs, resume=True)
    assert score_into(out, baseline, inputs, resume=True).tally.undecided


def test_a_stop_before_anything_was_kept_leaves_nothing(
    tmp_path: Path, baseline: Classifier, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(tmp_path.iterdir())

    def stop(*_: Any) -> dict[str, FloatArray]:
        raise StoppedError

    monkeypatch.setattr(baseline.bundle.model, "predict", stop)
    with pytest.raises(StoppedError):
        score_into(tmp_path / "scores.csv", baseline, inputs)
    assert sorted(tmp_path.iterdir()) == before


def touch(inputs: Inputs, _: Path) -> Inputs:
    os.utime(inputs.files[0], ns=(1, 1))
    return inputs


def sources_beside(inputs: Inputs, _: Path) -> Inputs:
    (inputs.files[0].parent / "sources.toml").write_text("document = []")
    return inputs


def standard_input_too(inputs: Inputs, out: Path) -> Inputs:
    """Make it look as a run does that was killed while standard input came before the files."""
    path = Journal.folder_of(out) / "run.json"
    run = json.loads(path.read_text())
    run["inputs"] = Inputs(inputs.files, ".txt", inputs.options).identity()
    path.write_text(json.dumps(run))
    return inputs


def one_file(inputs: Inputs, _: Path) -> Inputs:
    return Inputs(inputs.files[:1], None, inputs.options)


def other_reading(inputs: Inputs, _: Path) -> Inputs:
    return Inputs(inputs.files, None, ReadingOptions(one_sentence=True))


def damaged_line(inputs: Inputs, out: Path) -> Inputs:
    path = Journal.folder_of(out) / "journal.jsonl"
    path.write_bytes(b"{}\n" + path.read_bytes())
    return inputs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (touch, r"inputs are not what they were: .*long\.txt is new, gone or changed"),
        (sources_beside, r"inputs are not what they were: .*sources\.toml is new, gone or changed"),
        (standard_input_too, "inputs are not what they were: standard input is new, gone or"),
        (one_file, r"inputs are not what they were: .*rows\.jsonl is new, gone or changed"),
        (other_reading, "reading was .* and is now"),
        (damaged_line, r"journal\.jsonl, line 1: is damaged"),
    ],
)
def test_a_run_goes_on_only_with_what_it_began_with(
    tmp_path: Path,
    baseline: Classifier,
    inputs: Inputs,
    change: Callable[[Inputs, Path], Inputs],
    message: str,
) -> None:
    out = tmp_path / "scores.jsonl"
    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=stop_after(2))
    changed = change(inputs, out)
    with pytest.raises(InputError, match=message):
        score_into(out, baseline, changed, resume=True)
    assert not out.exists()


def test_another_model_does_not_go_on(tmp_path: Path, baseline: Classifier, inputs: Inputs) -> None:
    out = tmp_path / "scores.jsonl"
    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=stop_after(2))
    with pytest.raises(InputError, match=r"model was '.*' and is now"):
        score_into(out, Classifier.load(), inputs, resume=True)


def test_two_processes_do_not_work_at_one_run(
    tmp_path: Path, baseline: Classifier, inputs: Inputs
) -> None:
    out = tmp_path / "scores.jsonl"

    def other(*_: int) -> None:
        # A line that the first is about to finish is none that was cut off.
        path = Journal.folder_of(out) / "journal.jsonl"
        path.write_bytes(path.read_bytes() + b'{"part": 2')
        before = path.read_bytes()
        for resume in (True, False):
            with pytest.raises(InputError, match="another process is at this run"):
                score_into(out, baseline, inputs, resume=resume)
        assert path.read_bytes() == before
        raise StoppedError

    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=other)


def test_a_line_of_the_journal_that_was_cut_off_does_not_count(
    tmp_path: Path, baseline: Classifier, inputs: Inputs
) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "scores.jsonl"
    score_into(whole, baseline, inputs)
    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=stop_after(3))
    path = Journal.folder_of(out) / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    score_into(out, baseline, inputs, resume=True)
    assert out.read_bytes() == whole.read_bytes()


def changed(path: Path) -> None:
    path.write_bytes(b"x")


@pytest.mark.parametrize("damage", [changed, Path.unlink])
@pytest.mark.parametrize("part", [1, 2, 3])
def test_what_a_damaged_part_held_is_scored_again(
    tmp_path: Path,
    baseline: Classifier,
    inputs: Inputs,
    damage: Callable[[Path], None],
    part: int,
) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "scores.jsonl"
    score_into(whole, baseline, inputs)
    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=stop_after(3))
    rows = [json.loads(row)["rows"] for row in journal_lines(out)]
    damage(Journal.folder_of(out) / f"part-{part:06d}.jsonl.zst")
    begun: list[int] = []
    done = score_into(
        out, baseline, inputs, resume=True, begun=lambda _, sentences: begun.append(sentences)
    )
    assert begun == [sum(rows[: part - 1])]
    assert out.read_bytes() == whole.read_bytes()
    assert errors_file(out).read_bytes() == errors_file(whole).read_bytes()
    assert done.tally.sentences == out.read_bytes().count(b"\n")


def test_remains_of_a_folder_that_was_being_removed_are_no_part_of_a_new_run(
    tmp_path: Path, baseline: Classifier, inputs: Inputs
) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "scores.jsonl"
    fewer = Inputs(inputs.files[1:], None, inputs.options)
    score_into(whole, baseline, fewer)
    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=stop_after(3))
    (Journal.folder_of(out) / "run.json").unlink()
    with pytest.raises(StoppedError):
        score_into(out, baseline, fewer, watch=stop_after(2))
    assert len(journal_lines(out)) == 2
    score_into(out, baseline, fewer, resume=True)
    assert out.read_bytes() == whole.read_bytes()


def test_a_folder_that_is_being_removed_is_no_run_from_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(folder: Path, **_: object) -> None:
        assert (folder / "journal.jsonl").exists()
        raise StoppedError

    monkeypatch.setattr("shutil.rmtree", killed)
    with Journal.begin(tmp_path / "scores.csv", {}) as journal, pytest.raises(StoppedError):
        journal.remove()
    assert not (journal.folder / "run.json").exists()


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_names_and_headers_that_are_no_utf_8_do_not_end_a_run(
    tmp_path: Path, baseline: Classifier, suffix: str
) -> None:
    name = os.fsdecode(b"caf\xe9-%s.txt")
    files = [tmp_path / (name % number) for number in ("a", "b", "empty")]
    for path in files[:2]:
        path.write_text("Tariffs rose again. Firms said so.")
    files[2].write_text("")
    files.append(tmp_path / "header.csv")
    files[3].write_bytes("id,text,“a” – b…".encode() + b"\xe9\n1,Tariffs rose again.\n")
    out = tmp_path / f"scores{suffix}"
    inputs = Inputs(files, None, ReadingOptions())
    with pytest.raises(StoppedError):
        score_into(out, baseline, inputs, watch=stop_after(1))
    done = score_into(out, baseline, inputs, resume=True)
    assert done.tally.documents == 2
    assert [(Path(own.place).name, own.reason) for own in done.set_aside] == [
        ("caf\\udce9-empty.txt", "is empty"),
        ("header.csv", "has a header with bytes that are not utf-8 text"),
    ]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_numbers_that_no_float_holds_are_kept_beside_floats(
    tmp_path: Path, baseline: Classifier, suffix: str
) -> None:
    numbers = [2**60 + 1, 7, 0.5]
    rows = [{"id": str(n), "text": "Tariffs rose again.", "n": n} for n in numbers]
    path, out = tmp_path / "rows.jsonl", tmp_path / f"scores{suffix}"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    score_into(out, baseline, Inputs([path], None, ReadingOptions()))
    assert read_columns(out)["n"].cast("string").to_pylist() == [str(n) for n in numbers]


def test_a_list_of_errors_of_an_older_run_does_not_stay(
    tmp_path: Path, baseline: Classifier, inputs: Inputs
) -> None:
    out = tmp_path / "scores.jsonl"
    score_into(out, baseline, inputs)
    assert errors_file(out).exists()
    score_into(out, baseline, Inputs(inputs.files[:1], None, inputs.options))
    assert not errors_file(out).exists()


def test_memory_does_not_grow_with_what_is_waiting(
    tmp_path: Path, baseline: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading never runs away from writing."""
    read = 0
    whole_items = Inputs.items

    def counted(self: Inputs, start: Any) -> Iterator[Any]:
        nonlocal read
        for item in whole_items(self, start):
            read += 1
            yield item

    monkeypatch.setattr(Inputs, "items", counted)
    many = tmp_path / "many.jsonl"
    many.write_text('{"text": "Tariffs rose again."}\n' * 1000)
    gaps: list[int] = []
    written = 0

    def watch(*chunk: int) -> None:
        nonlocal written
        written += chunk[1]
        gaps.append(read - written)

    score_into(tmp_path / "s.jsonl", baseline, Inputs([many], None, ReadingOptions()), watch=watch)
    assert written == 1000
    assert max(gaps) <= 8 * SMALL


# A shell that starts tests in the background lets them, and what they start, ignore SIGINT.
RUN = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import stancekit.serving.chunks as chunks
chunks.SENTENCES = {SMALL}
from stancekit.serving.cli import main
sys.argv = ["stancekit", *sys.argv[1:]]
main()
"""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", RUN, *map(str, arguments)]


def test_killed_at_any_moment_the_resumed_output_is_identical(
    tmp_path: Path, inputs: Inputs
) -> None:
    files = list(inputs.files)
    for number in range(20):
        path = tmp_path / f"more-{number:02d}.jsonl"
        path.write_bytes(inputs.files[1].read_bytes())
        files.append(path)
    whole, out = tmp_path / "whole.csv", tmp_path / "scores.csv"
    arguments = ["score", *files, "--model", "tfidf"]
    subprocess.run(
        command(*arguments, "--out", whole), check=False, capture_output=True, timeout=300
    )
    chance = random.Random(0)  # noqa: S311
    killed = 0
    for _ in range(4):
        process = subprocess.Popen(
            command(*arguments, "--out", out, "--resume"), stderr=subprocess.DEVNULL
        )
        journal = Journal.folder_of(out) / "journal.jsonl"
        before = journal.stat().st_size if journal.exists() else 0
        deadline = time.monotonic() + 120
        # Once it works, it is stopped after a moment of chance.
        while process.poll() is None and time.monotonic() < deadline:
            if journal.exists() and journal.stat().st_size > before:
                break
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.1))
        if process.poll() is None:
            killed += 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        if out.exists():
            break
    done = subprocess.run(command(*arguments, "--out", out, "--resume"), check=False, timeout=300)
    assert killed >= 2
    assert done.returncode == 3
    assert out.read_bytes() == whole.read_bytes()
    assert errors_file(out).read_bytes() == errors_file(whole).read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_stops_soon_and_says_how_to_go_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text('{"text": "Tariffs rose again, and firms said so."}\n' * 20_000)
    out = tmp_path / "scores.csv"
    arguments = ["score", many, "--model", "tfidf", "--out", out]
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True)
    journal = Journal.folder_of(out) / "journal.jsonl"
    while process.poll() is None and not (journal.exists() and len(journal_lines(out)) > 1):
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped after" in errors
    assert f"--out {out} --resume" in errors
    assert "Traceback" not in errors
    assert not out.exists()
