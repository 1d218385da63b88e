"""Who may ask, and what a browser may do with an answer."""

import hmac
import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from stancekit.labels.errors import ConfigurationError
from stancekit.serving.http.problems import Problem, problem_response

__all__ = ["HEADERS", "OPEN", "TOKEN_VARIABLE", "Guard", "read_token"]

TOKEN_VARIABLE = "STANCEKIT_TOKEN"  # noqa: S105  (the name of a variable, no token)
OPEN = frozenset({"/healthz", "/readyz", "/ping", "/health", "/openapi.json"})
"""Answered without a token; so is the page, which asks its user for one."""

_SHORTEST = 16
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
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


class Guard:
    """Lets through who shows the token; without a token, everybody.

    `open_paths` need none, with the methods that change nothing.
    """

    def __init__(self, app: ASGIApp, token: str | None, open_paths: frozenset[str]) -> None:
        self._app = app
        self._token = None if token is None else token.encode()
        self._open = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401, or let the request through."""
        if scope["type"] == "http" and self._token is not None and not self._may(scope):
            problem = Problem(
                401, "expected 'Authorization: Bearer TOKEN'", {"WWW-Authenticate": "Bearer"}
            )
            await problem_response(problem, scope["path"])(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _may(self, scope: Scope) -> bool:
        if scope["path"] in self._open and scope["method"] in ("GET", "HEAD"):
            return True
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        shown = given.strip().encode("latin-1", "replace")
        is_same = hmac.compare_digest(shown, self._token or b"")
        return is_same and scheme.lower() == "bearer"
