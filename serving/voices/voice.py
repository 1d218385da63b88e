"""The answer: whose position a sentence puts forward."""

from dataclasses import dataclass

__all__ = ["AUTHOR", "REPORTED", "UNCLEAR", "VOICES", "Voice"]

AUTHOR = "author"
REPORTED = "reported"
UNCLEAR = "unclear"
VOICES = (AUTHOR, REPORTED, UNCLEAR)


@dataclass(frozen=True, slots=True)
class Voice:
    """`author`, `reported`, or `unclear` where the rules do not decide.

    `speaker` is who is reported, as the document names them; "" where nobody is, or no one is
    named.
    """

    voice: str
    speaker: str = ""
