"""Measure a running service: how many requests a second, how long each takes, what memory does.

python -m stancekit.serving.http.load --connections 1,16,64 --seconds 30
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TEXT = (
    "The ministry put nine more suppliers on its list of firms that may not be served."
    " Foreign makers of scanners remain welcome in the coastal provinces."
    " The report devotes its second chapter to the history of the office."
)
"""Three sentences."""

_MEMORY = "process_resident_memory_bytes"
_PROCESSOR = "process_cpu_seconds_total"


@dataclass
class Measured:
    """What a number of connections came to."""

    connections: int
    seconds: float = 0.0
    times_s: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    broken: int = 0
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)

    def row(self) -> str:
        """Return a line of the table."""
        good = self.statuses.get(200, 0)
        other = {status: n for status, n in sorted(self.statuses.items()) if status != 200}
        quantiles = " ".join(f"{1000 * self.quantile(q):8.1f}" for q in (0.5, 0.95, 0.99))
        busy = self.after.get(_PROCESSOR, 0) - self.before.get(_PROCESSOR, 0)
        memory = [own.get(_MEMORY, 0) / 2**20 for own in (self.before, self.after)]
        return (
            f"{self.connections:11d} {good:9d} {good / max(self.seconds, 1e-9):10.1f} {quantiles}"
            f" {self.broken:7d} {1000 * busy / max(good, 1):8.2f} {memory[0]:10.1f}"
            f" {memory[1]:9.1f}  {other or ''}"
        )

    def quantile(self, share: float) -> float:
        """Return the time that `share` of the answers took at most, 0 without one."""
        ordered = sorted(self.times_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Client:
    """One connection that is kept open, and opened again if it breaks."""

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


async def measured(
    make: "ClientMaker", connections: int, seconds: float, path: str, body: bytes
) -> Measured:
    """Return what `connections` that ask one request after the other came to."""
    found = Measured(connections, before=await gauges(make))
    start = time.perf_counter()
    await asyncio.gather(
        *(_ask_on(make(), found, start + seconds, path, body) for _ in range(connections))
    )
    found.seconds = time.perf_counter() - start
    found.after = await gauges(make)
    return found


async def _ask_on(client: Client, found: Measured, until: float, path: str, body: bytes) -> None:
    while (begun := time.perf_counter()) < until:
        try:
            status, _ = await client.ask("POST", path, body)
        except (OSError, EOFError, asyncio.IncompleteReadError):
            found.broken += 1
            client.close()
            await asyncio.sleep(0.05)
            continue
        found.statuses[status] = found.statuses.get(status, 0) + 1
        if status == 200:
            found.times_s.append(time.perf_counter() - begun)
    client.close()


async def gauges(make: "ClientMaker") -> dict[str, float]:
    """Return what the server says of its memory and processor time, if it does."""
    client = make()
    _, content = await client.ask("GET", "/metrics")
    client.close()
    pairs = (line.rpartition(" ") for line in content.decode().splitlines())
    return {name: float(value) for name, _, value in pairs if name in (_MEMORY, _PROCESSOR)}


class ClientMaker:
    """Makes connections to one address."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname or "127.0.0.1", parts.port or 80
        self._token = token

    def __call__(self) -> Client:
        """Return a further one."""
        return Client(*self._address, self._token)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m stancekit.serving.http.load")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the service")
    parser.add_argument("--connections", default="1,16,64", help="how many at a time")
    parser.add_argument("--seconds", type=float, default=30, help="how long for each of them")
    parser.add_argument("--documents", type=int, default=1, help="documents of a request")
    parser.add_argument("--token", default="", help="what the service wants to be shown")
    own = parser.parse_args(arguments)
    body = json.dumps({"documents": [{"text": TEXT}] * own.documents}).encode()
    make = ClientMaker(own.url, own.token)
    sys.stdout.write(
        "connections   answers   a second   p50 ms   p95 ms   p99 ms  broken   cpu ms"
        "  before MB  after MB\n"
    )
    for count in map(int, own.connections.split(",")):
        found = asyncio.run(measured(make, count, own.seconds, "/v1/score", body))
        sys.stdout.write(f"{found.row()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
