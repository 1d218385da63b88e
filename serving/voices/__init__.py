"""Who speaks in each sentence: the author of the text, or somebody whom it reports."""

from stancekit.serving.voices.voice import AUTHOR, REPORTED, UNCLEAR, Voice
from stancekit.serving.voices.walk import sentence_voice, voices

__all__ = ["AUTHOR", "REPORTED", "UNCLEAR", "Voice", "sentence_voice", "voices"]
