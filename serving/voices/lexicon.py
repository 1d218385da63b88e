"""The words of `english.toml`: which forms report, with what behind them and of whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stancekit.labels.configuration import read_toml, strict

__all__ = ["BASE", "GERUND", "PARTICIPLE", "PAST", "THIRD", "Lexicon", "Verb", "Words", "english"]

BASE = "base"
THIRD = "third"
PAST = "past"
PARTICIPLE = "participle"
GERUND = "gerund"


@strict
class VerbGroup:
    """Verbs that report under the same conditions; `english.toml` says what each key means."""

    lemmas: tuple[str, ...]
    frames: frozenset[str]
    subjects: frozenset[str]
    otherwise: str


@strict
class Words:
    """Sets of lower-case words, each named by what its members are."""

    ambiguous: frozenset[str]
    own_determiners: frozenset[str]
    own_texts: frozenset[str]
    persons: frozenset[str]
    texts: frozenset[str]
    data: frozenset[str]
    attitudes: frozenset[str]
    views: frozenset[str]
    stances: frozenset[str]
    hearsay: frozenset[str]
    no_source: frozenset[str]
    titles: frozenset[str]
    no_person: frozenset[str]
    determiners: frozenset[str]
    prepositions: frozenset[str]
    relatives: frozenset[str]
    subordinators: frozenset[str]
    conjunctions: frozenset[str]
    leads: frozenset[str]
    adverbs: frozenset[str]
    auxiliaries: frozenset[str]
    be: frozenset[str]
    modals: frozenset[str]
    duties: frozenset[str]
    finite: frozenset[str]
    plurals: frozenset[str]
    own_passives: frozenset[str]
    rumours: frozenset[str]
    factive: frozenset[str]
    nobody: frozenset[str]
    silent: frozenset[str]
    particles: frozenset[str]


@strict
class _File:
    verbs: tuple[VerbGroup, ...]
    irregular: dict[str, tuple[str, str, str, str]]
    words: Words


@dataclass(frozen=True, slots=True)
class Verb:
    """A form of a verb: its lemma, which form it is, and when it reports.

    `particle` must follow it, "" if none must.
    """

    lemma: str
    form: str
    particle: str
    frames: frozenset[str]
    subjects: frozenset[str]
    otherwise: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Form -> the verbs that it can be; `triggers` are all words that a report can begin with."""

    forms: Mapping[str, tuple[Verb, ...]]
    words: Words
    triggers: frozenset[str]


@cache
def english() -> Lexicon:
    """Return the lexicon that ships."""
    file = read_toml(Path(__file__).with_name("english.toml"), _File)
    forms: dict[str, list[Verb]] = {}
    for group in file.verbs:
        for lemma in group.lemmas:
            word, _, particle = lemma.partition(" ")
            kinds = (group.frames, group.subjects, group.otherwise)
            for kind, form in _inflected(word, file.irregular):
                verbs = forms.setdefault(form, [])
                verb = Verb(word, kind, particle, *kinds)
                if verb not in verbs:
                    verbs.append(verb)
    own = file.words
    fixed = {"according", "clear", "quoted", "put", "puts"}
    phrases = own.hearsay | own.stances | own.views | own.attitudes | fixed
    return Lexicon(
        {form: tuple(verbs) for form, verbs in forms.items()}, own, phrases | forms.keys()
    )


def _inflected(
    lemma: str, irregular: Mapping[str, tuple[str, str, str, str]]
) -> list[tuple[str, str]]:
    if lemma in irregular:
        third, past, participle, gerund = irregular[lemma]
    else:
        soft = lemma.endswith("y") and lemma[-2] not in "aeiou"
        sibilant = lemma.endswith(("s", "x", "z", "ch", "sh"))
        third = lemma[:-1] + "ies" if soft else lemma + ("es" if sibilant else "s")
        past = lemma[:-1] + "ied" if soft else lemma + ("d" if lemma.endswith("e") else "ed")
        drops = lemma.endswith("e") and not lemma.endswith("ee")
        participle, gerund = past, (lemma[:-1] if drops else lemma) + "ing"
    forms = [(BASE, lemma), (THIRD, third), (PAST, past), (GERUND, gerund)]
    return forms if participle in {past, lemma} else [*forms, (PARTICIPLE, participle)]
