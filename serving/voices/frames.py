"""What follows a verb: whether it introduces what somebody says."""

from stancekit.serving.voices.lexicon import Verb, Words
from stancekit.serving.voices.narration import QUOTE, Narration
from stancekit.serving.voices.subjects import END

__all__ = ["behind", "ends_clause", "ends_with_listener", "fits", "is_explicit"]

_REACH = 14
"""Words behind a verb that are looked at."""
_WH = frozenset({"how", "why", "whether", "what", "if"})
_STOPS = END | {"that", "which", "who", "whose", "to", "where", "when", "and", "but", "because"}
_OBJECTS = frozenset({"it", "him", "her", "them", "this", "us", "itself"})


def behind(own: Narration, place: int, words: Words) -> int:
    """Return the word behind the verb `place` with which its complement begins.

    Adverbs, and when, where and to whom it was said, are passed over if a clause follows them.
    """
    low, count = own.low, len(own.low)
    first = place + 1
    while first < count and (
        low[first] in words.adverbs or low[first] in words.leads or low[first].endswith("ly")
    ):
        first += 1
    if first < count and (low[first] in words.prepositions or low[first] in words.leads):
        for further in range(first + 1, min(count, first + _REACH)):
            if low[further] in {"that", ":", QUOTE}:
                return further
            if low[further] == "," and further + 1 < count and low[further + 1] == QUOTE:
                return further + 1
            if low[further] in END:
                break
    if first + 1 < count and low[first] == "," and low[first + 1] == QUOTE:
        return first + 1
    return first


def is_explicit(own: Narration, first: int) -> bool:
    """Whether a clause begins at `first` beyond doubt: that, a colon, a quotation."""
    return first < len(own.low) and own.low[first] in {"that", ":", QUOTE}


def ends_clause(own: Narration, place: int, words: Words) -> bool:
    """Whether the verb `place` ends its clause but for time and occasion: "..., Li said on Monday".

    What follows must not be a clause of its own.
    """
    low, count = own.low, len(own.low)
    if low[place + 1 : place + 2] in (["it"], ["them"], ["him"], ["her"], ["us"], ["me"]):
        place += 1
    if place + 1 >= count or low[place + 1] in END:
        return place + 1 >= count or low[place + 1] != ":"
    following = low[place + 1]
    if following not in words.prepositions and following not in words.leads:
        return False
    if following == "to" and not _is_noun_behind(own, place + 1, words):
        return False
    for further in range(place + 2, min(count, place + _REACH)):
        if low[further] in END:
            return low[further] not in {QUOTE, ":"}
        if low[further] == "that" or low[further] in words.finite:
            return False
    return True


def _is_noun_behind(own: Narration, place: int, words: Words) -> bool:
    """Whether "to" is no sign of an infinitive: "said to the panel", "to reporters"."""
    if place + 1 >= len(own.low):
        return False
    following = own.low[place + 1]
    return (
        following in words.determiners or following in words.persons or following == "journalists"
        or own.raw[place + 1][0].isupper()
    )  # fmt: skip


def ends_with_listener(own: Narration, place: int, words: Words) -> bool:
    """Whether the verb `place` ends its clause but for who listened: "..., Li told the forum"."""
    for word in own.low[place + 1 : place + 10]:
        if word in END:
            return word != QUOTE
        if word in _STOPS or word in words.finite:
            return False
    return place + 10 > len(own.low)


def fits(own: Narration, place: int, verb: Verb, first: int, words: Words) -> bool:
    """Whether what begins at `first` is what `verb`, the word `place`, reports with."""
    if "any" in verb.frames:
        return True
    return any(_FRAMES[frame](own, place, first, words) for frame in verb.frames)


def _clause(own: Narration, _: int, first: int, words: Words) -> bool:
    low = own.low
    if is_explicit(own, first):
        return True
    if first < len(low) and low[first] in _WH:
        return True
    for further in range(first, min(len(low), first + 10)):
        if low[further] in _STOPS:
            return False
        if (low[further] in words.finite or low[further].endswith("n't")) and further > first:
            return True
        if low[further].endswith(("'s", "'re", "'ll")) and low[further].split("'")[0] in _PRONOUNS:
            return True
    return False


_PRONOUNS = frozenset({"it", "he", "she", "they", "we", "there", "that", "i"})


def _that(own: Narration, _: int, first: int, __: Words) -> bool:
    return is_explicit(own, first)


def _for(own: Narration, _: int, first: int, __: Words) -> bool:
    return first < len(own.low) and own.low[first] in {"for", "against"}


def _on(own: Narration, place: int, first: int, words: Words) -> bool:
    if first >= len(own.low) or own.low[first] not in {"on", "upon"}:
        return False
    return _object_to(own, place, first, words)


def _of(own: Narration, _: int, first: int, __: Words) -> bool:
    return "of" in own.low[first : first + _REACH]


def _as(own: Narration, _: int, first: int, __: Words) -> bool:
    return "as" in _near(own, first)


def _object_to(own: Narration, _: int, first: int, words: Words) -> bool:
    near = _near(own, first)
    for further in range(1, len(near) - 1):
        if near[further] == "to" and near[further + 1] not in words.determiners:
            return not own.raw[first + further + 1][0].isupper()
    return False


def _object_that(own: Narration, _: int, first: int, __: Words) -> bool:
    return "that" in _near(own, first)[1:12]


def _object_quote(own: Narration, _: int, first: int, __: Words) -> bool:
    for further in range(first, min(len(own.low), first + _REACH)):
        if own.low[further] == QUOTE or further in own.terms:
            return True
        if own.low[further] in END - {",", ":"}:
            return False
    return False


def _quote(own: Narration, _: int, first: int, words: Words) -> bool:
    if first < len(own.low) and own.low[first] in words.determiners:
        first += 1
    return own.low[first : first + 1] == [QUOTE]


def _object_a(own: Narration, _: int, first: int, words: Words) -> bool:
    """Whether an object and what it is called follow: "called the ban a mistake"."""
    near = _near(own, first)
    for further in range(1, len(near)):
        if near[further] in {"a", "an"}:
            before = near[further - 1]
            apart = before not in words.prepositions and before not in words.determiners
            return (apart and before not in words.conjunctions) or before in _OBJECTS
    return False


def _near(own: Narration, first: int) -> list[str]:
    """Return the words from `first` on, up to a sign."""
    near: list[str] = []
    for word in own.low[first : first + _REACH]:
        if word in END:
            break
        near.append(word)
    return near


_FRAMES = {
    "clause": _clause,
    "that": _that,
    "for": _for,
    "on": _on,
    "of": _of,
    "as": _as,
    "object-to": _object_to,
    "object-that": _object_that,
    "object-quote": _object_quote,
    "object-a": _object_a,
    "quote": _quote,
}
