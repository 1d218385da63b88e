"""What one construction in a sentence says of its voice."""

from dataclasses import dataclass

from stancekit.serving.voices.subjects import Subject
from stancekit.serving.voices.voice import AUTHOR, UNCLEAR

__all__ = ["NOTHING", "SHARING", "UNDECIDED", "Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The voice, and who is reported, where the construction names them.

    `past` says that the verb is in the past, so that what follows it may go on in its tense;
    `shares` that its subject is that of the verb before it ("rejected this and said").
    """

    voice: str
    subject: Subject | None = None
    past: bool = False
    shares: bool = False


NOTHING = Finding(AUTHOR)
UNDECIDED = Finding(UNCLEAR)
SHARING = Finding(UNCLEAR, shares=True)
