"""The JSON of requests."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

__all__ = ["DocumentIn", "EvidenceRequest", "InvocationsRequest", "ScoreRequest", "SentenceIn"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class DocumentIn(_Strict):
    """A document. Without an `id` it is named by its place, such as `documents[0]`."""

    id: str | None = Field(default=None, max_length=1000)
    text: str
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("metadata")
    @classmethod
    def _finite(cls, given: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if not _is_finite(given):
            raise ValueError("holds a number that is too large, or none")
        return given


class SentenceIn(_Strict):
    """One sentence, taken as it is, and the one before it."""

    text: str
    context: str = ""


class ScoreRequest(_Strict):
    """Either documents, which are cut into sentences, or sentences.

    `language` is what the texts are expected in; another one is set aside, "any" scores all.
    """

    documents: list[DocumentIn] | None = None
    sentences: list[SentenceIn] | None = None
    language: Literal["en", "any"] = "en"
    with_text: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "ScoreRequest":
        if (self.documents is None) == (self.sentences is None):
            raise ValueError("expected exactly one of 'documents' and 'sentences'")
        return self


class EvidenceRequest(_Strict):
    """A sentence, the one before it, and the task whose label is to be explained."""

    text: str
    context: str = ""
    task: str


class Split(_Strict):
    """A table as pandas writes it with `orient="split"`."""

    columns: list[str | int] | None = None
    index: list[JsonValue] | None = None
    data: list[list[JsonValue]]


class InvocationsRequest(_Strict):
    """Texts in one of the four forms of MLflow's scoring protocol; `params` are not used."""

    dataframe_split: Split | None = None
    dataframe_records: list[dict[str, JsonValue]] | None = None
    instances: JsonValue = None
    inputs: JsonValue = None
    params: dict[str, JsonValue] | None = None


def _is_finite(value: JsonValue) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list) else True
