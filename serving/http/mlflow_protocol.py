"""MLflow's scoring protocol, so that what calls `mlflow models serve` can call this instead."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import TypeVar

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stancekit.labels.errors import InputError
from stancekit.models.text import check_text
from stancekit.serving.http.jobs import Job, Scored
from stancekit.serving.http.problems import Problem
from stancekit.serving.http.request_schemas import InvocationsRequest, Split
from stancekit.serving.http.service import json_response, parsed, service_of
from stancekit.serving.http.work import to_json
from stancekit.serving.passages import sentence_passage
from stancekit.serving.scored import ScoredDocument

__all__ = ["ROUTES", "rows_of", "texts_of"]

N = TypeVar("N", str, str | int)

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_COLUMN = "text"


async def ping(_: Request) -> Response:
    """Say that the model can be asked."""
    return json_response(b"\n")


async def server_version(_: Request) -> Response:
    """Name the version of stancekit."""
    return Response(version("stancekit"), media_type="text/plain")


async def invocations(request: Request) -> Response:
    """Score texts as sentences; a row a text and task, as the bundle's MLflow model answers."""
    service = service_of(request)
    with service.in_flight.one():
        given = parsed(request, await service.body(request), InvocationsRequest)
        texts = texts_of(given, service.limits.documents)
        service.note_texts(request, iter(texts))
        passages = (sentence_passage("", text) for text in texts)
        job = lambda: Job(passages, _answer, sum(map(len, texts)))  # noqa: E731
        return json_response(await service.run(request, job))


def texts_of(given: InvocationsRequest, most: int) -> list[str]:
    """Return the texts of one of the four forms, `most` of them at most.

    A table has one column, or one called `text`. Raises Problem 400 if there is not exactly one
    form, or another one than expected; 422 for more texts, or for one that cannot be scored, with
    its position.
    """
    present = [name for name in FORMS if name in given.model_fields_set]
    if len(present) != 1:
        raise Problem(400, f"expected exactly one of {', '.join(FORMS)}, given {len(present)}")
    [form] = present
    if form == "dataframe_split":
        values = _split(given.dataframe_split, most)
    else:
        values = _values(getattr(given, form), form, most)
    try:
        return [check_text(value, f"{form}.{row}") for row, value in enumerate(values)]
    except InputError as fault:
        raise Problem(422, str(fault)) from None


def _split(table: Split | None, most: int) -> list[object]:
    if table is None:
        raise Problem(422, "dataframe_split: expected columns and data, given null")
    _check_count(table.data, most)
    names: Sequence[str | int] | None = table.columns
    if names is None:
        names = [str(n) for n in range(max(map(len, table.data), default=1))]
    column = names.index(_text_of(names, "dataframe_split"))
    for number, row in enumerate(table.data):
        if len(row) != len(names):
            raise Problem(
                422, f"dataframe_split.data.{number}: {len(row)} values in {len(names)} columns"
            )
    return [row[column] for row in table.data]


def _values(given: JsonValue, form: str, most: int) -> list[object]:
    """Return the texts of a list, of a list of rows, or of a column by its name."""
    if isinstance(given, dict):
        given = given[_text_of(list(given), form)]
    if not isinstance(given, list):
        raise Problem(422, f"{form}: expected a list of texts")
    _check_count(given, most)
    return [_row(value, f"{form}.{number}") for number, value in enumerate(given)]


def _row(value: JsonValue, where: str) -> object:
    if isinstance(value, dict):
        return value[_text_of(list(value), where)]
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    return value


def _text_of(names: Sequence[N], where: str) -> N:
    """Return the name of the column of texts."""
    if len(names) == 1:
        return names[0]
    for name in names:
        if name == _COLUMN:
            return name
    raise Problem(422, f"{where}: expected one column, or one called '{_COLUMN}'")


def _check_count(values: Sequence[object], most: int) -> None:
    if len(values) > most:
        raise Problem(422, f"{len(values):,} texts, expected at most {most:,}")


def rows_of(scored: Iterable[ScoredDocument]) -> list[dict[str, object]]:
    """Return a row a text and task."""
    return [
        {
            "sentence": position,
            "text": document.sentences[0].text,
            "task": task,
            "label": own.label,
            "probability": own.probability,
        }
        for position, document in enumerate(scored)
        for task, own in document.sentences[0].predictions.items()
    ]


def _answer(scored: Sequence[Scored]) -> bytes:
    return to_json({"predictions": rows_of(document for _, document in scored)})


ROUTES = (
    Route("/ping", ping),
    Route("/health", ping),
    Route("/version", server_version),
    Route("/invocations", invocations, methods=["POST"]),
)
