"""The application: endpoints, layers, description."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stancekit.serving.classifier import Classifier
from stancekit.serving.http import mlflow_protocol, routes
from stancekit.serving.http.description import described
from stancekit.serving.http.limits import Limits
from stancekit.serving.http.metrics import Metrics
from stancekit.serving.http.problems import Problem, on_problem, problem_response
from stancekit.serving.http.security import OPEN, Guard
from stancekit.serving.http.service import Service, json_response
from stancekit.serving.http.static_files import StaticFile, page_routes
from stancekit.serving.http.watch import Watch
from stancekit.serving.http.work import to_json

__all__ = ["create_app"]

_DESCRIPTION = "/openapi.json"


def create_app(
    classifier: Classifier,
    limits: Limits | None = None,
    *,
    token: str | None = None,
    page: Sequence[StaticFile] = (),
    origins: Sequence[str] = (),
    log_texts: bool = False,
) -> Starlette:
    """Return an application that scores with `classifier`, to be run by any ASGI server.

    `token` is what callers have to show, None lets all in; `page` are files to serve, `origins`
    the web sites whose scripts may call it.
    """
    limits = limits or Limits()
    description = described(classifier, limits, has_token=token is not None)
    app = Starlette(
        routes=[
            *routes.ROUTES,
            *mlflow_protocol.ROUTES,
            *page_routes(page),
            _description_route(to_json(description)),
        ],
        lifespan=_lifespan,
        exception_handlers={Problem: on_problem, HTTPException: _on_http},
    )
    app.router.redirect_slashes = False  # where to would be the caller's word
    paths = {*description["paths"], _DESCRIPTION, *(own.path for own in page)}
    metrics = Metrics(frozenset(paths), classifier.bundle.id)
    app.state.service = Service(classifier, limits, metrics, log_texts)
    open_paths = OPEN | {own.path for own in page}
    app.add_middleware(Guard, token=token, open_paths=frozenset(open_paths), origins=origins)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
        )
    app.add_middleware(Watch, metrics=metrics)
    return app


def _description_route(content: bytes) -> Route:
    async def description(_: Request) -> Response:
        return json_response(content)

    return Route(_DESCRIPTION, description)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with app.state.service.running():
        yield


async def _on_http(request: Request, fault: Exception) -> Response:
    """Answer what the router does not know, in the shape of all problems."""
    if not isinstance(fault, HTTPException):
        raise fault
    details = {404: "there is nothing at this path", 405: "the path does not take this method"}
    detail = details.get(fault.status_code, str(fault.detail))
    problem = Problem(fault.status_code, detail, fault.headers)
    return problem_response(problem, request.url.path)
