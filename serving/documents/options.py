"""How documents are read and screened."""

from dataclasses import dataclass

from stancekit.labels.errors import InputError
from stancekit.serving.documents.language import LANGUAGES

__all__ = ["ReadingOptions"]


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How rows of tables become documents, and what language documents are expected in.

    `id_column` None takes a column `id` if there is one, else the row's place; `one_sentence` takes
    each text as one sentence instead of cutting it; `language` is a code of `LANGUAGES`, None
    leaves the language unchecked; a text of more than `longest` characters is set aside without a
    further look, None leaves the bound that holds for all. Raises InputError for a language that
    cannot be told.
    """

    text_column: str = "text"
    id_column: str | None = None
    one_sentence: bool = False
    language: str | None = "en"
    longest: int | None = None

    def __post_init__(self) -> None:
        if self.language is not None and self.language not in LANGUAGES:
            raise InputError(
                f"language '{self.language}': expected any, or one of {', '.join(LANGUAGES)}"
            )
