"""The application: endpoints, layers, description."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Lifespan

from stancekit.serving.classifier import Classifier
from stancekit.serving.http import mlflow_protocol, routes
from stancekit.serving.http.description import describe
from stancekit.serving.http.limits import Limits
from stancekit.serving.http.metrics import Metrics
from stancekit.serving.http.problems import Problem, on_problem, problem_response
from stancekit.serving.http.security import OPEN, Guard
from stancekit.serving.http.service import Service
from stancekit.serving.http.static_files import StaticFile, page_routes
from stancekit.serving.http.watch import Watch

__all__ = ["create_app"]


def create_app(
    classifier: Classifier,
    limits: Limits | None = None,
    *,
    token: str | None = None,
    page: Sequence[StaticFile] = (),
    origins: Sequence[str] = (),
    log_texts: bool = False,
) -> FastAPI:
    """Return an application that scores with `classifier`, to be run by any ASGI server.

    `token` is what callers have to show, None lets all in; `page` are files to serve, `origins`
    the web sites whose scripts may call it.
    """
    app = FastAPI(
        title="stancekit",
        version=version("stancekit"),
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(),
    )
    app.include_router(routes.router)
    app.include_router(mlflow_protocol.router)
    app.router.routes.extend(page_routes(list(page)))
    limits = limits or Limits()
    describe(app, classifier, limits, has_token=token is not None)
    paths = {*app.openapi()["paths"], *(own.path for own in page)}
    metrics = Metrics(frozenset(paths), classifier.bundle.id)
    app.state.service = Service(classifier, limits, metrics, log_texts)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    open_paths = OPEN | {own.path for own in page}
    app.add_middleware(Guard, token=token, open_paths=frozenset(open_paths))
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(Watch, metrics=metrics)
    return app


def _lifespan() -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with app.state.service.running():
            yield

    return lifespan


async def _on_http(request: Request, fault: Exception) -> Response:
    """Answer what the router does not know, in the shape of all problems."""
    if not isinstance(fault, HTTPException):
        raise fault
    details = {404: "there is nothing at this path", 405: "the path does not take this method"}
    detail = details.get(fault.status_code, str(fault.detail))
    problem = Problem(fault.status_code, detail, fault.headers)
    return problem_response(problem, request.url.path)
