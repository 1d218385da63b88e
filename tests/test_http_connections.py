"""Connections that send without end, or take nothing of their answer: closed in time."""

import json
import socket
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from stancekit.serving.http.limits import Limits

LIMITS = Limits(header_s=20.0, header_bytes=20_000, taken_s=0.5, connections=8)
HEAD = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
LINE = b"X-A: " + b"a" * 1000 + b"\r\n"


@pytest.fixture(scope="module")
def bounded(start_service: Any) -> str:
    return str(start_service(LIMITS))


def connect(address: str) -> socket.socket:
    return socket.create_connection((urlsplit(address).hostname, urlsplit(address).port), 30)


def sent(connection: socket.socket, part: bytes, most: int) -> int:
    """Send `part` again and again until the other side has had enough; gives the bytes."""
    count = 0
    with suppress(OSError):
        while count < most:
            connection.sendall(part)
            count += len(part)
            time.sleep(0.0005)
    return count


def read_all(connection: socket.socket) -> bytes:
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("part", [LINE, b"a" * 1000], ids=["many lines", "one line"])
def test_a_head_without_end_is_refused(bounded: str, part: bytes) -> None:
    with connect(bounded) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-B: ")
        assert sent(connection, part, 10_000_000) < 1_000_000
        answer = read_all(connection)
    if answer:  # what was on its way when the connection closed can take the answer with it
        assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 431


def test_a_head_that_is_a_little_too_long_is_told_so(bounded: str) -> None:
    with connect(bounded) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + LINE * 20)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"more than 20,000 bytes before the body" in answer


def test_what_follows_a_body_without_end_is_refused(bounded: str) -> None:
    with connect(bounded) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
        assert sent(connection, LINE, 10_000_000) < 1_000_000


def test_a_body_of_many_chunks_is_none_of_it(bounded: str) -> None:
    content = json.dumps({"documents": [{"text": "Be well. " * 3000}]}).encode()
    chunks = (content[n : n + 1] for n in range(len(content)))
    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{bounded}/v1/score", content=chunks, headers=headers, timeout=60)
    assert answer.status_code == 200


def test_a_body_after_its_answer_leaves_the_connection_usable(start_service: Any) -> None:
    address = start_service(Limits(header_s=0.5))
    with connect(address) as connection:
        connection.sendall(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
        connection.sendall(b"{}")
        time.sleep(1.5)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
        connection.sendall(b"{")
        assert read_all(connection) == b""  # the rest does not come in time


def test_an_answer_that_nobody_takes_is_not_kept(bounded: str) -> None:
    content = json.dumps({"documents": [{"text": "Be well. " * 20_000}]}).encode()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect((urlsplit(bounded).hostname, urlsplit(bounded).port))
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(content) + content)
        head = connection.recv(1024)
        time.sleep(2)
        rest = read_all(connection)
    size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert len(head) + len(rest) < size


def test_an_answer_that_is_taken_slowly_is_given(bounded: str) -> None:
    content = json.dumps({"documents": [{"text": "Be well. " * 20_000}]}).encode()
    with connect(bounded) as connection:
        connection.sendall(
            HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(content) + content
        )
        size = 0
        while part := connection.recv(200_000):
            size += len(part)
            time.sleep(0.05)
    assert size > 5_000_000


def test_one_connection_too_many_is_closed(bounded: str) -> None:
    held = [connect(bounded) for _ in range(LIMITS.connections)]
    try:
        with connect(bounded) as further, suppress(ConnectionResetError):
            assert further.recv(1) == b""
    finally:
        for own in held:
            own.close()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            if httpx.get(f"{bounded}/healthz").status_code == 200:
                return
    raise AssertionError("no connection is free again")
