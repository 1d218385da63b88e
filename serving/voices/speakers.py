"""Who is reported, as the document names them; pronouns and surnames where it is unmistakable."""

import re
from dataclasses import dataclass, field

from stancekit.serving.voices.lexicon import Words
from stancekit.serving.voices.narration import Narration
from stancekit.serving.voices.subjects import END, Subject, is_participle

__all__ = ["Memory", "named"]

_WINDOW = 20_000
"""Characters before a surname in which the full name is looked for: bounds the time."""
_FRESH = 2
"""Sentences for which a pronoun can mean the last speaker."""
_LONGEST = 12
_NAME = re.compile(r"[A-Z][\w’'-]*(?:\s(?:(?:von|van|der|de|bin|al|[A-Z]\.)\s)?[A-Z][\w’'-]+){1,3}")  # noqa: RUF001
_BEFORE = re.compile(r"([A-Z][\w’'-]+(?: [A-Z]\.)?) $")  # noqa: RUF001
_AFTER = re.compile(r" ([A-Z][\w’-]+)")  # noqa: RUF001
_ALONE = re.compile(r"[A-Z][\w’-]+$")  # noqa: RUF001
_CUT = re.compile(r"(?:'s|’s|(?<=s)['’])$")  # noqa: RUF001


@dataclass(slots=True)
class Memory:
    """Who spoke last, and in which sentence: what pronouns can mean.

    `people` holds, for a surname, up to where it was looked for and the full names found.
    """

    speaker: str = ""
    kind: str = ""
    sentence: int = -_FRESH - 1
    people: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)

    def keep(self, speaker: str, kind: str, sentence: int) -> None:
        """Remember the speaker of `sentence`; the place alone if it names none."""
        if speaker:
            self.speaker, self.kind, self.sentence = speaker, kind, sentence


def named(
    text: str,
    own: Narration,
    subject: Subject,
    sentence: int,
    recent: str,
    memory: Memory,
    words: Words,
) -> tuple[str, str]:
    """Return the speaker that `subject` names, and of which kind: person, group, other or "".

    `recent` is the text of the sentences just before: a person who is the only one there can be
    meant by "he" and "she". The name is "" where a pronoun could be several.
    """
    if subject.kind in {"pronoun", "it"}:
        # In the middle of a sentence "they" may be somebody whom it has named itself.
        if subject.first > 2 and own.low[subject.first] in {"they", "it", "their"}:
            return "", ""
        return _meant(own.low[subject.first].split("'")[0], sentence, recent, memory, words)
    bound = subject.bound
    listed = bound > 0 and own.low[bound] == "," and own.raw[bound - 1][0].isupper()
    if listed and "and" in own.low[subject.first : subject.end]:
        return "", ""  # the end of a list of names
    first, end = _shortest(text, own, subject, words)
    name = _CUT.sub("", own.text(text, first, end))
    person = _is_person(name, words)
    if not person and end - first == 1 and _ALONE.match(name):
        name = _completed(text, name, own.places()[first][0], memory, words)
        person = _is_person(name, words)
    if person:
        return name, "person"
    head = own.low[subject.head_end - 1]
    return name, "group" if head.endswith("s") or head in words.plurals else "other"


def _shortest(text: str, own: Narration, subject: Subject, words: Words) -> tuple[int, int]:
    """Return the words of the name: without titles before it, and what hangs on it."""
    first, head_end = subject.first, subject.head_end
    aside = _aside(own, subject, words)
    if aside is not None:
        return aside
    for place in range(head_end - 2, first - 1, -1):
        if own.low[place] in words.titles or own.low[place].rstrip(".") in words.titles:
            following = own.raw[place + 1 : head_end]
            names = [word for word in following if word.lower() not in words.particles]
            institution = any(word.lower() in words.no_person for word in names)
            if all(word[0].isupper() for word in names) and not institution:
                return place + 1, head_end
            break
    end = subject.end
    if end > head_end and is_participle(own.raw[head_end]):
        return first, min(end, first + _LONGEST)  # "people familiar with the plan"
    while end > head_end and own.low[end - 1] in words.leads | words.prepositions:
        end -= 1
    hangs = own.low[head_end] if end > head_end else ""
    proper = own.raw[head_end - 1][0].isupper()
    somebody = _is_person(own.text(text, first, head_end), words)
    if (hangs == "of" and not somebody) or (
        hangs in {"for", "at", "from", "in", "by"} and not proper
    ):
        further = head_end + 1
        while further < end and own.low[further] not in words.prepositions - {"of", "for", "at"}:
            further += 1
        end = further
        while end > head_end and own.low[end - 1] in words.leads | words.prepositions:
            end -= 1
    else:
        end = head_end
    return (first, end) if end - first <= _LONGEST else (first, head_end)


