"""Connections that say nothing, too much or no HTTP, or do not listen: closed in time."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stancekit.serving.http.limits import Limits
from stancekit.serving.http.problems import MEDIA_TYPE, problem_body, title
from stancekit.serving.http.security import HEADERS

__all__ = ["bounded_protocol"]


def bounded_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with the bounds that it has not.

    The head of a request has to be there `header_s` seconds after the connection, or after the
    first byte of a further request, and may have `header_bytes`, as may what comes after a body. Of
    an answer, `taken_bytes` or what is left have to be taken in `taken_s`. Else the connection is
    closed; one beyond `connections` is so at once.
    """
    base: Any = HttpToolsProtocol

    class Bounded(base):  # type: ignore[misc]
        _head: asyncio.TimerHandle | None = None
        _reader: asyncio.TimerHandle | None = None
        _beside = 0
        """Bytes that came since the last of a body, or of a whole head."""
        _is_whole = False
        """Whether nothing of a request is to come, so that the connection may idle."""

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            if len(self.server_state.connections) > limits.connections:
                transport.abort()
            else:
                self._begin()

        def data_received(self, data: bytes) -> None:
            self._beside += len(data)
            super().data_received(data)
            is_waiting = self.cycle is None or self.cycle.response_complete
            if self._beside > limits.header_bytes:
                self._refuse(is_waiting)
            elif not is_waiting:
                self._end()
            elif self._head is None and not self._is_whole:
                self._begin()

        def on_message_begin(self) -> None:
            self._is_whole = False
            super().on_message_begin()

        def on_message_complete(self) -> None:
            self._is_whole = True
            self._end()
            super().on_message_complete()

        def on_headers_complete(self) -> None:
            self._beside = 0
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._beside = 0
            super().on_body(body)

        def connection_lost(self, exc: Exception | None) -> None:
            self._end()
            self._taken()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            self._close_with(400, msg)

        def timeout_keep_alive_handler(self) -> None:
            super().timeout_keep_alive_handler()
            # Closing waits for what was not taken yet.
            self.loop.call_later(limits.taken_s, self.transport.abort)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._expect_taking()

        def resume_writing(self) -> None:
            self._taken()
            super().resume_writing()

        def _begin(self) -> None:
            self._head = self.loop.call_later(limits.header_s, self._stop, self.cycle)

        def _end(self) -> None:
            if self._head is not None:
                self._head.cancel()
                self._head = None

        def _stop(self, cycle: object) -> None:
            self._head = None
            if self.cycle is cycle and not self.transport.is_closing():
                self.transport.close()

        def _refuse(self, is_waiting: bool) -> None:
            if is_waiting and not self.transport.is_closing():
                self._close_with(431, f"more than {limits.header_bytes:,} bytes before the body")
            else:
                self.transport.abort()

        def _close_with(self, status: int, detail: str) -> None:
            content = problem_body(status, detail, "")
            headers = (
                *HEADERS,
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(content)).encode()),
                (b"connection", b"close"),
            )
            line = f"HTTP/1.1 {status} {title(status)}".encode()
            self.transport.write(b"\r\n".join([line, *map(b": ".join, headers), b"", content]))
            self.transport.close()

        def _expect_taking(self) -> None:
            left = self.transport.get_write_buffer_size()
            self._reader = self.loop.call_later(limits.taken_s, self._look, left)

        def _look(self, before: int) -> None:
            if self.transport.get_write_buffer_size() > before - limits.taken_bytes:
                self.transport.abort()
            else:
                self._expect_taking()

        def _taken(self) -> None:
            if self._reader is not None:
                self._reader.cancel()
                self._reader = None

    return Bounded
