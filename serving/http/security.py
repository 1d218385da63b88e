"""Who may ask, and what a browser may do with an answer."""

import hmac
import os
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from stancekit.labels.errors import ConfigurationError
from stancekit.serving.http.problems import Problem, problem_response

__all__ = ["HEADERS", "OPEN", "TOKEN_VARIABLE", "Guard", "check_origin", "read_token"]

TOKEN_VARIABLE = "STANCEKIT_TOKEN"  # noqa: S105  (the name of a variable, no token)
OPEN = frozenset({"/healthz", "/readyz", "/ping", "/health", "/openapi.json"})
"""Answered without a token; so is the page, which asks its user for one."""

_SHORTEST = 16
_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Of every answer."""


def read_token(path: Path | None) -> str | None:
    """Return the token that the file holds, else that of `STANCEKIT_TOKEN`, None without either.

    Raises ConfigurationError if the file cannot be read or a token is too short to be one.
    """
    if path is None and TOKEN_VARIABLE not in os.environ:
        return None
    where = TOKEN_VARIABLE if path is None else str(path)
    try:
        given = os.environ[TOKEN_VARIABLE] if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "is not UTF-8"
        raise ConfigurationError(f"{where}: cannot be read ({reason})") from None
    token = given.strip()
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            f"{where}: a token should be {_SHORTEST} ASCII characters or more, without spaces"
        )
    return token


def check_origin(given: str) -> str:
    """Return `given` if it is the origin of a web site as browsers write it.

    Raises ConfigurationError for another one, which would never be let in, and for `*`.
    """
    if _ORIGIN.fullmatch(given) is None:
        raise ConfigurationError(
            f"--allow-origin {given}: expected a site such as https://team.example, in lower case,"
            " without a path"
        )
    return given


class Guard:
    """Lets through who shows the token; without a token, everybody but other web sites.

    `open_paths` need none, with the methods that change nothing. What a browser sends for the page
    of another site than `origins` is refused, though that page could not read the answer: it would
    keep the model busy, and have the reader's machine open files.
    """

    def __init__(
        self,
        app: ASGIApp,
        token: str | None,
        open_paths: frozenset[str],
        origins: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._token = None if token is None else token.encode()
        self._open = open_paths
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 403, or let the request through."""
        problem = self._problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await problem_response(problem, scope["path"])(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        if self._token is not None and not self._may(scope):
            return Problem(
                401, "expected 'Authorization: Bearer TOKEN'", {"WWW-Authenticate": "Bearer"}
            )
        headers = Headers(scope=scope)
        is_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        is_named = headers.get("origin") in self._origins
        if scope["method"] == "POST" and is_elsewhere and not is_named:
            return Problem(403, "this web site may not ask (--allow-origin lets it)")
        return None

    def _may(self, scope: Scope) -> bool:
        if scope["path"] in self._open and scope["method"] in ("GET", "HEAD"):
            return True
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        shown = given.strip().encode("latin-1", "replace")
        is_same = hmac.compare_digest(shown, self._token or b"")
        return is_same and scheme.lower() == "bearer"
