"""Who speaks: articles in many styles, single constructions, and whatever text there may be."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.labels.layout import CONTENT
from stancekit.labels.segmentation import Span, segment
from stancekit.serving import Classifier
from stancekit.serving.document import Document
from stancekit.serving.passages import passages, sentence_passage
from stancekit.serving.records import records
from stancekit.serving.voices import AUTHOR, REPORTED, UNCLEAR, sentence_voice, voices
from stancekit.serving.voices.judged import same_speaker
from stancekit.serving.voices.quotations import quotations

GOLDEN = Path(__file__).parent / "golden" / "voices.txt"
CODES = {"a": AUTHOR, "r": REPORTED, "m": "mixed"}


@dataclass(frozen=True)
class Article:
    text: str
    spans: tuple[Span, ...]
    read: tuple[tuple[str, str], ...]


def article(content: str) -> Article:
    text, spans, read = "", [], []
    for paragraph in content.strip().split("\n\n"):
        text += "\n\n" if text else ""
        for number, line in enumerate(paragraph.split("\n")):
            code, _, sentence = line.partition(" | ")
            voice, _, speaker = code.partition(":")
            text += " " if number else ""
            spans.append(Span(len(text), len(text) + len(sentence.strip()), CONTENT))
            text += sentence.strip()
            read.append((CODES[voice.strip()], speaker))
    return Article(text, tuple(spans), tuple(read))


ARTICLES = [
    article("\n".join(line for line in part.split("\n") if not line.startswith("#")))
    for part in GOLDEN.read_text(encoding="utf-8").split("\n---\n")
]


@pytest.mark.parametrize("own", ARTICLES, ids=lambda own: own.text[:40])
def test_in_invented_articles_no_answer_is_wrong(own: Article) -> None:
    wrong = [
        (own.text[span.start : span.end], told.voice, told.speaker)
        for span, told, (voice, speaker) in zip(
            own.spans, voices(own.text, own.spans), own.read, strict=True
        )
        if told.voice not in {UNCLEAR, voice}
        or (told.speaker and speaker != "?" and not same_speaker(told.speaker, speaker))
    ]
    assert not wrong


def test_most_sentences_of_the_articles_are_answered_and_most_speakers_named() -> None:
    told = [voice for own in ARTICLES for voice in voices(own.text, own.spans)]
    assert sum(own.voice != UNCLEAR for own in told) / len(told) > 0.9
    reported = [own for own in told if own.voice == REPORTED]
    assert sum(own.speaker != "" for own in reported) / len(reported) > 0.85


SENTENCES = [
    ("Beijing banned exports of gallium.", AUTHOR, ""),
    ("The plan allocates 5 billion yuan to the fund.", AUTHOR, ""),
    ("The plan states that half of all parts must be made at home.", REPORTED, "The plan"),
    ("The Ministry of Commerce said on Friday that exports had fallen.", REPORTED,
     "The Ministry of Commerce"),
    ("Exports fell, a Commerce Ministry spokesman said on Monday.", REPORTED,
     "a Commerce Ministry spokesman"),
    ("“We will not yield,” said Foreign Minister Wang Yi.", REPORTED, "Wang Yi"),
    ('"We will not yield," Wang Yi, the foreign minister, said.', REPORTED, "Wang Yi"),
    ("‘The firms’ owners will not yield,’ says Li Wei, a broker.", REPORTED, "Li Wei"),
    ("“We will not yield,” said Anna Lund of Nordbank.", REPORTED, "Anna Lund"),
    ("Its founder, Li Wei, has complained of a shortage.", REPORTED, "Li Wei"),
    ("In the words of Premier Li Qiang, the door will open wider.", REPORTED, "Li Qiang"),
    ("In Beijing's view, the controls are a tool of containment.", REPORTED, "Beijing"),
    ("The ministry's position is that the rules are lawful.", REPORTED, "The ministry"),
    ("According to two people familiar with the plan, the fund is empty.", REPORTED,
     "two people familiar with the plan"),
    ("Work went according to plan.", AUTHOR, ""),
    ("As the economist Barry Naughton has argued, planning came late.", REPORTED,
     "Barry Naughton"),
    ("Berlin urged Beijing to publish the figures.", REPORTED, "Berlin"),
    ("Analysts expect prices to fall.", REPORTED, "Analysts"),
    ("The company has vowed to stay.", REPORTED, "The company"),
    ("A survey of 1,300 engineers found that most had left.", REPORTED,
     "A survey of 1,300 engineers"),
    ("The so-called “small yard” has grown.", AUTHOR, ""),
    ("The “Made in China 2025” plan was never a secret.", AUTHOR, ""),
    ("What officials call “dual circulation” is an old idea.", AUTHOR, ""),
    ("I believe that this policy has failed.", AUTHOR, ""),
    ("This paper argues that controls are blunt.", AUTHOR, ""),
    ("Our findings suggest that firms adapt.", AUTHOR, ""),
    ("Experience shows that subsidies breed excess.", AUTHOR, ""),
    ("It should be noted that the plan binds nobody.", AUTHOR, ""),
    ("It is fair to say that the law is vague.", AUTHOR, ""),
    ("Although officials say that it is voluntary, firms have no choice.", AUTHOR, ""),
    ("The ministry's claims were not verified.", AUTHOR, ""),
    ("The state must not pick winners.", AUTHOR, ""),
    ("The company declined to comment.", AUTHOR, ""),
    ("The United States allows it.", AUTHOR, ""),
    ("It is widely believed that the fund is empty.", REPORTED, ""),
    ("China is said to be preparing a ban.", UNCLEAR, ""),
    ("Critics might argue that this is unfair.", UNCLEAR, ""),
    ("The minister condemned the sanctions.", UNCLEAR, ""),
    ("The minister condemned the sanctions, saying they broke the law.", REPORTED,
     "The minister"),
    ("Beijing cut the tariff, saying that it wanted growth.", UNCLEAR, ""),
    ("Exports to Europe fell by half in May, but the ministry said it was unworried.", UNCLEAR,
     ""),
    ("Imports reportedly rose.", UNCLEAR, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "voice", "speaker"), SENTENCES, ids=[s[0] for s in SENTENCES])
def test_a_construction_reports_whom_it_names(text: str, voice: str, speaker: str) -> None:
    told = sentence_voice(text)
    assert (told.voice, told.speaker) == (voice, speaker)


QUOTED = [
    ("He said “no” and “yes”.", ["“no”", "“yes”"]),
    ('He said "no" and "yes".', ['"no"', '"yes"']),
    ("It's the firms' year, isn't it?", []),
    ("It’s the firms’ year, isn’t it?", []),
    ("‘The firms’ owners know,’ he said.", ["‘The firms’ owners know,’"]),
    ("‘He calls it “naive”,’ she said.", ["‘He calls it “naive”,’"]),
    ("“He calls it ‘naive’,” she said.", ["“He calls it ‘naive’,”"]),
    ("“One.\n\n“Two.\n\n“Three,” he said.", ["“One.\n\n“Two.\n\n“Three,”"]),
    ("“One.\n\nTwo.", []),
    ("A 12\" wafer and 'another' one.", ["'another'"]),
    ("« Non », he said.", ["« Non »"]),
    ("“A line\nthat wraps.\nAnd ends,” he said.", ["“A line\nthat wraps.\nAnd ends,”"]),
    ("The class of '89 met.", []),
]


@pytest.mark.parametrize(("text", "expected"), QUOTED, ids=[text for text, _ in QUOTED])
def test_quotations_are_found_and_apostrophes_are_none(text: str, expected: list[str]) -> None:
    assert [text[quote.start : quote.end] for quote in quotations(text)] == expected


def told(text: str) -> list[tuple[str, str]]:
    spans = [span for span in segment(text) if span.kind == CONTENT]
    return [(own.voice, own.speaker) for own in voices(text, spans)]


def test_a_long_quotation_is_of_whom_its_end_names() -> None:
    text = "“We lost. Nobody paid. It was over,” said Li Wei, a broker. Then prices rose."
    assert told(text) == [(REPORTED, "Li Wei")] * 3 + [(AUTHOR, "")]


def test_a_pronoun_is_resolved_only_where_one_person_can_be_meant() -> None:
    one = "Anna Lund runs a fab. She says that demand is weak."
    two = "Anna Lund met Maria Berg. She says that demand is weak."
    assert told(one)[1] == (REPORTED, "Anna Lund")
    assert told(two)[1] == (REPORTED, "")


def test_a_surname_is_completed_only_where_one_full_name_stands_before() -> None:
    one = "Premier Li Qiang spoke on Monday. Shares rose. Li said that growth would return."
    two = "Li Qiang met Li Wei in Beijing. Shares rose. Li said that growth would return."
    assert told(one)[2] == (REPORTED, "Li Qiang")
    assert told(two)[2] == (REPORTED, "Li")


def test_items_of_a_list_are_of_whom_its_introduction_reports() -> None:
    items = "- leave the country;\n- cut their staff."
    text = f"The report says that firms will:\n\n{items}\n\nShares fell."
    assert told(text) == [(REPORTED, "The report")] * 3 + [(AUTHOR, "")]


def test_what_goes_on_in_reported_speech_is_not_taken_for_the_author() -> None:
    text = "Li Wei said that the plan was weak. It would cost too much. Shares fell."
    assert [voice for voice, _ in told(text)] == [REPORTED, UNCLEAR, AUTHOR]


def test_passages_carry_a_quotation_from_one_to_the_next_and_from_where_a_run_goes_on() -> None:
    quoted = " ".join(f"Number {n} is lost." for n in range(50))
    text = f"Shares fell. “{quoted}” said Li Wei. Shares rose."
    whole = next(passages(Document("a", text))).voices
    parts = [own for part in passages(Document("a", text), 7) for own in part.voices]
    rest = [own for part in passages(Document("a", text), 7, 21) for own in part.voices]
    assert list(whole) == parts
    assert parts[21:] == rest
    assert {own.speaker for own in parts[1:-1]} == {"Li Wei"}


def test_a_sentence_by_itself_has_the_voice_of_itself() -> None:
    passage = sentence_passage("", "She added that it was late.", "Anna Lund spoke.")
    assert [(own.voice, own.speaker) for own in passage.voices] == [(REPORTED, "")]


def test_scores_say_who_speaks(classifier: Classifier) -> None:
    document = classifier.score("“No,” said Li Wei. Shares fell.")
    rows = list(records(document, classifier.codebook))
    assert [(row["voice"], row["speaker"]) for row in rows] == [
        (REPORTED, "Li Wei"),
        (AUTHOR, ""),
    ]
    assert [sentence.voice for sentence in document.sentences] == [REPORTED, AUTHOR]


PIECES = st.sampled_from(
    [*"“”‘’\"' \n.,:;?!()—-Q", "said", "Li", "Wei", "the", "who", "that", "according", "to", "of",
     "he", "they", "was", "by", "plan", "view", "'s", "and", "not", "told", "A", "é", "中", "5"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60), st.sampled_from(["", " "]))
@settings(max_examples=400, deadline=None)
def test_every_text_has_a_voice_a_sentence(pieces: list[str], glue: str) -> None:
    text = glue.join(pieces)
    spans = [span for span in segment(text) if span.kind == CONTENT]
    answers = voices(text, spans)
    assert len(answers) == len(spans)
    for own in answers:
        assert own.voice in {AUTHOR, REPORTED, UNCLEAR}
        assert own.voice == REPORTED or own.speaker == ""
        assert own.speaker in " ".join(text.split()) or not own.speaker
    assert voices(text, spans) == answers


@given(st.text(alphabet="“”‘’\"' \nab.", max_size=80))
def test_quotations_are_in_order_and_apart(text: str) -> None:
    found = quotations(text)
    places = [place for quote in found for place in (quote.start, quote.end)]
    assert places == sorted(places)
    assert all(quote.end - quote.start >= 2 for quote in found)


HEAVY = ['"', "“", "’", "' ", "‘a ", "s’ b ‘", " ", "A ", "said ", "Li said. ", "of the ", "\n",
         "“a\n\n", "a,", "Mr. ", "told ", "Li's view is that "]  # fmt: skip


@pytest.mark.parametrize("piece", HEAVY)
def test_the_time_is_in_proportion_to_the_text(piece: str) -> None:
    """Twenty thousand characters take no minutes, which they would if time grew by the square."""
    text = piece * (20_000 // len(piece))
    spans = [Span(n, min(n + 64, len(text)), CONTENT) for n in range(0, len(text), 64)]
    assert len(voices(text, spans)) == len(spans)
    assert sentence_voice(text).voice in {AUTHOR, REPORTED, UNCLEAR}
