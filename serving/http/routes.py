"""The endpoints of stancekit's own interface."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stancekit.labels.errors import DataError, InputError
from stancekit.serving.document import Document, SetAside
from stancekit.serving.evidence import Question
from stancekit.serving.http.jobs import Job, Scored
from stancekit.serving.http.limits import Limits
from stancekit.serving.http.metrics import MEDIA_TYPE
from stancekit.serving.http.problems import Problem
from stancekit.serving.http.request_schemas import EvidenceRequest, ScoreRequest
from stancekit.serving.http.service import json_response, parsed, service_of
from stancekit.serving.http.shown import shown_bundle, shown_codebook
from stancekit.serving.http.uploads import check_form, documents_of, upload
from stancekit.serving.http.work import Scoring, SentenceScoring, given_documents, to_json

__all__ = ["ROUTES"]


async def score(request: Request) -> Response:
    """Score documents or sentences."""
    service = service_of(request)
    with service.in_flight.one():
        given = parsed(request, await service.body(request), ScoreRequest)
        with_text = _flag(request, "with_text") or given.with_text
        language = None if given.language == "any" else given.language
        if given.documents is not None:
            _check_characters("documents", [own.text for own in given.documents], service.limits)
            documents = given_documents(given.documents)
            service.note_texts(request, (own.text for own in documents))
            work = Scoring(service.classifier, documents, language, with_text)
        else:
            sentences = given.sentences or []
            _check_characters("sentences", [own.text for own in sentences], service.limits)
            _check_characters("sentences", [own.context for own in sentences], service.limits)
            service.note_texts(request, (own.text for own in sentences))
            work = SentenceScoring(service.classifier, (), language, with_text, sentences=sentences)
        return await service.answer(request, work)


async def files(request: Request) -> Response:
    """Score the documents of a file."""
    service = service_of(request)
    language = _language(request)
    with service.in_flight.one():
        check_form(request.headers)
        body = await service.body(request)

        def read() -> list[Document | SetAside]:
            return documents_of(upload(request.headers, body), service.limits, language)

        documents = await service.in_reader(read)
        texts = (item.text for item in documents if not isinstance(item, SetAside))
        service.note_texts(request, texts)
        work = Scoring(service.classifier, documents, language, with_text=True)
        return await service.answer(request, work)


async def evidence(request: Request) -> Response:
    """Say what each word of a sentence speaks for."""
    service = service_of(request)
    with service.in_flight.one():
        given = parsed(request, await service.body(request), EvidenceRequest)
        most = service.limits.evidence_characters
        if max(len(given.text), len(given.context)) > most:
            raise Problem(422, f"text or context: more than {most:,} characters")
        service.note_texts(request, iter([given.text]))
        try:
            question = Question(service.classifier, given.text, given.context, given.task)
        except (DataError, InputError) as fault:
            raise Problem(422, str(fault)) from None

        def answer(scored: Sequence[Scored]) -> bytes:
            return to_json(asdict(question.answer([own for _, own in scored])))

        content = await service.run(
            request, lambda: Job(question.passages(), answer, question.characters)
        )
        return json_response(content)


async def codebook(request: Request) -> Response:
    """Say what the labels mean."""
    return json_response(to_json(shown_codebook(service_of(request).classifier.codebook)))


async def bundle(request: Request) -> Response:
    """Say what model this is, and how good."""
    return json_response(to_json(shown_bundle(service_of(request).classifier.bundle.manifest)))


async def healthz(_: Request) -> Response:
    """Say that the process runs."""
    return json_response(b'{"status":"ok"}')


async def readyz(request: Request) -> Response:
    """Say whether requests can be answered."""
    if not service_of(request).batcher.is_alive:
        raise Problem(503, "the service is not ready", {"Retry-After": "1"})
    return json_response(b'{"status":"ready"}')


async def metrics(request: Request) -> Response:
    """Count requests, seconds and sentences, for Prometheus."""
    return Response(service_of(request).metrics.text(), media_type=MEDIA_TYPE)


def _check_characters(what: str, texts: Sequence[str], limits: Limits) -> None:
    for number, text in enumerate(texts):
        if len(text) > limits.characters:
            raise Problem(
                422,
                f"{what}.{number}: {len(text):,} characters,"
                f" expected at most {limits.characters:,}",
            )


def _flag(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false")
    if given not in ("true", "false"):
        raise Problem(422, f"query parameter '{name}': expected true or false")
    return given == "true"


def _language(request: Request) -> Literal["en"] | None:
    given = request.query_params.get("language", "en")
    if given not in ("en", "any"):
        raise Problem(422, "query parameter 'language': expected en or any")
    return "en" if given == "en" else None


ROUTES = (
    Route("/v1/score", score, methods=["POST"]),
    Route("/v1/files", files, methods=["POST"]),
    Route("/v1/evidence", evidence, methods=["POST"]),
    Route("/v1/codebook", codebook),
    Route("/v1/bundle", bundle),
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
)
