"""The description of the interface (OpenAPI): schemas within the limits, examples that are true."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from stancekit.serving.classifier import Classifier
from stancekit.serving.evidence import explain
from stancekit.serving.http import answer_schemas, request_schemas
from stancekit.serving.http.bounds import bounded
from stancekit.serving.http.limits import Limits
from stancekit.serving.http.problems import MEDIA_TYPE
from stancekit.serving.http.work import Scoring, SentenceScoring, given_documents

__all__ = ["described"]

JsonObject = dict[str, Any]

EXAMPLE = "Beijing bans exports of gallium. Foreign firms remain welcome in China."
_SENTENCE = "Foreign firms remain welcome in China."
_JSON = "application/json"
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
    408: "the body came too slowly",
    413: "the body is too long",
    415: "not the media type that is expected",
    422: "what was sent is not as it should be, or too much",
    429: "too many requests are being answered; Retry-After says when to try again",
    503: "no answer in time, or the service stops",
}
_OF_A_BODY = tuple(status for status in _PROBLEMS if status != 401)


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
            "description": classifier.codebook.title,
        },
        "paths": {**_posts(classifier), **_gets()},
        "components": components,
    }
    if has_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        description["security"] = [{"token": []}]
        for path in description["paths"].values():
            for operation in path.values():
                operation["responses"].setdefault("401", _problem(401))
    return description


def _posts(classifier: Classifier) -> JsonObject:
    documents: list[JsonObject] = [
        {"id": "a-1", "text": EXAMPLE, "metadata": {"outlet": "Daily"}},
        {"text": "…"},
    ]
    sentences: list[JsonObject] = [{"text": _SENTENCE, "context": "Tariffs rose."}]
    task = classifier.codebook.task_names[0]
    query = [_query("with_text", {"type": "boolean", "default": False})]
    language = _query("language", {"type": "string", "enum": ["en", "any"], "default": "en"})
    form = {
        "type": "object",
        "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
        "required": ["file"],
        "additionalProperties": False,
    }
    score = _post(
        "Score documents or sentences",
        {_JSON: _content("ScoreRequest", {
            "documents": {"documents": documents}, "sentences": {"sentences": sentences},
        })},
        _content("ScoreAnswer", {
            "documents": _scored(classifier, documents),
            "sentences": _sentences(classifier, sentences),
        }),
    )  # fmt: skip
    files = _post(
        "Score the documents of a file",
        {"multipart/form-data": {"schema": form}},
        _content("FileAnswer", {"text": _scored(classifier, documents[:1], with_text=True)}),
    )
    evidence = _post(
        "Say what each word of a sentence speaks for",
        {_JSON: _content("EvidenceRequest", {"one": {"text": _SENTENCE, "task": task}})},
        _content("EvidenceAnswer", {"one": _explained(classifier, task)}),
    )
    invocations = _post(
        "Score texts by MLflow's scoring protocol",
        {_JSON: _content("InvocationsRequest", _forms())},
        _content("InvocationsAnswer", {}),
    )
    return {
        "/v1/score": {"post": {**score, "parameters": query}},
        "/v1/files": {"post": {**files, "parameters": [language]}},
        "/v1/evidence": {"post": evidence},
        "/invocations": {"post": invocations},
    }


def _gets() -> JsonObject:
    plain = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "/v1/codebook": _get("Say what the labels mean", {_JSON: _content("CodebookAnswer", {})}),
        "/v1/bundle": _get("Say what the model is", {_JSON: _content("BundleAnswer", {})}),
        "/healthz": _get("Say that the process runs", {_JSON: _content("StatusAnswer", {})}),
        "/readyz": _get("Say whether it can answer", {_JSON: _content("StatusAnswer", {})}, (503,)),
        "/metrics": _get("Count, for Prometheus", plain),
        "/ping": _get("Say that the model can be asked (MLflow)", {_JSON: {}}),
        "/health": _get("Say the same (MLflow)", {_JSON: {}}),
        "/version": _get("Name the version of stancekit (MLflow)", plain),
    }


def _get(summary: str, content: JsonObject, problems: Sequence[int] = ()) -> JsonObject:
    answers = {"200": {"description": "as asked", "content": content}}
    return {"get": {"summary": summary, "responses": {**answers, **_problems(problems)}}}


def _post(summary: str, body: JsonObject, answer: JsonObject) -> JsonObject:
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": body},
        "responses": {
            "200": {"description": "as asked", "content": {_JSON: answer}},
            **_problems(_OF_A_BODY),
        },
    }


def _problems(statuses: Sequence[int]) -> JsonObject:
    return {str(status): _problem(status) for status in statuses}


def _problem(status: int) -> JsonObject:
    return {
        "description": _PROBLEMS[status],
        "content": {MEDIA_TYPE: _content("ProblemAnswer", {})},
    }


def _content(schema: str, examples: JsonObject) -> JsonObject:
    content: JsonObject = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if examples:
        content["examples"] = {name: {"value": value} for name, value in examples.items()}
    return content


def _query(name: str, schema: JsonObject) -> JsonObject:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _forms() -> JsonObject:
    return {
        "inputs": {"inputs": [_SENTENCE]},
        "instances": {"instances": [_SENTENCE]},
        "dataframe_split": {"dataframe_split": {"columns": ["text"], "data": [[_SENTENCE]]}},
        "dataframe_records": {"dataframe_records": [{"text": _SENTENCE}]},
    }


def _scored(
    classifier: Classifier, documents: Sequence[JsonObject], *, with_text: bool = False
) -> JsonObject:
    given = request_schemas.ScoreRequest.model_validate({"documents": list(documents)})
    work = Scoring(classifier, given_documents(given.documents or []), with_text=with_text)
    return _answered(classifier, work)


def _sentences(classifier: Classifier, sentences: Sequence[JsonObject]) -> JsonObject:
    given = request_schemas.ScoreRequest.model_validate({"sentences": list(sentences)})
    return _answered(classifier, SentenceScoring(classifier, (), sentences=given.sentences or []))


def _answered(classifier: Classifier, work: Scoring) -> JsonObject:
    passages = list(work.passages())
    scored = list(classifier.score_encoded(classifier.encode(passages)))
    answer = work.answer(list(zip(passages, scored, strict=True)))
    found: JsonObject = answer_schemas.ScoreAnswer.model_validate_json(answer).model_dump(
        exclude_none=True
    )
    return found


def _explained(classifier: Classifier, task: str) -> JsonObject:
    found = explain(classifier, _SENTENCE, task)
    words = [
        {"start": own.start, "end": own.end, "text": own.text, "contribution": own.contribution}
        for own in found.words
    ]
    return {
        "task": task, "label": found.label, "method": found.method, "words": words,
        "note": found.note,
    }  # fmt: skip
