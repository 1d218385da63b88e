"""Verbs that report, each in its place: who says it, and whether the sentence rests on it."""

from stancekit.serving.voices.clauses import (
    agrees,
    follows_quote,
    in_place,
    is_set_off,
    reported,
)
from stancekit.serving.voices.finding import NOTHING, SHARING, UNDECIDED, Finding
from stancekit.serving.voices.frames import (
    behind,
    ends_clause,
    ends_with_listener,
    fits,
    is_explicit,
)
from stancekit.serving.voices.lexicon import (
    BASE,
    GERUND,
    PARTICIPLE,
    PAST,
    THIRD,
    Lexicon,
    Verb,
    Words,
)
from stancekit.serving.voices.narration import QUOTE, Narration
from stancekit.serving.voices.passives import participle_finding, passive_finding
from stancekit.serving.voices.subjects import END, Subject, subject_after, subject_before
from stancekit.serving.voices.verb_phrases import VerbPhrase, verb_phrase
from stancekit.serving.voices.voice import REPORTED, UNCLEAR

__all__ = ["verb_finding"]

_TRANSITIVE = frozenset({"tell", "urge", "remind", "assure", "inform", "accuse", "ask", "call"})
"""Verbs behind which stands whom it is said to, never who says it."""
_OF_SOMETHING = frozenset({"advocate", "recommend", "announce", "declare", "pledge", "promise"})
"""Verbs behind which may stand what is said, so that it takes a quotation to turn them round."""
_ANSWERS = frozenset({"answer", "agree", "object", "respond", "reply"})
"""Verbs that with "to" are something else."""
_AGENTS = ("er", "or", "ist", "ian", "man", "woman", "ee", "ant", "ess", "ers", "ors", "ists")
_SIGNS = frozenset({",", QUOTE, "—", "–"})  # noqa: RUF001


def verb_finding(own: Narration, place: int, lexicon: Lexicon) -> Finding:
    """Return what the word `place` says, taken as each verb that it can be the form of."""
    best = NOTHING
    for verb in lexicon.forms[own.low[place]]:
        if verb.particle and own.low[place + 1 : place + 2] != [verb.particle]:
            continue
        found = _found(own, place, verb, lexicon.words)
        if found.voice == REPORTED:
            return found
        if found.voice == UNCLEAR:
            best = found
    return best


def _found(own: Narration, place: int, verb: Verb, words: Words) -> Finding:
    phrase = verb_phrase(own, place, words)
    if _is_other(own, place, verb, phrase, words):
        return NOTHING
    first = behind(own, place + (1 if verb.particle else 0), words)
    if phrase.be and verb.form != GERUND:
        return passive_finding(own, place, verb, phrase, first, words)
    if verb.form == GERUND and not phrase.be:
        return participle_finding(own, phrase, verb, first, words)
    subject = _inverted(own, place, verb, phrase, words)
    if subject is not None:
        return NOTHING if subject.kind in {"first", "own"} else reported(subject, verb)
    subject = subject_before(own, phrase.last, words)
    if subject is not None:
        return _active(own, place, verb, phrase, first, subject, words)
    shared = phrase.last >= 0 and own.low[phrase.last] in {"and", "but", "then", ","}
    plain = verb.form == PAST or own.low[place] not in words.ambiguous
    certain = is_explicit(own, first) or (plain and "any" in verb.frames)
    shared &= verb.lemma not in words.factive
    return SHARING if shared and certain else NOTHING


def _is_other(own: Narration, place: int, verb: Verb, phrase: VerbPhrase, words: Words) -> bool:
    """Whether the word is no verb that reports, but a noun, an adjective or another sense."""
    following = own.low[place + 1] if place + 1 < len(own.low) else ""
    if phrase.duty or phrase.infinitive:
        return True
    if following == "to" and verb.lemma in _ANSWERS:
        return True
    if verb.form in {BASE, THIRD}:
        return following in words.finite or (verb.form == BASE and phrase.be)
    if phrase.be or phrase.auxiliary or verb.form == GERUND:
        return False
    named = phrase.last >= 0 and own.low[phrase.last] in {"he", "she", "they"}
    return verb.form == PARTICIPLE or (following == "by" and not named)


