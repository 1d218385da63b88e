"""How right the rules are, beside a small invented gold."""

import hashlib
import json
import math
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.errors import DataError
from stancekit.labels.gold import unlabelled_sentences
from stancekit.serving.voices import AUTHOR, REPORTED, UNCLEAR, Voice
from stancekit.serving.voices.judged import (
    ALL,
    MIXED,
    GoldVoice,
    Judged,
    read_gold_voices,
    same_speaker,
    scores,
    wilson,
)

Run = Callable[..., subprocess.CompletedProcess[str]]
HEAD = 'title = "A"\npublisher = "B"\nlanguage = "en"\ndate = "2024"\nbasis = "page"\n'
TEXTS = {
    "a": "Beijing banned exports. Li Wei said that prices would rise. Firms left.",
    "b": "“We lost,” said Anna Lund. Imports reportedly fell.",
}


def row(document: str, gold: str, read: str, answer: str, named: str = "") -> Judged:
    return Judged(document, "", GoldVoice(id="x", voice=gold, speaker=read), Voice(answer, named))


ROWS = [
    row("a", AUTHOR, "", AUTHOR),
    row("a", AUTHOR, "", REPORTED, "Li"),
    row("a", REPORTED, "Li Wei", REPORTED, "Li"),
    row("b", REPORTED, "Anna", REPORTED),
    row("b", MIXED, "", AUTHOR),
    row("b", REPORTED, "", UNCLEAR),
]


def test_what_is_unclear_is_no_answer_and_what_is_mixed_has_no_right_one() -> None:
    a, b, everything = scores(ROWS)
    assert (a.document, b.document, everything.document) == ("a", "b", ALL)
    assert (everything.sentences, everything.answered) == (6, 5)
    assert everything.voice.value == pytest.approx(3 / 5)
    assert (b.answered, b.voice.value) == (2, 0.5)
    assert everything.confusion[MIXED, AUTHOR] == 1
    assert everything.confusion[REPORTED, UNCLEAR] == 1


def test_a_speaker_that_is_named_where_none_is_reported_is_wrong() -> None:
    a, b, everything = scores(ROWS)
    assert (a.named, a.speaker.value) == (2, 0.5)
    assert b.named == 0
    assert math.isnan(b.speaker.value)
    assert everything.named == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Wang Yi", "Foreign Minister Wang Yi", True),
        ("The Ministry", "the ministry", True),
        ("Li’s", "Li", True),
        ("Li", "Lin", False),
        ("Li Qiang", "Li Wei", False),
        ("", "Li", False),
        ("the", "Li", False),
    ],
)
def test_a_name_may_be_a_part_of_the_other(one: str, other: str, same: bool) -> None:
    assert same_speaker(one, other) is same
    assert same_speaker(other, one) is same


@given(st.integers(1, 500), st.data())
def test_an_interval_holds_its_share_and_stays_between_0_and_1(
    count: int, data: st.DataObject
) -> None:
    own = wilson(data.draw(st.integers(0, count)), count)
    assert 0 <= own.low <= own.value + 1e-12
    assert own.value - 1e-12 <= own.high <= 1
    assert own.low < own.high


def test_the_interval_is_that_of_the_literature() -> None:
    # 81 of 263, Newcombe, "Two-sided confidence intervals for the single proportion" (1998).
    own = wilson(81, 263)
    assert (round(own.low, 4), round(own.high, 4)) == (0.2553, 0.3662)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "a", "voice": "narrator"}', "line 1: voice 'narrator' is none of author, rep"),
        ('{"id": "a", "voice": "author", "speaker": "Li"}', "line 1: has a speaker, 'Li'"),
        ('{"id": "a", "voice": "author", "who": "Li"}', "line 1: unknown key 'who'"),
        ('{"id": "a", "voice": "author"}\n' * 2, "line 2: id 'a' is given more than once"),
        ("", "holds no row"),
    ],
)
def test_a_gold_file_that_does_not_hold_is_refused(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "voices.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_gold_voices(path)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    parts = []
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        parts.append(
            f'[[document]]\nid = "{name}"\nfile = "{name}.txt"\nsha256 = "{digest}"\n{HEAD}'
        )
    (folder / "sources.toml").write_text("\n".join(parts), encoding="utf-8")
    return folder


def write_gold(seeds: Path, read: Sequence[tuple[str, str]]) -> Path:
    ids = [sentence.id for sentence in unlabelled_sentences(seeds)]
    path = seeds.parent / "voices.jsonl"
    lines = [
        json.dumps({"id": id_, "voice": voice, "speaker": speaker})
        for id_, (voice, speaker) in zip(ids, read, strict=False)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


READ = [(AUTHOR, ""), (REPORTED, "Li Wei"), (MIXED, ""), (REPORTED, "Lund"), (AUTHOR, "")]


def test_the_command_prints_tables_for_a_page(stancekit: Run, seeds: Path) -> None:
    gold = write_gold(seeds, READ)
    done = stancekit("labels", "voices", "--seeds", seeds, "--gold", gold, "--wrong")
    assert (done.returncode, done.stderr) == (0, "")
    assert "| a | 3 | 1.00 | 0.67 [0.21, 0.94] | 1 | 1.00 [0.21, 1.00] |" in done.stdout
    assert "| all | 5 | 0.80 | 0.75 [0.30, 0.95] | 2 | 1.00 [0.34, 1.00] |" in done.stdout
    assert "| author | 1 | 0 | 1 |" in done.stdout
    assert "a:60: author, read as mixed: Firms left." in done.stdout


def test_a_sentence_of_no_document_is_told(stancekit: Run, seeds: Path) -> None:
    gold = write_gold(seeds, READ)
    gold.write_text('{"id": "c:0", "voice": "author"}')
    done = stancekit("labels", "voices", "--seeds", seeds, "--gold", gold)
    assert done.returncode == 2
    assert "voices.jsonl: 'c:0' has a voice but is no sentence" in done.stderr


def test_readings_by_several_are_compared(stancekit: Run, seeds: Path) -> None:
    gold = write_gold(seeds, READ)
    rows = [json.loads(line) for line in gold.read_text().splitlines()]
    for row in rows:
        row["readings"] = [row["voice"], row["voice"]]
    rows[0]["readings"][1] = MIXED
    gold.write_text("\n".join(map(json.dumps, rows)))
    done = stancekit("labels", "voices", "--seeds", seeds, "--gold", gold)
    assert "Readers agree on 0.800 of the voices" in done.stdout
    rows[1]["readings"] = ["nobody"]
    gold.write_text("\n".join(map(json.dumps, rows)))
    done = stancekit("labels", "voices", "--seeds", seeds, "--gold", gold)
    assert done.returncode == 2
    assert "line 2: voice 'nobody' is none of author, reported, mixed" in done.stderr


def test_the_readme_has_what_the_rules_reach_on_the_documents(stancekit: Run) -> None:
    root = Path(__file__).parent.parent
    done = stancekit("labels", "voices", "--seeds", root / "seeds")
    table = done.stdout.split("\n\n")[0]
    assert table in (root / "README.md").read_text(encoding="utf-8")
    assert "Readers agree on 0.983" in done.stdout
