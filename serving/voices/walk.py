"""Through a document, sentence by sentence: quotations and continuations cross sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stancekit.labels.layout import CONTENT
from stancekit.labels.segmentation import Span
from stancekit.serving.voices.finding import NOTHING, Finding
from stancekit.serving.voices.lexicon import Lexicon, english
from stancekit.serving.voices.narration import QUOTE, Narration, letters, narration, straight
from stancekit.serving.voices.phrases import opening_finding, phrase_finding
from stancekit.serving.voices.quotations import Quotation, quotations
from stancekit.serving.voices.speakers import Memory, named
from stancekit.serving.voices.subjects import END
from stancekit.serving.voices.verbs import verb_finding
from stancekit.serving.voices.voice import AUTHOR, REPORTED, UNCLEAR, Voice

__all__ = ["sentence_voice", "voices"]

_WHOLE = 0.9
"""Share of its characters from which on a sentence counts as quoted."""
_HALF = 0.5
_CLOSING = frozenset("\"”’'»")  # noqa: RUF001
_FRAGMENT = 5
"""Words from which on a quotation is more than a term or a scare quote."""
_QUESTION = ("Q:", "Q.", "Question:")
_RECENT = 600
"""Characters before a sentence in which a pronoun finds its person."""
_AUTHOR, _UNCLEAR, _REPORTED = Voice(AUTHOR), Voice(UNCLEAR), Voice(REPORTED)


def sentence_voice(text: str) -> Voice:
    """Return the voice of one sentence of which nothing else is known.

    >>> sentence_voice("Chips will stay scarce, according to the Rhodium Group.")
    Voice(voice='reported', speaker='the Rhodium Group')
    >>> sentence_voice("Beijing banned exports of gallium.")
    Voice(voice='author', speaker='')
    """
    return voices(text, [Span(0, len(text), CONTENT)])[0]


def voices(text: str, sentences: Sequence[Span]) -> list[Voice]:
    """Return the voice of each of `sentences`, the content sentences of the document `text`.

    They are in order and do not overlap. The time is proportional to the length of the text.

    >>> from stancekit.labels.segmentation import segment
    >>> text = "“We must act. Time is short,” Li Wei said. Exports fell."
    >>> [own.voice for own in voices(text, segment(text))]
    ['reported', 'reported', 'author']
    """
    walk = _Walk(text, straight(text), english())
    parts = _quoted(sentences, quotations(text))
    for number, (sentence, quoted) in enumerate(zip(sentences, parts, strict=True)):
        walk.add(number, sentence, quoted)
    return walk.finish()


@dataclass(frozen=True, slots=True)
class _Part:
    """What a sentence has of a quotation, which is `number` of its document."""

    number: int
    start: int
    end: int
    opens: bool
    closes: bool


def _quoted(sentences: Sequence[Span], quotes: Sequence[Quotation]) -> Iterator[list[_Part]]:
    first = 0
    for sentence in sentences:
        while first < len(quotes) and quotes[first].end <= sentence.start:
            first += 1
        parts = []
        number = first
        while number < len(quotes) and quotes[number].start < sentence.end:
            own = quotes[number]
            start, end = max(own.start, sentence.start), min(own.end, sentence.end)
            parts.append(_Part(number, start, end, start == own.start, end == own.end))
            number += 1
        yield parts


@dataclass(slots=True)
class _Walk:
    """What is known of a document up to a sentence."""

    text: str
    plain: str
    lexicon: Lexicon
    memory: Memory = field(default_factory=Memory)
    found: list[Voice] = field(default_factory=list)
    speakers: dict[int, str] = field(default_factory=dict)  # of quotations, by number
    inside: list[tuple[int, int, str]] = field(default_factory=list)  # sentence, quotation, heir
    starts: list[int] = field(default_factory=list)  # of the last two sentences
    end: int = 0
    past: bool = False  # whether the sentence before reports in the past
    listed: str | None = None  # whom the items of a list are reported of
    asked: bool = False  # whether it is an interview that says who asks
    answers: bool = False

    def add(self, number: int, sentence: Span, quoted: Sequence[_Part]) -> None:
        """Take in the next sentence."""
        text, triggers = self.text, self.lexicon.triggers
        between = text[self.end : sentence.start]
        new_line = "\n" in between or not self.found
        if new_line and not between.strip() and not text.endswith(":", 0, self.end):
            self.listed = None  # list signs stand between sentences
        content = text[sentence.start : sentence.end]
        heard = content.startswith("For ") or not triggers.isdisjoint(letters(content))
        if not quoted and not heard:
            voice, past = self._plain(content, new_line), False
        else:
            voice, past = self._judged(number, sentence, quoted, new_line)
        if new_line:
            question = content.startswith(_QUESTION)
            self.asked, self.answers = self.asked or question, not question
        if self.asked and self.answers and voice.voice == AUTHOR:
            voice = _UNCLEAR
        if content.endswith(":"):
            self.listed = voice.speaker if voice.voice == REPORTED else None
        self.found.append(voice)
        self.past, self.end = past, sentence.end
        self.starts = [*self.starts[-1:], sentence.start]

    def finish(self) -> list[Voice]:
        """Return the voices, sentences within a quotation with the speaker that it turned out."""
        for number, quotation, heir in self.inside:
            self.found[number] = _of(self.speakers.get(quotation, heir))
        return self.found

    def _plain(self, content: str, new_line: bool) -> Voice:
        """Return the voice of a sentence in which nothing reports."""
        if self.listed is not None:
            return _of(self.listed)
        goes_on = " would " in content and not content.startswith("It would be ")
        if self.past and not new_line and goes_on:
            return _UNCLEAR
        return _AUTHOR

    def _judged(
        self, number: int, sentence: Span, quoted: Sequence[_Part], new_line: bool
    ) -> tuple[Voice, bool]:
        parts = [(part.start, part.end, part.opens and part.closes) for part in quoted]
        own = narration(self.plain, sentence.start, sentence.end, parts)
        share = own.quoted / (sentence.end - sentence.start)
        if share >= _WHOLE and all(word in END for word in own.low):
            last = self.found[-1] if self.found and not new_line else _AUTHOR
            heir = last.speaker if last.voice == REPORTED else ""
            self.inside.append((number, quoted[0].number, self.listed or heir))
            return _of(heir), False
        finding = _finding(own, self.lexicon)
        if finding.voice == REPORTED:
            speaker = self._speaker(number, sentence, own, finding)
            for part in quoted:
                self.speakers.setdefault(part.number, speaker)
            return _of(speaker), finding.past and not quoted
        if finding.voice == AUTHOR and own.longest == 0:
            voice = self._plain(self.text[sentence.start : sentence.end], new_line)
            return voice, False
        if _is_led_in(own):
            return _REPORTED, False
        if finding.voice == UNCLEAR or share >= _HALF or own.longest >= _FRAGMENT:
            return _UNCLEAR, False
        return _AUTHOR, False

    def _speaker(self, number: int, sentence: Span, own: Narration, finding: Finding) -> str:
        if finding.subject is None:
            return ""
        first = self.starts[0] if self.starts else sentence.start
        recent = self.text[max(first, sentence.start - _RECENT) : sentence.start]
        speaker, kind = named(
            self.text, own, finding.subject, number, recent, self.memory, self.lexicon.words
        )
        self.memory.keep(speaker, kind, number)
        return speaker


def _of(speaker: str) -> Voice:
    return Voice(REPORTED, speaker) if speaker else _REPORTED


def _is_led_in(own: Narration) -> bool:
    """Whether a quotation of a sentence or more ends it, behind a colon."""
    if own.low[-1] != QUOTE or own.low[-2:-1] != [":"]:
        return False
    return own.raw[-1][-2:-1] in {".", "!", "?", "…"} or own.raw[-1][-1] not in _CLOSING


def _finding(own: Narration, lexicon: Lexicon) -> Finding:
    """Return the first construction that reports, else one that leaves it open."""
    best, subject = opening_finding(own, lexicon.words), None
    for place, word in enumerate(own.low):
        if word not in lexicon.triggers:
            continue
        found = verb_finding(own, place, lexicon) if word in lexicon.forms else NOTHING
        if found.voice != REPORTED:
            phrase = phrase_finding(own, place, lexicon)
            found = phrase if phrase.voice != AUTHOR else found
        if found.voice == REPORTED:
            return found
        if found.shares and subject is not None:
            return Finding(REPORTED, subject, best.past)
        if found.voice == UNCLEAR:
            best, subject = found, found.subject or subject
    return best
