"""A client that costs little, so that it is the service that is measured: one connection."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

__all__ = ["Client", "client_maker"]


class Client:
    """One connection, opened again if it breaks."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._host, self._port = host, port
        self._token = f"Authorization: Bearer {token}\r\n" if token else ""
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Return status and body of the answer; raises OSError or EOFError if there is none."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\n{self._token}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        given = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        status = int(given.split(b" ", 2)[1])
        length = int(given.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        content = await self._reader.readexactly(length)
        if b"connection: close" in given:
            self.close()
        return status, content

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def client_maker(url: str, token: str) -> Callable[[], Client]:
    """Return what makes connections to the address of `url`, which is `http://HOST:PORT`."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    return lambda: Client(host, port, token)