def _inverted(
    own: Narration, place: int, verb: Verb, phrase: VerbPhrase, words: Words
) -> Subject | None:
    """Return the subject behind the verb: "..., said Li Wei, a broker"."""
    before = own.low[place - 1] if place else ""
    starts = place == 1 and before == "so"
    behind_sign = phrase.last == place - 1 and before in _SIGNS
    if not (behind_sign or starts) or verb.lemma in _TRANSITIVE:
        return None
    subject = subject_after(own, place + 1, words)
    if subject is None or starts:
        return subject
    quoted = QUOTE in own.low[max(0, place - 2) : place]
    somebody = subject.kind in {"person", "proper", "pronoun"} or own.low[
        subject.head_end - 1
    ].endswith(_AGENTS)
    following = own.low[subject.end : subject.end + 1]
    if not following or following[0] in END:
        speaks = "other" in verb.subjects and verb.lemma not in _OF_SOMETHING
        somebody |= subject_before(own, phrase.last, words) is None
        return subject if quoted or (speaks and somebody) else None
    goes_on = following[0] in {"who", "that", "in", "at", "of"}
    return subject if quoted and (goes_on or ends_clause(own, subject.end - 1, words)) else None


def _active(
    own: Narration,
    place: int,
    verb: Verb,
    phrase: VerbPhrase,
    first: int,
    subject: Subject,
    words: Words,
) -> Finding:
    """Return what a verb with a subject before it says."""
    itself = own.low[first : first + 1] in (["itself"], ["themselves"])
    set_off = _is_set_off(own, place, verb, subject, words)
    bound = own.low[subject.bound] if subject.bound >= 0 else ""
    behind_as = bound == "as"
    below = bound in words.subordinators or bound == "what"
    says = not itself and (_can_say(subject, verb) or (behind_as and subject.kind == "proper"))
    if not says or not _is_verb(own, place, verb, phrase, subject, words):
        return NOTHING
    if not set_off and _is_guess(own, place, verb, first, subject, words):
        return UNDECIDED
    if not set_off and not fits(own, place, verb, first, words):
        half = verb.otherwise == UNCLEAR and subject.kind != "other" and not below
        return Finding(UNCLEAR, subject, verb.form == PAST) if half else NOTHING
    denied = phrase.negated or own.low[subject.first] in words.nobody
    if denied and verb.lemma in words.silent:
        return NOTHING
    if subject.kind == "data" or phrase.modal or (own.low[-1] == "?" and not set_off):
        return UNDECIDED
    return in_place(own, verb, subject, set_off, words)


def _can_say(subject: Subject, verb: Verb) -> bool:
    if subject.kind == "it":
        return "text" in verb.subjects and "other" in verb.subjects
    return ("person" if subject.kind == "pronoun" else subject.kind) in verb.subjects


def _is_set_off(own: Narration, place: int, verb: Verb, subject: Subject, words: Words) -> bool:
    """Whether what is said stands before the clause: "..., Li told the forum"."""
    if follows_quote(own, subject):
        return True
    end = place + (1 if verb.particle else 0)
    ends = ends_clause(own, end, words) or (
        verb.lemma == "tell" and ends_with_listener(own, place, words)
    )
    behind_as = subject.bound >= 0 and own.low[subject.bound] == "as"
    return ends and (behind_as or is_set_off(own, subject, words))


def _is_verb(
    own: Narration,
    place: int,
    verb: Verb,
    phrase: VerbPhrase,
    subject: Subject,
    words: Words,
) -> bool:
    """Whether a form that may be a noun is a verb, by its number."""
    if verb.form not in {BASE, THIRD}:
        return True
    ambiguous = own.low[place] in words.ambiguous or verb.form == BASE
    return not ambiguous or agrees(own, verb, phrase, subject, words)


def _is_guess(
    own: Narration, place: int, verb: Verb, first: int, subject: Subject, words: Words
) -> bool:
    """Whether a form that agrees with its subject may be a noun all the same."""
    if verb.form not in {BASE, THIRD} or own.low[place] not in words.ambiguous:
        return False
    if subject.kind not in {"proper", "other"}:
        return False
    alone = subject.kind == "proper" and subject.first == 0 and subject.head_end == 1
    named = own.raw[0].isupper() or own.low[0] in words.no_person
    certain = is_explicit(own, first) or own.low[first : first + 1] == ["to"]
    return (alone and not named) or ("any" in verb.frames and not certain)
