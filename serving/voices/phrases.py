"""Phrases that report: "according to", "in Beijing's view", "their argument is that"."""

from stancekit.serving.voices.finding import NOTHING, UNDECIDED, Finding
from stancekit.serving.voices.frames import is_explicit
from stancekit.serving.voices.lexicon import Lexicon, Words
from stancekit.serving.voices.narration import Narration
from stancekit.serving.voices.subjects import END, Subject, subject_after, subject_before
from stancekit.serving.voices.voice import REPORTED

__all__ = ["opening_finding", "phrase_finding"]

_REACH = 8
_OWN = frozenset({"my", "our", "the", "a", "an", "this"})
_INTRODUCE = frozenset({"in", "from", "by", "on"})
_POSSESSIVES = frozenset({"his", "her", "their", "its"})


def phrase_finding(own: Narration, place: int, lexicon: Lexicon) -> Finding:
    """Return what the word `place` says, taken as part of a phrase."""
    words, word = lexicon.words, own.low[place]
    if word in words.hearsay:
        return UNDECIDED
    if word in _PHRASES:
        return _PHRASES[word](own, place, words)
    if word in words.attitudes:
        return _attitude(own, place, words)
    found = _stance(own, place, words) if word in words.stances else NOTHING
    return _view(own, place, words) if found is NOTHING and word in words.views else found


def opening_finding(own: Narration, words: Words) -> Finding:
    """Return what "For Beijing, ..." says: somebody's view, or what concerns them."""
    if own.low[:1] != ["for"]:
        return NOTHING
    whose = subject_after(own, 1, words)
    if whose is None or own.low[whose.end : whose.end + 1] != [","]:
        return NOTHING
    return UNDECIDED if whose.kind in {"person", "proper"} else NOTHING


def _according(own: Narration, place: int, words: Words) -> Finding:
    if own.low[place + 1 : place + 2] != ["to"]:
        return NOTHING
    if own.low[place + 2 : place + 3] in (["me"], ["us"], ["whether"], ["how"], ["what"]):
        return NOTHING
    source = subject_after(own, place + 2, words) or _bare(own, place + 2, words)
    if source is None:
        return UNDECIDED
    if source.kind == "own":
        return NOTHING
    head = own.low[source.head_end - 1]
    if head in words.no_source and own.low[source.first] != "the":
        return NOTHING
    return Finding(REPORTED, source)


def _bare(own: Narration, first: int, words: Words) -> Subject | None:
    """Return words that stand as a source though they could be no subject: "industry figures"."""
    last = first
    while last < len(own.low) and last - first < 10 and own.low[last] not in END:
        if own.low[last] in words.prepositions or own.low[last] in words.finite:
            break
        last += 1
    return Subject(first, last, last, "other") if last > first else None


def _quoted(own: Narration, place: int, words: Words) -> Finding:
    if own.low[place + 1 : place + 3] != ["as", "saying"]:
        return NOTHING
    last = place - 1
    while (
        last >= 0 and place - last < 5 and own.low[last] in words.be | words.auxiliaries | {"also"}
    ):
        last -= 1
    return Finding(REPORTED, subject_before(own, last, words), past=True)


def _put(own: Narration, place: int, words: Words) -> Finding:
    """Return what "as Li put it" and "the bank puts the figure at" say."""
    first = own.low[place + 1 : place + 2]
    figure = own.low[place + 1 : place + 2] == ["the"] and "at" in own.low[place + 3 : place + 6]
    if first != ["it"] and not figure:
        return NOTHING
    last = place - 1
    while last >= 0 and own.low[last] in words.auxiliaries | words.adverbs:
        last -= 1
    subject = subject_before(own, last, words)
    if subject is None or subject.kind not in {"person", "proper", "pronoun", "text", "other"}:
        return NOTHING
    return Finding(REPORTED, subject, past=True)


