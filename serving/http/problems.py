"""What goes wrong, in one shape: problem details for HTTP (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

__all__ = [
    "GONE",
    "MEDIA_TYPE",
    "Problem",
    "first_fault",
    "problem_body",
    "problem_response",
    "title",
]

MEDIA_TYPE = "application/problem+json"
GONE = 499
"""The status, in the log and the counters, of a request whose client went away."""

_SHOWN = 300


class Problem(Exception):  # noqa: N818  (the name that RFC 9457 gives it)
    """A request that is not answered as it was meant: the status, and why in one sentence."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def problem_body(status: int, detail: str, instance: str) -> bytes:
    """Return the JSON of a problem; `instance` is the path that was asked for."""
    content = {
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": detail,
        "instance": instance[:_SHOWN],
    }
    return json.dumps(content).encode()


def problem_response(problem: Problem, path: str) -> Response:
    """Return the answer that tells of `problem`."""
    content = problem_body(problem.status, problem.detail, path)
    return Response(content, problem.status, problem.headers, MEDIA_TYPE)


async def on_problem(request: Request, fault: Exception) -> Response:
    """Answer a request whose handling raised Problem."""
    if not isinstance(fault, Problem):
        raise fault
    return problem_response(fault, request.url.path)


def first_fault(fault: ValidationError) -> Problem:
    """Return 400 for what is no JSON, 422 for JSON that is not as it should be, with the place."""
    details = fault.errors(include_url=False, include_input=False)
    first = details[0]
    if first["type"] == "json_invalid":
        return Problem(400, f"the body is not JSON: {first['ctx']['error']}"[:_SHOWN])
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    message = first["msg"].removeprefix("Value error, ").lower()
    return Problem(422, f"{place[:_SHOWN]}: {message[:_SHOWN]}{more}")


def title(status: int) -> str:
    """Return what a status is called."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
