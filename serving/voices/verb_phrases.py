"""What stands between a verb and its subject: auxiliaries, negation, adverbs."""

from dataclasses import dataclass

from stancekit.serving.voices.lexicon import Words
from stancekit.serving.voices.narration import Narration

__all__ = ["VerbPhrase", "verb_phrase"]

_LONGEST = 6
_GOES_ON = (["went", "on"], ["goes", "on"])
_LIKES = (["continues"], ["continued"], ["like"], ["likes"])


@dataclass(slots=True)
class VerbPhrase:
    """The words before a verb that belong to it; `last` is the last one that does not.

    `duty` is what the author asks for ("must say") or thinks possible ("can say"), `modal` what
    somebody might or will say.
    """

    last: int
    be: bool = False
    auxiliary: bool = False
    modal: bool = False
    duty: bool = False
    negated: bool = False
    infinitive: bool = False


def verb_phrase(own: Narration, place: int, words: Words) -> VerbPhrase:
    """Return what stands before the verb `place`."""
    phrase = VerbPhrase(place - 1)
    for _ in range(_LONGEST):
        if phrase.last < 0 or not _takes_in(phrase, own, words):
            break
        phrase.last -= 1
    if phrase.last >= 0 and own.low[phrase.last].endswith(("'d", "'ll")):
        phrase.modal = True
    return phrase


def _takes_in(phrase: VerbPhrase, own: Narration, words: Words) -> bool:
    """Take in word `phrase.last` and return whether it belongs to the verb."""
    word = own.low[phrase.last]
    if word in words.adverbs or (word.endswith("ly") and len(word) > 4):
        phrase.negated |= word in {"not", "never"}
    elif word in words.auxiliaries:
        phrase.auxiliary = True
    elif word in words.modals:
        phrase.modal = True
    elif word in words.duties:
        phrase.duty = True
    elif word in words.be:
        phrase.be = True
    elif word.endswith("n't"):
        phrase.negated = phrase.auxiliary = True
    elif word == "to":
        before = own.low[max(0, phrase.last - 2) : phrase.last]
        phrase.infinitive = before[-1:] not in _LIKES and before not in _GOES_ON
        phrase.auxiliary = True
        phrase.last -= 1
        return not phrase.infinitive
    else:
        return False
    return True