def _made_clear(own: Narration, place: int, words: Words) -> Finding:
    last = place - 1
    if last >= 0 and own.low[last] == "it":
        last -= 1
    if last < 1 or own.low[last] not in {"made", "makes", "make", "making"}:
        return NOTHING
    if not is_explicit(own, place + 1):
        return NOTHING
    last -= 1
    while last >= 0 and (own.low[last] in words.auxiliaries or own.low[last] in words.adverbs):
        last -= 1
    subject = subject_before(own, last, words)
    if subject is None or subject.kind not in {"person", "proper", "pronoun", "text"}:
        return NOTHING
    return Finding(REPORTED, subject, past=True)


def _attitude(own: Narration, place: int, words: Words) -> Finding:
    """Return what "is convinced that" says."""
    last = place - 1
    while last >= 0 and (own.low[last] in words.adverbs or own.low[last].endswith("ly")):
        last -= 1
    if last < 1 or own.low[last] not in words.be | {"remain", "remains", "remained"}:
        return NOTHING
    last -= 1
    while last >= 0 and own.low[last] in words.auxiliaries:
        last -= 1
    subject = subject_before(own, last, words)
    if subject is None or subject.kind not in {"person", "proper", "pronoun"}:
        return NOTHING
    bound = own.low[subject.bound] if subject.bound >= 0 else ""
    if own.low[place + 1 : place + 2] != ["that"] or bound in words.relatives:
        return UNDECIDED
    return NOTHING if bound in words.subordinators else Finding(REPORTED, subject)


def _stance(own: Narration, place: int, words: Words) -> Finding:
    """Return what "in Beijing's view" and "in the words of Li" say."""
    if own.low[place + 1 : place + 2] == ["of"] and own.low[place - 1 : place] == ["the"]:
        source = subject_after(own, place + 2, words) or _bare(own, place + 2, words)
        begins = place >= 2 and own.low[place - 2] in {"in", "from", "to", "by"}
        return Finding(REPORTED, source) if begins and source is not None else NOTHING
    first = place - 1
    while first >= 0 and place - first < _REACH and own.low[first] not in _INTRODUCE:
        if own.low[first] in END:
            return NOTHING
        first -= 1
    if first < 0 or not 2 <= place - first < _REACH or own.low[first + 1] in {"my", "our"}:
        return NOTHING
    if place - first == 2 and own.low[first + 1] in _POSSESSIVES:
        undecided = own.low[first] == "by" or own.low[first + 1] == "its"
        whose = Subject(first + 1, first + 2, first + 2, "pronoun")
        return UNDECIDED if undecided else Finding(REPORTED, whose)
    for last in range(place - 1, first, -1):
        if own.low[last].endswith(("'s", "s'")):
            return Finding(REPORTED, Subject(first + 1, last + 1, last + 1, "proper"))
    return NOTHING


def _view(own: Narration, place: int, words: Words) -> Finding:
    """Return what "the ministry's view is that" says."""
    after = place + 1
    while (
        after < len(own.low)
        and after - place < 4
        and own.low[after] in words.be | words.auxiliaries
    ):
        after += 1
    if after == place + 1 or not is_explicit(own, after):
        return NOTHING
    before = own.low[place - 1] if place else ""
    if before in _POSSESSIVES:
        return Finding(REPORTED)
    for last in range(place - 1, max(-1, place - 4), -1):
        if own.low[last].endswith(("'s", "s'")):
            first = last
            while first > 0 and last - first < _REACH and own.low[first - 1] not in END:
                if own.low[first] in words.determiners or own.low[first - 1] in words.prepositions:
                    break
                first -= 1
            return Finding(REPORTED, Subject(first, last + 1, last + 1, "proper"))
        if own.low[last] in _OWN:
            break
    return UNDECIDED if before in {"the", "common", "usual", "standard", "main"} else NOTHING


_PHRASES = {
    "according": _according,
    "quoted": _quoted,
    "put": _put,
    "puts": _put,
    "clear": _made_clear,
}
