"""Passives and participles that report: "was described by Li as", "a letter saying that"."""

from stancekit.serving.voices.finding import NOTHING, SHARING, UNDECIDED, Finding
from stancekit.serving.voices.frames import ends_clause, fits, is_explicit
from stancekit.serving.voices.lexicon import Verb, Words
from stancekit.serving.voices.narration import Narration
from stancekit.serving.voices.subjects import subject_after
from stancekit.serving.voices.verb_phrases import VerbPhrase
from stancekit.serving.voices.voice import REPORTED, UNCLEAR

__all__ = ["participle_finding", "passive_finding"]

_HEARD = frozenset({"told", "warned"})


def passive_finding(
    own: Narration, place: int, verb: Verb, phrase: VerbPhrase, first: int, words: Words
) -> Finding:
    """Return what a verb in the passive says; what it reports with begins at `first`."""
    following = own.low[place + 1 : place + 2]
    if following == ["by"]:
        return _by(own, place, verb, phrase, words)
    word, begins = own.low[place], own.low[first : first + 1]
    if phrase.last >= 0 and own.low[phrase.last] == "it" and begins == ["that"]:
        authorial = word in words.own_passives or phrase.modal
        return NOTHING if authorial else Finding(REPORTED)
    rumour = following == ["to"] and word in words.rumours
    rumour |= "as" in verb.frames and fits(own, place, verb, first, words)
    heard = word in _HEARD and (begins == ["that"] or ends_clause(own, place, words))
    return UNDECIDED if rumour or heard else NOTHING


def _by(own: Narration, place: int, verb: Verb, phrase: VerbPhrase, words: Words) -> Finding:
    agent = subject_after(own, place + 2, words)
    if agent is None:
        return NOTHING
    if phrase.modal or not fits(own, place, verb, agent.end, words):
        return UNDECIDED if verb.otherwise == UNCLEAR else NOTHING
    named = agent.kind in {"person", "proper", "pronoun"} and "any" not in verb.frames
    return Finding(REPORTED, agent) if named else UNDECIDED


def participle_finding(
    own: Narration, phrase: VerbPhrase, verb: Verb, first: int, words: Words
) -> Finding:
    """Return what "saying that ..." says: of a statement it reports, of an act half of it."""
    says = is_explicit(own, first) or "any" in verb.frames or first in own.terms
    before = own.low[phrase.last] if phrase.last >= 0 else ""
    if says and before in words.texts:
        return Finding(REPORTED)
    return SHARING if before == "," and (says or verb.lemma == "call") else NOTHING
