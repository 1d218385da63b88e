"""Noun phrases beside a verb, found by function words and capitals: who says it."""

from dataclasses import dataclass

from stancekit.serving.voices.lexicon import Words
from stancekit.serving.voices.narration import QUOTE, Narration

__all__ = ["END", "Subject", "is_participle", "subject_after", "subject_before"]

END = frozenset({",", ";", ":", ".", "?", "!", "—", "–", "-", "(", ")", "…", QUOTE})  # noqa: RUF001
_LONGEST = 24
"""Words that a noun phrase or an apposition may have: bounds the time that a sentence takes."""
_SINGLE = {
    **dict.fromkeys(("i", "we"), "first"),
    **dict.fromkeys(("he", "she", "they"), "pronoun"),
    **dict.fromkeys(("this", "that", "these", "those", "there", "here", "what", "which"), "dummy"),
    **dict.fromkeys(("us", "me"), "first"),
    "it": "it",
}
_PARTICIPLES = frozenset(
    {"close", "familiar", "led", "written", "known", "seen", "drawn", "made", "held", "hit", "sent"}
)
_HANGING = frozenset({"of", "for", "at", "from", "in"})
_ARTICLES = frozenset(
    {"the", "a", "an", "its", "his", "her", "their", "our", "my", "your", "no", "every"}
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Words `[first, end)` of a sentence; its head phrase is `[first, head_end)`.

    `kind` is `first` (the author), `own` (this very text), `dummy`, `it`, `pronoun`, `person`,
    `text`, `data`, `proper` or `other`. `bound` is the place of the sign or conjunction before it,
    -1 at the beginning of the sentence; `reduced` says that another noun stands right before it
    ("the chips the ministry said").
    """

    first: int
    head_end: int
    end: int
    kind: str
    bound: int = -1
    reduced: bool = False


def subject_before(own: Narration, last: int, words: Words) -> Subject | None:
    """Return the noun phrase that ends with word `last`, or stands before its apposition."""
    last = _before_apposition(own, last)
    if last < 0 or own.low[last] in END or own.low[last] in words.prepositions:
        return None
    if own.low[last] in _ARTICLES or own.low[last] in words.conjunctions:
        return None
    bound = _bound(own, last, words)
    if bound > 0 and own.low[bound] == "who" and not _is_bare(own, bound, last, words):
        # "Officials who visited said": the relative clause is over.
        last = bound - 1 - (own.low[bound - 1] == ",")
        bound = _bound(own, last, words)
    bound = _coordinated(own, bound, words)
    first = bound + 1
    while first <= last and (own.low[first] in words.leads or own.low[first].isdigit()):
        first += 1
    if own.low[first : first + 2] in (["more", "than"], ["less", "than"], ["up", "to"]):
        first += 2
    if first > last:
        return None
    pronoun = _SINGLE.get(own.low[last].split("'")[0], "dummy") != "dummy"
    start, head_end = (last, last + 1) if pronoun else _chain(own, first, last, words)
    head_end = _without_participle(own, start, head_end, words)
    if start > last or start >= head_end:
        return None
    kind = _kind(own, start, head_end, words)
    between = own.low[first:start]
    reduced = bool(between) and not (
        between[0] in words.prepositions or between[-1] in words.leads or between[-1].endswith("ly")
    )
    return Subject(start, head_end, last + 1, kind, bound, reduced) if kind else None


def _is_bare(own: Narration, bound: int, last: int, words: Words) -> bool:
    """Whether nothing but adverbs and auxiliaries stands behind the relative pronoun `bound`."""
    return all(
        word in words.adverbs
        or word in words.auxiliaries
        or word in words.be
        or word in words.modals
        for word in own.low[bound + 1 : last + 1]
    )


def _before_apposition(own: Narration, last: int) -> int:
    """Return the last word of the noun before ", a spokesman for the ministry," or "(42)"."""
    for _ in range(3):
        if last < 0 or own.low[last] not in {",", ")", "—", "–"}:  # noqa: RUF001
            return last
        opening = "(" if own.low[last] == ")" else own.low[last]
        place = last - 1
        while place > 0 and last - place < _LONGEST and own.low[place] != opening:
            place -= 1
        if place <= 0 or own.low[place] != opening:
            return -1
        last = place - 1
    return last


def _bound(own: Narration, last: int, words: Words) -> int:
    place = last
    while place >= 0 and last - place < _LONGEST:
        word = own.low[place]
        if word in END or word == "as" or word in words.relatives:
            break
        if word in words.subordinators or word in words.conjunctions:
            break
        place -= 1
    return place


def _coordinated(own: Narration, bound: int, words: Words) -> int:
    """Return `bound`, or the one before it if it is the "and" of two short nouns."""
    if bound < 1 or own.low[bound] not in {"and", "or"}:
        return bound
    left = own.raw[bound - 1]
    if not (left[0].isupper() or left.endswith("s")) or own.low[bound - 1] in words.leads:
        return bound
    further = _bound(own, bound - 1, words)
    phrase = own.low[further + 1 : bound]
    if not 0 < len(phrase) <= 4 or any(w in words.finite or w.endswith("ed") for w in phrase):
        return bound
    return further


def _chain(own: Narration, first: int, last: int, words: Words) -> tuple[int, int]:
    """Return where the noun phrase that ends with `last` begins and its head phrase ends.

    What hangs on it by prepositions belongs to it; a phrase with a preposition that begins at
    `first` ("In March the ministry") does not.
    """
    place, head_end = last, last + 1
    while place >= first:
        word = own.low[place]
        if word in words.determiners:
            while place > first and own.low[place - 1] in words.determiners:
                place -= 1
            if place == first or own.low[place - 1] not in words.prepositions:
                return place, head_end
            place -= 1
            continue
        if word in words.prepositions:
            if place == first:
                start = place + 1
                while start <= last and (own.low[start] in words.leads or own.low[start].isdigit()):
                    start += 1
                alone = start == place + 1 and own.low[start] not in words.persons
                return (last + 1 if alone else start), max(head_end, start)
            head_end = place
        place -= 1
    return first, head_end


def _without_participle(own: Narration, first: int, head_end: int, words: Words) -> int:
    """Return the end of the phrase without "interviewed in May" or "published last week"."""
    last = head_end - 1
    while last > first and own.low[last] in words.leads:
        last -= 1
    while last > first and is_participle(own.raw[last]):
        last -= 1
        head_end = last + 1
    return head_end


def is_participle(word: str) -> bool:
    """Whether a word such as "interviewed" goes on a noun before it."""
    return (word.endswith("ed") and len(word) > 4 and word.islower()) or word in _PARTICIPLES


def _kind(own: Narration, first: int, head_end: int, words: Words) -> str:
    """Return the kind of the phrase `[first, head_end)`, "" if it can be no subject."""
    low, head = own.low[first], own.low[head_end - 1]
    alone = _SINGLE.get(low.split("'")[0], "") if head_end - first == 1 else ""
    if head in {"us", "me"}:
        alone = "first"  # "let us assume"
    if alone:
        return alone
    present = low == "the" and own.low[first + 1 : first + 2] == ["present"]
    mine = low in words.own_determiners or present
    if mine and (head in words.own_texts or head in words.data):
        return "own"
    for kind in ("persons", "texts", "data"):
        if head in getattr(words, kind):
            return kind.removesuffix("s")
    return _open_kind(own, first, head_end, words)


def _open_kind(own: Narration, first: int, head_end: int, words: Words) -> str:
    low, head = own.low[first], own.low[head_end - 1]
    function = head in words.prepositions or head in words.adverbs or head in words.finite
    if function or not head[0].isalpha() or head in words.auxiliaries or head in words.be:
        return ""
    if own.raw[head_end - 1][0].isupper():
        return "proper"
    marked = low in words.determiners or low.endswith(("'s", "s'"))
    alone = head_end - first == 1
    noun = head.endswith("s") or (marked and (alone or head not in words.determiners))
    return "other" if noun else ""


def subject_after(own: Narration, first: int, words: Words) -> Subject | None:
    """Return the noun phrase that begins with word `first`: of "said Li Wei, a broker"."""
    count = len(own.low)
    place = first
    while place < min(count, first + 12) and not _ends_phrase(own, place, first, words):
        place += 1
    if place == first:
        return None
    kind = _kind(own, first, place, words)
    if not kind or (kind == "other" and own.low[first] not in words.determiners):
        return None
    end = _hanging(own, place, kind, words)
    if place - 1 > first and is_participle(own.raw[place - 1]):
        place -= 1  # "two people familiar with the plan"
        while end < count and end - place < 9 and own.low[end] not in END | words.relatives:
            end += 1
    return Subject(first, place, end, kind)


def _ends_phrase(own: Narration, place: int, first: int, words: Words) -> bool:
    word = own.low[place]
    if word in END or word in words.prepositions or word in words.relatives:
        return True
    if word in words.finite or word in words.subordinators or word in {"as", "but", "and"}:
        return True
    return word in words.leads and place > first


def _hanging(own: Narration, place: int, kind: str, words: Words) -> int:
    """Return where what hangs on the phrase that ends at `place` ends: "of a bank in Kyoto"."""
    count = len(own.low)
    end = place
    hanging = _HANGING | {"by"} if kind in {"text", "data"} else _HANGING
    while end < count and end - place < 14 and own.low[end] in hanging:
        end += 1
        while end < count and own.low[end] not in END and own.low[end] not in words.prepositions:
            if own.low[end] in words.relatives or own.low[end] in words.finite or end - place > 14:
                break
            end += 1
    return end
