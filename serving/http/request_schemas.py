"""The JSON of requests."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    field_validator,
    model_validator,
)

from stancekit.serving.http.limits import Limits

__all__ = [
    "DocumentIn",
    "EvidenceRequest",
    "InvocationsRequest",
    "ScoreRequest",
    "SentenceIn",
    "Split",
]


T = TypeVar("T")
FirstFault = Annotated[list[T], Field(fail_fast=True)]
"""A list whose first fault is its only one: a body can hold millions of them."""

_MOST_MEMBERS = 32
_MOST_METADATA = 1_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _few_members(cls, given: object) -> object:
        if isinstance(given, dict) and len(given) > _MOST_MEMBERS:
            raise ValueError(f"{len(given):,} members, expected {', '.join(cls.model_fields)}")
        return given


class DocumentIn(_Strict):
    """A document. Without an `id` it is named by its place, such as `documents[0]`.

    `metadata` comes back as it is: 1,000 values at most, those within lists and objects counted.
    """

    id: str | None = Field(default=None, max_length=1000)
    text: str
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("metadata")
    @classmethod
    def _plain(cls, given: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for number, value in enumerate(_values(given)):
            if number > _MOST_METADATA:
                raise ValueError(f"more than {_MOST_METADATA:,} values")
            if isinstance(value, float) and not math.isfinite(value):
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

    documents: FirstFault[DocumentIn] | None = None
    sentences: FirstFault[SentenceIn] | None = None
    language: Literal["en", "any"] = "en"
    with_text: bool = False

    @field_validator("documents", "sentences", mode="before")
    @classmethod
    def _few(cls, given: object, info: ValidationInfo) -> object:
        limits = info.context
        if isinstance(given, list) and isinstance(limits, Limits) and len(given) > limits.documents:
            raise ValueError(f"{len(given):,} of them, expected at most {limits.documents:,}")
        return given

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

    columns: FirstFault[str | int] | None = None
    index: FirstFault[JsonValue] | None = None
    data: FirstFault[FirstFault[JsonValue]]


class InvocationsRequest(_Strict):
    """Texts in one of the four forms of MLflow's scoring protocol; `params` are not used."""

    dataframe_split: Split | None = None
    dataframe_records: FirstFault[dict[str, JsonValue]] | None = None
    instances: JsonValue = None
    inputs: JsonValue = None
    params: dict[str, JsonValue] | None = None


def _values(value: JsonValue) -> Iterator[JsonValue]:
    """Yield a value and all within it."""
    yield value
    if isinstance(value, dict):
        for own in value.values():
            yield from _values(own)
    elif isinstance(value, list):
        for own in value:
            yield from _values(own)
