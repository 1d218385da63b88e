"""In which clause of a sentence a verb reports: the main one, one set off, or one below it."""

from stancekit.serving.voices.finding import NOTHING, UNDECIDED, Finding
from stancekit.serving.voices.lexicon import PAST, THIRD, Verb, Words
from stancekit.serving.voices.narration import QUOTE, Narration
from stancekit.serving.voices.subjects import END, Subject
from stancekit.serving.voices.verb_phrases import VerbPhrase
from stancekit.serving.voices.voice import REPORTED

__all__ = ["agrees", "follows_quote", "in_place", "is_set_off", "reported"]

_OWN_CLAUSE = 5
"""Words before ", but Li said" that make a clause of their own."""
_ASIDE = frozenset({"while", "whereas", "although", "though", "where"})
_SIGNS = frozenset({",", QUOTE, "—", "–"})  # noqa: RUF001
_SENTENCE_ENDS = frozenset(",.!?…")


def reported(subject: Subject, verb: Verb) -> Finding:
    """Return that `verb` reports `subject`."""
    return Finding(REPORTED, subject, verb.form == PAST)


def in_place(own: Narration, verb: Verb, subject: Subject, set_off: bool, words: Words) -> Finding:
    """Return what a verb that reports says for its sentence; `set_off` if it follows what is said.

    A subordinate clause leaves the sentence to its author; a relative clause, or a second main
    clause, makes it undecided.
    """
    bound = own.low[subject.bound] if subject.bound >= 0 else ""
    if bound == "as":
        outer = subject.bound == 0 or own.low[subject.bound - 1] in END
        return reported(subject, verb) if set_off and outer else NOTHING
    if set_off:
        aside = subject.bound > 0 and own.low[subject.bound - 1] in words.relatives
        return UNDECIDED if aside else reported(subject, verb)  # "which, it says, will"
    if bound in words.subordinators or bound == "what":
        begins = all(word in words.leads for word in own.low[: subject.bound])
        return UNDECIDED if bound in _ASIDE and not begins else NOTHING
    clause = own.low[: max(subject.bound, 0)]
    joined = bound in words.conjunctions or bound in {";", ":"}
    second = joined and len(clause) >= _OWN_CLAUSE and QUOTE not in clause
    undecided = second or bound in words.relatives or subject.reduced
    return UNDECIDED if undecided else reported(subject, verb)


def is_set_off(own: Narration, subject: Subject, words: Words) -> bool:
    """Whether the clause of `subject` follows a comma or a quotation."""
    bound = subject.bound
    if bound > 1 and own.low[bound] in words.conjunctions:
        bound -= 1
    return bound >= 0 and own.low[bound] in _SIGNS


def follows_quote(own: Narration, subject: Subject) -> bool:
    """Whether a quotation that ends like a sentence stands right before `subject`."""
    bound = subject.bound
    return bound >= 0 and own.low[bound] == QUOTE and own.raw[bound][-2:-1] in _SENTENCE_ENDS


def agrees(own: Narration, verb: Verb, phrase: VerbPhrase, subject: Subject, words: Words) -> bool:
    """Whether a form that may be a noun has the number of its subject."""
    head = own.low[subject.head_end - 1]
    if subject.kind == "pronoun":
        plural = head == "they"
    else:
        joined = not {"and", "or"}.isdisjoint(own.low[subject.first : subject.end])
        plural = joined or head in words.plurals or head.endswith("s")
    if verb.form != THIRD:
        return plural or phrase.auxiliary or phrase.modal
    if subject.kind == "proper":
        return verb.lemma != "state"
    return not plural and subject.kind in {"person", "pronoun", "text", "it"}
