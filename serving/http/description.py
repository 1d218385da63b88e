"""The description of the interface (OpenAPI): schemas within the limits, examples that are true."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from stancekit.serving.classifier import Classifier
from stancekit.serving.documents import SUFFIXES
from stancekit.serving.http import answer_schemas, request_schemas
from stancekit.serving.http.bounds import bounded
from stancekit.serving.http.examples import Examples
from stancekit.serving.http.limits import RETRY_S, Limits
from stancekit.serving.http.problems import MEDIA_TYPE, title
from stancekit.serving.http.security import OPEN
from stancekit.serving.http.shown import shown_bundle, shown_codebook

__all__ = ["described"]

JsonObject = dict[str, Any]

_JSON = "application/json"
_PLAIN = "text/plain"
_REQUESTS: tuple[type[BaseModel], ...] = (
    request_schemas.ScoreRequest,
    request_schemas.EvidenceRequest,
    request_schemas.InvocationsRequest,
)
_ANSWERS: tuple[type[BaseModel], ...] = (
    answer_schemas.ScoreAnswer,
    answer_schemas.FileAnswer,
    answer_schemas.EvidenceAnswer,
    answer_schemas.CodebookAnswer,
    answer_schemas.BundleAnswer,
    answer_schemas.InvocationsAnswer,
    answer_schemas.StatusAnswer,
    answer_schemas.ProblemAnswer,
)
_PROBLEMS = {
    400: "what was sent cannot be read",
    401: "no token, or another one",
    403: "sent by a browser for another web site, which was not let in",
    408: "the body came too slowly",
    413: "the body is too long",
    415: "not the media type that is expected",
    422: "what was sent is not as it should be, or too much; `detail` says where",
    429: "too many requests are being answered; try again",
    503: "no answer in time, or none to be expected; or the service stops",
}
_AGAIN = (429, 503)
_OF_A_BODY = tuple(status for status in _PROBLEMS if status != 401)


_ABOUT = """{title}

