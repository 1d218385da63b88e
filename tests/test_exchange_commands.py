"""Export and import as a user runs them: nothing is lost, nothing is written over."""

import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stancekit.labels import doccano
from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.exchange import (
    Exchanged,
    exchanged,
)
from stancekit.labels.sentences import Sentence, read_sentences, write_lines

TOOLS = ("label-studio", "doccano", "prodigy", "csv")
Run = Callable[..., subprocess.CompletedProcess[str]]
BOOK = released_codebook()
TASKS = [(task.name, task.label_names) for task in BOOK.tasks]


@pytest.mark.parametrize("tool", TOOLS)
def test_everything_that_ships_comes_back(
    tool: str, stancekit: Run, tmp_path: Path, everything: list[Sentence], codebook: Codebook
) -> None:
    assert stancekit("labels", "export", "-f", tool, "-o", "out.file").returncode == 0
    done = stancekit("labels", "import", "out.file", "-f", tool, "-o", "back.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{len(everything):,} of them with a label of every task" in " ".join(
        done.stderr.split()
    )
    assert read_sentences(tmp_path / "back.jsonl", codebook) == everything


def test_the_interface_offers_every_label(stancekit: Run, tmp_path: Path) -> None:
    stancekit(
        "labels", "export", "-f", "label-studio", "-o", "t.json", "--interface", "view.xml"
    )  # fmt: skip
    view = ET.fromstring((tmp_path / "view.xml").read_text(encoding="utf-8"))  # noqa: S314
    offered = {
        choices.get("name"): tuple(choice.get("value") for choice in choices)
        for choices in view.iter("Choices")
    }
    assert offered == dict(TASKS)
    assert {label["text"] for label in json.loads(doccano.interface(BOOK))} == {
        f"{task}:{label}" for task, names in TASKS for label in names
    }
    done = stancekit("labels", "export", "-f", "csv", "-o", "t.csv", "--interface", "x")
    assert (done.returncode, (tmp_path / "t.csv").exists()) == (2, False)


def written(folder: Path, name: str, rows: list[Exchanged]) -> Path:
    path = folder / name
    path.write_text(doccano.write(rows, BOOK), encoding="utf-8")
    return path


def disputed(sentence: Sentence, *annotators: str) -> Exchanged:
    """A sentence to which every annotator gives another label of the first task."""
    (task, names), (other, others) = TASKS
    labels = {
        who: {task: names[number % len(names)], other: others[0]}
        for number, who in enumerate(annotators)
    }
    return Exchanged(replace(sentence, labels={}), labels)


def test_several_annotators_need_a_folder(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    rows = [disputed(sentences[0], "ann", "../bob"), exchanged(sentences[1:2])[0]]
    written(tmp_path, "in.jsonl", rows)
    arguments = ["labels", "import", "in.jsonl", "-f", "doccano", "-o", "out.jsonl"]
    done = stancekit(*arguments)
    assert done.returncode == 2
    assert "is labelled by ../bob, ann, gold; name a folder" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()
    assert stancekit(*arguments, "--annotations", "both").returncode == 0
    names = sorted(path.name for path in (tmp_path / "both").iterdir())
    assert names == ["_bob.jsonl", "ann.jsonl", "gold.jsonl"]
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    again = stancekit(*arguments, "--annotations", "both")
    assert again.returncode == 2
    assert "both: holds _bob.jsonl already; name a new folder" in again.stderr
    done = stancekit(*arguments, "--annotations", "new", "--complete")
    assert done.returncode == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1


def test_agreement_is_shown_for_annotators_of_ones_own(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    (task, names), (other, others) = TASKS
    same = {task: names[0], other: others[1]}
    rows = [disputed(sentences[0], "ann", "bob")]
    rows += [Exchanged(replace(s, labels={}), {"ann": same, "bob": same}) for s in sentences[1:9]]
    written(tmp_path, "in.jsonl", rows)
    stancekit(
        "labels", "import", "in.jsonl", "-f", "doccano", "-o", "out.jsonl", "--annotations", "own"
    )
    done = stancekit("labels", "agreement", "--annotations", "own", "--sentences", "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert "1 disagreements" in done.stdout
    assert f"{sentences[0].id}  {task}" in done.stdout
    assert stancekit("labels", "agreement", "--annotations", "own").returncode == 2


@pytest.mark.parametrize(
    ("annotators", "message"),
    [
        (["a b", "a/b"], "another one has the same file a_b.jsonl"),
        (["ann", ".."], "annotator '..': no file can be named so"),
        (["ann", "b" * 300], "no file can be named so"),
    ],
)
def test_annotators_whose_files_would_be_lost_are_refused(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence], annotators: list[str], message: str
) -> None:
    written(tmp_path, "in.jsonl", [disputed(sentences[0], *annotators)])
    done = stancekit(
        "labels", "import", "in.jsonl", "-f", "doccano", "-o", "out.jsonl", "--annotations", "own"
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "out.jsonl").exists()
    assert list(tmp_path.glob("own/*")) == []


def test_nothing_is_written_over_what_is_read(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    write_lines(tmp_path / "own.jsonl", sentences[:3])
    (tmp_path / "a.txt").write_text("The ministry raised tariffs again.", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    own = ["labels", "export", "own.jsonl", "-f", "doccano", "-o"]
    for arguments in (
        [*own, "own.jsonl"],
        [*own, "new.jsonl", "--interface", "own.jsonl"],
        [*own, "new.jsonl", "--interface", "new.jsonl"],
        [*own, "."],
        [*own, "-"],
        [*own, "/dev/null"],
        ["labels", "import", "own.jsonl", "-f", "doccano", "-o", "own.jsonl"],
        ["labels", "import", "own.jsonl", "-f", "doccano", "-o", "own.csv"],
        [
            "labels",
            "import",
            "own.jsonl",
            "-f",
            "doccano",
            "-o",
            "o.jsonl",
            "--annotations",
            "a.txt",
        ],
        ["labels", "next", "own.jsonl", "--one-sentence", "-o", "own.jsonl"],
        ["labels", "next", "a.txt", "-o", "a.txt"],
    ):
        done = stancekit(*arguments)
        assert done.returncode == 2, arguments
        assert len(done.stderr.splitlines()) == 1, done.stderr
    assert Path("/dev/null").is_char_device()
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name in before}
    assert left == before


def test_a_link_stays_a_link(stancekit: Run, tmp_path: Path, sentences: list[Sentence]) -> None:
    write_lines(tmp_path / "own.jsonl", sentences[:3])
    (tmp_path / "target.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("target.csv")
    assert stancekit("labels", "export", "own.jsonl", "-f", "csv", "-o", "link.csv").returncode == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "target.csv").read_text().startswith("text,")


def test_a_file_without_labels_is_said_to_have_none(stancekit: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text\nA line.\n", encoding="utf-8")
    done = stancekit("labels", "import", "t.csv", "-f", "csv", "-o", "o.jsonl")
    assert done.returncode == 0
    assert "No sentence has a label" in " ".join(done.stderr.split())
    done = stancekit("labels", "import", "t.csv", "-f", "csv", "-o", "o2.jsonl", "--complete")
    assert done.returncode == 2
    assert not (tmp_path / "o2.jsonl").exists()


def test_imported_sentences_train_beside_the_released_ones(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    mine = [replace(s, id=f"mine:{n}", document="mine") for n, s in enumerate(sentences[:30])]
    write_lines(tmp_path / "mine.jsonl", mine)
    write_lines(tmp_path / "again.jsonl", [*mine[:3], sentences[0]])
    recipe = Path(__file__).parent.parent / "training" / "recipes" / "tfidf-documents.toml"
    train = ["train", recipe, "--no-tracking", "--add"]
    done = stancekit(*train, "mine.jsonl", "--add", "again.jsonl")
    assert done.returncode == 0, done.stderr
    assert f"{len(sentences) + 30} sentences" in done.stdout
    assert "(6 documents)" in done.stdout
    write_lines(tmp_path / "mine.jsonl", [replace(sentences[0], context="Another.")])
    done = stancekit(*train, "mine.jsonl")
    assert done.returncode == 2
    assert "is given elsewhere with another text or other labels" in done.stderr
    write_lines(tmp_path / "mine.jsonl", [replace(mine[0], labels={})])
    done = stancekit(*train, "mine.jsonl")
    assert done.returncode == 2
    assert "mine.jsonl: sentence 'mine:0' has no label" in done.stderr
    assert "--complete leaves such out" in done.stderr
