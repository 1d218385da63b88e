"""Connections that say nothing, or nothing that is HTTP: closed in time, answered in our shape."""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from stancekit.serving.http.problems import MEDIA_TYPE, problem_body
from stancekit.serving.http.security import HEADERS

__all__ = ["bounded_protocol"]


def bounded_protocol(header_s: float, most: int) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol, with a time for the head of a request and `most` connections.

    The head has to be there `header_s` seconds after the connection, or after the first byte of a
    further request; else the connection is closed. One too many is closed at once.
    """
    base: Any = AutoHTTPProtocol

    class Bounded(base):  # type: ignore[misc]
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            if len(self.server_state.connections) > most:
                transport.abort()
            else:
                self._begin()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            is_waiting = self.cycle is None or self.cycle.response_complete
            if not is_waiting:
                self._end()
            elif self._timer is None:
                self._begin()

        def connection_lost(self, exc: Exception | None) -> None:
            self._end()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            content = problem_body(400, msg, "")
            headers = (
                *HEADERS,
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(content)).encode()),
                (b"connection", b"close"),
            )
            lines = [b"HTTP/1.1 400 Bad Request", *(b": ".join(pair) for pair in headers), b""]
            self.transport.write(b"\r\n".join([*lines, content]))
            self.transport.close()

        def _begin(self) -> None:
            self._timer = self.loop.call_later(header_s, self._stop, self.cycle)

        def _end(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _stop(self, cycle: object) -> None:
            self._timer = None
            if self.cycle is cycle and not self.transport.is_closing():
                self.transport.close()

    return Bounded
