import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.segmentation import Span, segment
from stancekit.labels.sources import Source, read_document, read_sources

SEEDS = Path(__file__).parent.parent / "seeds"


GOLDEN = Path(__file__).parent / "golden" / "boundaries.jsonl"
SOURCES = read_sources(SEEDS / "sources.toml").document


def contents(text: str) -> list[str]:
    return [text[span.start : span.end] for span in segment(text) if span.kind == "content"]


def is_cut(text: str, before: str, after: str) -> bool:
    """Whether some span ends at the end of `before` where `before + after` stands."""
    assert text.count(before + after) == 1, "the golden row must be found once"
    place = text.index(before + after) + len(before)
    return any(span.end == place for span in segment(text, []))


@pytest.mark.parametrize(
    "row", [json.loads(line) for line in GOLDEN.read_text().splitlines()], ids=lambda r: r["before"]
)
def test_hard_boundaries_of_the_five_documents_are_as_read(row: dict[str, object]) -> None:
    source = next(source for source in SOURCES if source.id == row["document"])
    text = read_document(SEEDS, source)
    assert is_cut(text, str(row["before"]), str(row["after"])) is row["cut"]


def test_there_are_at_least_forty_golden_boundaries_of_both_kinds() -> None:
    cuts = [json.loads(line)["cut"] for line in GOLDEN.read_text().splitlines()]
    assert len(cuts) >= 40
    assert min(cuts.count(True), cuts.count(False)) >= 15


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_form_alone_finds_nearly_the_content_that_was_marked_by_hand(source: Source) -> None:
    text = read_document(SEEDS, source)
    guessed = {(s.start, s.end) for s in segment(text) if s.kind == "content"}
    marked = {(s.start, s.end) for s in segment(text, source.spans(text)) if s.kind == "content"}
    assert marked <= guessed
    assert len(guessed - marked) <= 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He met U.S. Trade Representative Tai. It went well.", 2),
        ("The U.S. has export controls. China has them, too.", 2),
        ("“We will cooperate. We must open up,” he said. She left.", 3),
        ("“No way!” Wang said. Nobody answered.", 2),
        ("“Why?” the minister asked.", 1),
        ('"First. Second," he said. "Third."', 3),
        ("It cost $1.2 bn. in 2019. Profits rose 2.5 percent.", 2),
        ("The firm (founded in 2001. It grew fast.) is here. It stays.", 2),
        ("Exports fell in 2018.49 Imports rose.50", 2),
        ("Tariffs rose again in May. Firms came.", 2),
        ("See No. 5 of the annex. It lists chips.", 2),
        ("Is it so?! Yes… maybe. Done.", 3),
        ("One sentence\nthat was\nbroken early.", 1),
    ],
)
def test_sentences_are_counted_as_a_reader_would(text: str, expected: int) -> None:
    assert len(contents(text)) == expected


def test_closing_quotation_marks_stay_with_the_sentence_they_close() -> None:
    assert contents("He called it “a mistake.” “Go on,” she said.") == [
        "He called it “a mistake.”",
        "“Go on,” she said.",
    ]


def test_footnote_numbers_are_spans_of_their_own() -> None:
    text = "Chips are scarce.27 28 Prices rose 2.5 percent.3"
    found = [(text[s.start : s.end], s.kind) for s in segment(text)]
    assert found == [
        ("Chips are scarce.", "content"),
        ("27 28", "footnote"),
        ("Prices rose 2.5 percent.", "content"),
        ("3", "footnote"),
    ]


def test_spans_marked_by_hand_replace_the_guess() -> None:
    text = "A heading that is content\n\nThis is a note. This is content."
    note = text.index("This is a note.")
    spans = segment(text, [Span(note, note + 15, "note")])
    assert [(text[s.start : s.end], s.kind) for s in spans] == [
        ("A heading that is content", "content"),
        ("This is a note.", "note"),
        ("This is content.", "content"),
    ]


def test_offsets_hold_behind_characters_outside_the_basic_plane() -> None:
    text = "😀😀 Chips fell. 😀 Prices rose (自力更生). Fin."
    assert contents(text)[-1] == "Fin."
    assert "".join(contents(text)).count("😀") == 3


PIECES = st.sampled_from(
    ["China opened. ", "It is “so. Or not,” he said. ", "\n\n", "\n", " • item ", "2.5 ",
     "gone.23 ", "U.S. ", "(中国) ", "Title", "# Head\n", "1. ", "— ", "!!! ", "\u00a0", "\r\n",
     "'", "“", "”", "😀"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=12), max_size=30).map("".join))
def test_spans_are_ordered_trimmed_and_lose_no_letter(text: str) -> None:
    spans = segment(text)
    position, outside = 0, []
    for span in spans:
        assert position <= span.start < span.end <= len(text)
        piece = text[span.start : span.end]
        assert piece == piece.strip()
        outside.append(text[position : span.start])
        position = span.end
    outside.append(text[position:])
    # A list sign such as "a)" or "1." is all that may lie between spans besides white space.
    assert max((sum(c.isalpha() for c in gap) for gap in outside), default=0) <= 1
