"""MLflow's scoring protocol, so that what calls `mlflow models serve` can call this instead."""

from collections.abc import Sequence
from importlib.metadata import version

from fastapi import APIRouter
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response

from stancekit.labels.errors import InputError
from stancekit.models.text import check_text
from stancekit.serving.http.batching import Job, Scored
from stancekit.serving.http.problems import Problem
from stancekit.serving.http.request_schemas import InvocationsRequest
from stancekit.serving.http.service import json_response, parsed, service_of
from stancekit.serving.http.work import to_json
from stancekit.serving.passages import sentence_passage

__all__ = ["router", "texts_of"]

router = APIRouter()

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
_COLUMN = "text"


@router.get("/ping")
async def ping() -> Response:
    """Say that the model can be asked."""
    return json_response(b"\n")


@router.get("/health")
async def health() -> Response:
    """Say the same."""
    return json_response(b"\n")


@router.get("/version")
async def server_version() -> Response:
    """Name the version of stancekit."""
    return Response(version("stancekit"), media_type="text/plain")


@router.post("/invocations")
async def invocations(request: Request) -> Response:
    """Score texts as sentences; a row a text and task, as the bundle's MLflow model answers."""
    service = service_of(request)
    with service.in_flight.one():
        given = parsed(request, await service.body(request), InvocationsRequest)
        texts = texts_of(given)
        if len(texts) > service.limits.documents:
            raise Problem(
                422, f"{len(texts):,} texts, expected at most {service.limits.documents:,}"
            )
        service.note_texts(request, iter(texts))
        job = lambda: Job((sentence_passage("", text) for text in texts), _answer)  # noqa: E731
        return json_response(await service.run(request, job))


def texts_of(given: InvocationsRequest) -> list[str]:
    """Return the texts of one of the four forms.

    A table has one column, or one called `text`. Raises Problem 400 if there is not exactly one
    form, or another one than expected; 422 for a text that cannot be scored, with its position.
    """
    present = [name for name in FORMS if name in given.model_fields_set]
    if len(present) != 1:
        raise Problem(400, f"expected exactly one of {', '.join(FORMS)}, given {len(present)}")
    [form] = present
    values: Sequence[object]
    if form == "dataframe_split":
        values = _split(given)
    elif form == "dataframe_records":
        values = [_cell(row, f"{form}.{n}") for n, row in enumerate(given.dataframe_records or ())]
    else:
        values = _values(getattr(given, form), form)
    try:
        return [check_text(value, f"{form}.{row}") for row, value in enumerate(values)]
    except InputError as fault:
        raise Problem(422, str(fault)) from None


def _split(given: InvocationsRequest) -> list[object]:
    table = given.dataframe_split
    if table is None:
        raise Problem(422, "dataframe_split: expected columns and data, given null")
    names = table.columns or [str(n) for n in range(max(map(len, table.data), default=1))]
    column = 0 if len(names) == 1 else _named([str(name) for name in names], "dataframe_split")
    for number, row in enumerate(table.data):
        if len(row) != len(names):
            raise Problem(
                422, f"dataframe_split.data.{number}: {len(row)} values in {len(names)} columns"
            )
    return [row[column] for row in table.data]


def _named(names: Sequence[str], where: str) -> int:
    if _COLUMN not in names:
        raise Problem(422, f"{where}: expected one column, or one called '{_COLUMN}'")
    return names.index(_COLUMN)


def _cell(row: dict[str, JsonValue], where: str) -> object:
    if len(row) == 1:
        return next(iter(row.values()))
    return list(row.values())[_named(list(row), where)]


def _values(given: JsonValue, form: str) -> list[object]:
    """Return the texts of a list, of a list of rows, or of a column by its name."""
    if isinstance(given, dict):
        name = next(iter(given)) if len(given) == 1 else list(given)[_named(list(given), form)]
        return _values(given[name], form)
    if not isinstance(given, list):
        raise Problem(422, f"{form}: expected a list of texts")
    return [_row(value, f"{form}.{number}") for number, value in enumerate(given)]


def _row(value: JsonValue, where: str) -> object:
    if isinstance(value, dict):
        return _cell(value, where) if value else None
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    return value


def _answer(scored: Sequence[Scored]) -> bytes:
    rows = [
        {
            "sentence": position,
            "text": document.sentences[0].text,
            "task": task,
            "label": own.label,
            "probability": own.probability,
        }
        for position, (_, document) in enumerate(scored)
        for task, own in document.sentences[0].predictions.items()
    ]
    return to_json({"predictions": rows})