Texts go in, and for each sentence come the most probable label of each task and the probability of
every label. What the tasks and labels mean, `/v1/codebook` says; how far the model is to be
trusted, `/v1/bundle`. A document that cannot be scored is set aside with the reason, and the others
are scored. Nothing is kept. What goes wrong is told as problem details (RFC 9457); 429 and 503 say
in `Retry-After` after how many seconds to ask again. Offsets count characters (code points)."""


def described(classifier: Classifier, limits: Limits, *, has_token: bool) -> JsonObject:
    """Return the description; the examples of answers are those that `classifier` gives."""
    modes = [(model, "validation") for model in _REQUESTS]
    modes += [(model, "serialization") for model in _ANSWERS]
    _, found = models_json_schema(modes, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    components: JsonObject = {"schemas": bounded(found["$defs"], limits, classifier.codebook)}
    description: JsonObject = {
        "openapi": "3.1.0",
        "info": {
            "title": "stancekit",
            "version": version("stancekit"),
            "description": _ABOUT.format(title=classifier.codebook.title),
        },
        "tags": [
            {"name": "scores", "description": "texts in, labels and probabilities out"},
            {"name": "model", "description": "what labels mean, and how good the model is"},
            {"name": "MLflow", "description": "the protocol of `mlflow models serve`"},
            {"name": "operation", "description": "for probes and for Prometheus"},
        ],
        "paths": {**_posts(Examples(classifier)), **_gets(classifier)},
        "components": components,
    }
    if has_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        description["security"] = [{"token": []}]
        _describe_token(description["paths"])
    return description


def _describe_token(paths: JsonObject) -> None:
    for path, operations in paths.items():
        for operation in operations.values():
            if path in OPEN:
                operation["security"] = []
            else:
                operation["responses"].setdefault("401", _problem(401))


def _posts(examples: Examples) -> JsonObject:
    with_text = _query(
        "with_text",
        {"type": "boolean", "default": False},
        "Whether each document comes back with its text; the member of the body says the same.",
    )
    language = _query(
        "language",
        {"type": "string", "enum": ["en", "any"], "default": "en"},
        "What the texts are expected in; another one is set aside, `any` scores all.",
    )
    form = {
        "type": "object",
        "properties": {
            "file": {
                "type": "string",
                "contentMediaType": "application/octet-stream",
                "description": f"its name ends in one of {', '.join(SUFFIXES)}",
            }
        },
        "required": ["file"],
        "additionalProperties": False,
    }
    return {
        "/v1/score": _post(
            "scores", "score", "Score documents or sentences", "ScoreRequest", "ScoreAnswer",
            examples.scored(), [with_text],
        ),
        "/v1/files": _post(
            "scores", "scoreFile", "Score the documents of a file", form, "FileAnswer",
            ({}, examples.file()), [language],
        ),
        "/v1/evidence": _post(
            "scores", "explain", "Say what each word of a sentence speaks for", "EvidenceRequest",
            "EvidenceAnswer", examples.explained(),
        ),
        "/invocations": _post(
            "MLflow", "invoke", "Score texts as an MLflow model does", "InvocationsRequest",
            "InvocationsAnswer", examples.invoked(),
        ),
    }  # fmt: skip


def _gets(classifier: Classifier) -> JsonObject:
    codebook = _content("CodebookAnswer", {"served": shown_codebook(classifier.codebook)})
    bundle = _content("BundleAnswer", {"served": shown_bundle(classifier.bundle.manifest)})
    runs = _content("StatusAnswer", {"well": {"status": "ok"}})
    ready = _content("StatusAnswer", {"well": {"status": "ready"}})
    text = {"schema": {"type": "string"}}
    return {
        "/v1/codebook": _get("model", "codebook", "Say what the labels mean", {_JSON: codebook}),
        "/v1/bundle": _get(
            "model", "bundle", "Say what the model is, and how good", {_JSON: bundle}
        ),
        "/ping": _get("MLflow", "ping", "Say that the model can be asked", {_JSON: {}}),
        "/health": _get("MLflow", "health", "Say the same", {_JSON: {}}),
        "/version": _get("MLflow", "version", "Name the version of stancekit", {_PLAIN: text}),
        "/healthz": _get("operation", "healthz", "Say that the process runs", {_JSON: runs}),
        "/readyz": _get("operation", "readyz", "Say whether it can answer", {_JSON: ready}, (503,)),
        "/metrics": _get("operation", "metrics", "Count, for Prometheus", {_PLAIN: text}),
    }


def _get(
    tag: str, name: str, summary: str, content: JsonObject, problems: Sequence[int] = ()
) -> JsonObject:
    answers = {"200": {"description": "as asked", "content": content}, **_problems(problems)}
    return {"get": {"tags": [tag], "operationId": name, "summary": summary, "responses": answers}}


def _post(
    tag: str,
    name: str,
    summary: str,
    body: str | JsonObject,
    answer: str,
    examples: tuple[JsonObject, JsonObject],
    parameters: Sequence[JsonObject] = (),
) -> JsonObject:
    """Describe an operation; `body` is the name of a schema of JSON, or that of a form."""
    asked, answered = examples
    if isinstance(body, str):
        content = {_JSON: _content(body, asked)}
    else:
        content = {"multipart/form-data": {"schema": body}}
    return {
        "post": {
            "tags": [tag],
            "operationId": name,
            "summary": summary,
            "parameters": list(parameters),
            "requestBody": {"required": True, "content": content},
            "responses": {
                "200": {"description": "as asked", "content": {_JSON: _content(answer, answered)}},
                **_problems(_OF_A_BODY),
            },
        }
    }


def _problems(statuses: Sequence[int]) -> JsonObject:
    return {str(status): _problem(status) for status in statuses}


def _problem(status: int) -> JsonObject:
    shown = {
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": _PROBLEMS[status],
        "instance": "/",
    }
    problem: JsonObject = {
        "description": _PROBLEMS[status],
        "content": {MEDIA_TYPE: _content("ProblemAnswer", {"problem": shown})},
    }
    if status in _AGAIN:
        seconds = {"type": "integer", "minimum": 0, "example": RETRY_S}
        problem["headers"] = {
            "Retry-After": {"description": "seconds to wait", "required": True, "schema": seconds}
        }
    return problem


def _content(schema: str, examples: JsonObject) -> JsonObject:
    content: JsonObject = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if examples:
        content["examples"] = {name: {"value": value} for name, value in examples.items()}
    return content


def _query(name: str, schema: JsonObject, description: str) -> JsonObject:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
