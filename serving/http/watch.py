"""Around every request: its line in the log, its count, its headers, and never a stack trace."""

import logging
import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stancekit.serving.http.metrics import Metrics
from stancekit.serving.http.problems import GONE, Problem, problem_response
from stancekit.serving.http.security import HEADERS

__all__ = ["Watch"]

_logger = logging.getLogger("stancekit.serving.http.access")
_SHOWN = 200
_PLAIN = (b"cache-control", b"no-store")


class Watch:
    """The outermost layer: what goes wrong within becomes a problem, and is told in the log."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = message.setdefault("headers", [])
                names = {name for name, _ in own}
                own.extend(pair for pair in (*HEADERS, _PLAIN) if pair[0] not in names)
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_on)
        except ClientDisconnect:
            status = GONE  # nobody is there to be answered
        except Exception:
            logging.getLogger(__name__).exception("a request could not be answered")
            if status:
                raise  # the connection ends; what was sent is no whole answer
            problem = Problem(500, "the service failed at this request; its log says how")
            await problem_response(problem, scope["path"])(scope, receive, send_on)
        finally:
            seconds = time.perf_counter() - start
            self._metrics.in_flight.dec()
            self._metrics.answered(scope["method"], scope["path"], status, seconds)
            _logger.info("a request", extra={"said": _said(scope, status, seconds)})


def _said(scope: Scope, status: int, seconds: float) -> dict[str, object]:
    """Return what the log says of a request: 499 is for a client that went away."""
    return {
        "method": scope["method"][:_SHOWN],
        "path": scope["path"][:_SHOWN],
        "status": status,
        "ms": round(1000 * seconds, 1),
        **scope.get("state", {}).get("said", {}),
    }
