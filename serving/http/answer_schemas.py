"""The JSON of answers, as the description shows it; answers are written without these models."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

__all__ = [
    "BundleAnswer",
    "CodebookAnswer",
    "EvidenceAnswer",
    "FileAnswer",
    "InvocationsAnswer",
    "ProblemAnswer",
    "ScoreAnswer",
    "StatusAnswer",
]


class PredictionOut(BaseModel):
    """The most probable label of a task, and the probability of each; these sum to 1.

    `labels` is the set that holds the right one but for the `error_rate`; more than one: undecided.
    """

    label: str
    probabilities: dict[str, float]
    labels: Annotated[list[str], Field(min_length=1)]
    undecided: bool


class SentenceOut(BaseModel):
    """A sentence: characters `[start, end)` of its document, and whose position it puts forward.

    `speaker` is who is reported, "" where nobody is or no one is named.
    """

    index: int
    start: int
    end: int
    text: str
    context: str
    voice: Literal["author", "reported", "unclear"]
    speaker: str
    predictions: dict[str, PredictionOut]


class LeftOut(BaseModel):
    """Characters of a document that are not scored, and what they are."""

    start: int
    end: int
    kind: str


class DocumentOut(BaseModel):
    """A document scored; `summary` has the share of each label."""

    id: str
    metadata: dict[str, Any]
    sentences: list[SentenceOut]
    left_out: list[LeftOut]
    summary: dict[str, dict[str, float]]
    text: str | None = Field(default=None, description="with `with_text` only")


class SetAsideOut(BaseModel):
    """A document or sentence that could not be scored, and why."""

    document: str
    place: str
    reason: str


class ScoreAnswer(BaseModel):
    """What was scored, in the order in which it came, and what was set aside.

    `error_rate` is how often the set of labels of a sentence may miss the right one.
    """

    bundle: str
    codebook: str
    error_rate: float
    documents: list[DocumentOut]
    set_aside: list[SetAsideOut]


class FileDocument(DocumentOut):
    """A document of a file, with the text that was read."""

    text: str = ""


class FileAnswer(ScoreAnswer):
    """The documents of a file."""

    documents: list[FileDocument]  # type: ignore[assignment]


class WordOut(BaseModel):
    """A word of the sentence; a `contribution` above 0 speaks for the label."""

    start: int
    end: int
    text: str
    contribution: float


class EvidenceAnswer(BaseModel):
    """The label that the task has, and what each word says for it or against it."""

    task: str
    label: str
    method: Literal["exact", "leave-one-out"]
    words: list[WordOut]
    note: str


class LabelOut(BaseModel):
    """A label of a task; `value` is its place on the task's scale."""

    name: str
    display: str
    value: int
    colour: str
    definition: str
    examples: list[str]


class ExampleOut(BaseModel):
    """A sentence and the label that a rule gives it."""

    text: str
    label: str


class RuleOut(BaseModel):
    """A rule of a task."""

    id: str
    text: str
    examples: list[ExampleOut]


class TaskOut(BaseModel):
    """A task: the question that is asked of each sentence, and its labels."""

    name: str
    title: str
    question: str
    default: str
    labels: list[LabelOut]
    rules: list[RuleOut]


class CodebookAnswer(BaseModel):
    """What the labels mean."""

    version: str
    title: str
    scope: str
    tasks: list[TaskOut]
    digest: str


class ScoreOut(BaseModel):
    """A figure with its 95 % interval, and the signature that says how it came about."""

    task: str
    metric: str
    value: float
    low: float
    high: float
    signature: str


class BundleAnswer(BaseModel):
    """The model: what made it, and how good it is."""

    id: str
    name: str
    kind: str
    written_by: str
    codebook_digest: str
    dataset_digest: str
    recipe: str
    seed: int
    temperatures: dict[str, float]
    scores: list[ScoreOut]


class InvocationsRow(BaseModel):
    """A text and task; `sentence` is the position of the text."""

    sentence: int
    text: str
    task: str
    label: str
    probability: float


class InvocationsAnswer(BaseModel):
    """What an MLflow model of the same bundle answers."""

    predictions: list[InvocationsRow]


class StatusAnswer(BaseModel):
    """Whether the service does what it should."""

    status: str


class ProblemAnswer(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: str
