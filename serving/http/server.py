"""The server: uvicorn with bounds, a log of one line a request, and an end that loses nothing."""

import json
import logging
import signal
import socket
import sys
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from uvicorn.config import WS_PROTOCOLS

from stancekit.labels.errors import ConfigurationError
from stancekit.serving.http.connections import bounded_protocol
from stancekit.serving.http.limits import Limits

__all__ = ["configure_log", "listening", "run", "server_of"]

# By what uvicorn calls having none.
_NO_WEB_SOCKETS = next(name for name, protocol in WS_PROTOCOLS.items() if protocol is None)

_SPARE_S = 5
_KEEP_ALIVE_S = 75
"""Longer than most proxies keep a connection, so that it is they who close it."""


class _Lines(logging.Formatter):
    """Each record as JSON in one line of ASCII, whatever it holds."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
        }
        said.update(getattr(record, "said", None) or {"message": record.getMessage()})
        if record.exc_info:
            said["fault"] = self.formatException(record.exc_info)
        return json.dumps(said)


def configure_log() -> None:
    """Send the log to standard error, a line of JSON a record."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("stancekit").setLevel(logging.INFO)
    # What it says of its own lines is said here, and of a broken request nothing needs saying.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; `port` 0 takes a free one.

    Raises ConfigurationError if the address cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        own = socket.socket(family, kind, protocol)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind(address)
        own.listen(2048)
    except (OSError, OverflowError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise ConfigurationError(f"{host}:{port}: cannot be listened on ({reason})") from None
    return own


def server_of(app: Starlette, limits: Limits) -> uvicorn.Server:
    """Return a server of `app` that can be run, in any thread."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=bounded_protocol(limits),
            ws=_NO_WEB_SOCKETS,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=int(limits.body_s + limits.answer_s + _SPARE_S),
        )
    )


def run(app: Starlette, own: socket.socket, limits: Limits) -> None:
    """Serve `app` until SIGTERM or SIGINT; what is in flight then is answered first."""
    before = {sig: signal.signal(sig, _ignore) for sig in (signal.SIGTERM, signal.SIGINT)}
    try:
        server_of(app, limits).run(sockets=[own])
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Stand in for the default: uvicorn raises the signal again when it has ended well."""