def _aside(own: Narration, subject: Subject, words: Words) -> tuple[int, int] | None:
    """Return the name behind a comma: of "its founder, Li Wei, said"."""
    if own.raw[subject.head_end - 1][0].isupper() or own.low[subject.end : subject.end + 1] != [
        ","
    ]:
        return None
    first = end = subject.end + 1
    while end < len(own.raw) and own.raw[end][0].isupper() and end - first < 4:
        end += 1
    closed = end == len(own.raw) or own.low[end] in END
    name = " ".join(own.raw[first:end])
    return (first, end) if closed and _is_person(name, words) else None


def _is_person(name: str, words: Words) -> bool:
    parts = name.replace(".", "").lower().split()
    known = words.no_person | words.determiners | words.persons | words.texts | words.data
    return bool(_NAME.fullmatch(name)) and not any(_stem(part) in known for part in parts)


def _stem(part: str) -> str:
    return _CUT.sub("", part)


def _meant(
    pronoun: str, sentence: int, recent: str, memory: Memory, words: Words
) -> tuple[str, str]:
    pronoun = {"his": "he", "her": "she", "their": "they"}.get(pronoun, pronoun)
    fresh = memory.speaker if 0 < sentence - memory.sentence <= _FRESH else ""
    if pronoun in {"he", "she"}:
        people = set(_people(recent, words))
        if fresh and memory.kind == "person":
            people = {name for name in people if name not in fresh and fresh not in name}
            people.add(fresh)
        return (people.pop(), "person") if len(people) == 1 else ("", "")
    wanted = "group" if pronoun == "they" else "other"
    return (fresh, wanted) if fresh and memory.kind == wanted else ("", "")


def _people(recent: str, words: Words) -> list[str]:
    found = []
    for match in _NAME.finditer(recent):
        parts = match.group().split()
        while parts and (
            parts[0].lower() in words.titles
            or parts[0].lower() in words.no_person
            or parts[0].lower() in words.prepositions
            or parts[0].lower() in words.leads
            or parts[0].lower() in words.determiners
        ):
            parts = parts[1:]
        name = _CUT.sub("", " ".join(parts))
        if _is_person(name, words):
            found.append(name)
    return found


def _completed(text: str, name: str, place: int, memory: Memory, words: Words) -> str:
    """Return the full name of which `name` is a part, if exactly one stands before it."""
    if name.lower() in words.no_person or name.lower() in words.persons:
        return name
    looked, people = memory.people.get(name, (0, frozenset()))
    # What was read before is not read again, so that the time stays in proportion to the text.
    found = people | _full_names(text, name, max(looked, place - _WINDOW), place, words)
    memory.people[name] = (place, found)
    return next(iter(found)) if len(found) == 1 else name


def _full_names(text: str, name: str, start: int, place: int, words: Words) -> frozenset[str]:
    found: set[str] = set()
    while (start := text.find(name, start, place)) >= 0:
        end = start + len(name)
        if not (text[end : end + 1].isalnum() or text[start - 1 : start].isalnum()):
            before = _BEFORE.search(text, max(0, start - 40), start)
            after = _AFTER.match(text, end)
            if before is not None and not _is_function(before.group(1), words):
                found.add(f"{before.group(1)} {name}")
            elif after is not None and not _is_function(after.group(1), words):
                found.add(f"{name} {_CUT.sub('', after.group(1))}")
        start = end
    return frozenset(full for full in found if _is_person(full, words))


def _is_function(word: str, words: Words) -> bool:
    low = word.lower()
    return (
        low in words.titles or low in words.determiners or low in words.prepositions
        or low in words.leads or low in words.subordinators or low in words.conjunctions
        or low in words.persons or low in words.adverbs or low in {"as", *words.relatives}
    )  # fmt: skip
