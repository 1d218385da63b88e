"""The command `stancekit serve`, from outside: it starts, bears its clients, and ends well."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from stancekit.serving import Classifier

PROGRAM = "from stancekit.serving.cli import main; main()"
BODY = {"documents": [{"id": "d", "text": "Firms invest in China. It bans the export of chips."}]}
HEAD = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

PATIENCE_S = 120  # on a machine that has other things to do
Launch = Callable[..., "Server"]


class Server:
    """A process that serves; its log is in a file."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.log = folder / "log"
        with self.log.open("a") as log:
            command = [sys.executable, "-c", PROGRAM, "serve", "--model", "tfidf", *arguments]
            self.process = subprocess.Popen(command, cwd=folder, stderr=log, env={**os.environ})
        until = time.monotonic() + PATIENCE_S
        while "http://" not in self.log.read_text() and time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        said = self.log.read_text().split("stancekit: ")[-1].splitlines()[0]
        self.url = said.strip()
        self.port = int(said.rsplit(":", 1)[1])
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            time.sleep(0.05)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    running: list[Server] = []

    def start(*arguments: str) -> Server:
        running.append(Server(tmp_path_factory.mktemp("serve"), "--port", "0", *arguments))
        return running[-1]

    yield start
    for server in running:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="module")
def server(launch: Launch) -> Server:
    return launch("--max-seconds", "20")


def read_all(connection: socket.socket) -> bytes:
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def problem_of(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head.lower()
    found: dict[str, Any] = json.loads(body)
    return found


def test_a_client_of_mlflow_asks_it_as_it_asks_mlflow(server: Server) -> None:
    import pandas as pd
    from mlflow.pyfunc.scoring_server.client import ScoringServerClient

    client = ScoringServerClient("127.0.0.1", server.port)
    client.wait_server_ready(timeout=5)
    table = pd.DataFrame({"text": ["Firms invest in China.", "It bans the export of chips."]})
    found = client.invoke(table).get_predictions()
    assert found["sentence"].tolist() == [0, 0, 1, 1]
    assert found["probability"].between(0, 1).all()
    body = table.to_json(orient="split")
    headers = {"content-type": "application/json; charset=utf-8"}
    content = f'{{"dataframe_split": {body}}}'
    answer = httpx.post(f"{server.url}/invocations", content=content, headers=headers)
    assert answer.json()["predictions"] == found.to_dict(orient="records")


def test_clients_that_break_off_do_no_harm(server: Server) -> None:
    content = json.dumps(BODY).encode()
    for sent in (
        b"",
        b"POST /v1",
        HEAD,
        HEAD + b"Content-Length: 1000\r\n\r\n" + content,
        HEAD + f"Content-Length: {len(content)}\r\n\r\n".encode() + content,
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"doc',
    ):
        for _ in range(5):
            with server.connect() as connection:
                connection.sendall(sent)
    assert httpx.post(f"{server.url}/v1/score", json=BODY).status_code == 200
    until = time.monotonic() + PATIENCE_S
    while "in_flight 1.0" not in httpx.get(f"{server.url}/metrics").text:
        assert time.monotonic() < until, "requests of clients that went away are still in flight"
        time.sleep(0.1)
    assert "Traceback" not in server.log.read_text()


def test_what_is_no_http_is_told_so_in_the_same_shape(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"\x16\x03\x01 no http\r\n\r\n")
        assert problem_of(read_all(connection))["status"] == 400


def test_clients_that_send_too_slowly_are_let_go(server: Server) -> None:
    with server.connect() as head, server.connect() as body, server.connect() as silent:
        head.sendall(b"POST /v1/score HTTP/1.1\r\n")
        body.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        begun = time.monotonic()
        ended = threading.Event()

        def drip() -> None:
            with suppress(OSError):
                while not ended.wait(0.5):
                    head.sendall(b"X-A: b\r\n")
                    body.sendall(b" ")

        dripping = threading.Thread(target=drip)
        dripping.start()
        for connection in (head, body, silent):
            connection.settimeout(PATIENCE_S)
        answer = read_all(body)
        assert read_all(head) == b""
        assert read_all(silent) == b""
        ended.set()
        dripping.join()
        assert time.monotonic() - begun > 8
        assert problem_of(answer)["status"] == 408


def test_a_signal_ends_it_when_all_is_answered(launch: Launch) -> None:
    own = launch("--max-seconds", "120")
    body = {"documents": [{"text": "Firms invest in China. " * 6000}]}
    found: list[httpx.Response] = []

    def ask() -> None:
        found.append(httpx.post(f"{own.url}/v1/score", json=body, timeout=PATIENCE_S))

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    until = time.monotonic() + PATIENCE_S
    while "in_flight 4.0" not in httpx.get(f"{own.url}/metrics").text and time.monotonic() < until:
        pass
    assert own.terminate() == 0
    for thread in asking:
        thread.join()
    assert [answer.status_code for answer in found] == [200] * 3
    assert len(found[0].json()["documents"][0]["sentences"]) == 6000
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{own.url}/healthz")
    lines = own.log.read_text().splitlines()[1:]
    assert {json.loads(line)["level"] for line in lines} == {"info"}


def test_killed_and_started_again_under_load_nothing_is_answered_wrongly(
    launch: Launch, tmp_path: Path, tfidf: Classifier
) -> None:
    own = launch()
    texts = [f"The ministry named {n} firms. {'It bans exports. ' * (n % 5)}" for n in range(40)]
    expected = {text: tfidf.score(text) for text in texts}
    wrong: list[str] = []
    right = [0]
    ended = threading.Event()

    def ask(first: int) -> None:
        n = first
        while not ended.is_set():
            n = (n + 7) % len(texts)
            body = {"documents": [{"id": str(n), "text": texts[n]}]}
            try:
                answer = httpx.post(f"{own.url}/v1/score", json=body, timeout=PATIENCE_S)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            [document] = answer.json()["documents"] if answer.status_code == 200 else [None]
            labels = [
                {task: given["label"] for task, given in sentence["predictions"].items()}
                for sentence in document["sentences"]
            ] if document else []  # fmt: skip
            known = [
                {task: given.label for task, given in sentence.predictions.items()}
                for sentence in expected[texts[n]].sentences
            ]
            if document is None or document["id"] != str(n) or labels != known:
                wrong.append(answer.text)
            right[0] += 1

    asking = [threading.Thread(target=ask, args=(first,)) for first in range(6)]
    for thread in asking:
        thread.start()
    until = time.monotonic() + PATIENCE_S
    while right[0] < 30 and time.monotonic() < until:
        time.sleep(0.01)
    own.process.kill()
    own.process.wait()
    before = right[0]
    again = Server(tmp_path, "--port", str(own.port))
    try:
        until = time.monotonic() + PATIENCE_S
        while right[0] < before + 50 and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        ended.set()
        for thread in asking:
            thread.join()
        assert again.terminate() == 0
    assert before > 0
    assert right[0] >= before + 50
    assert wrong == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "none"], "none: is not a folder"),
        (["--host", "256.1.1.1"], "256.1.1.1:8000: cannot be listened on"),
        (["--token-file", "none"], "none: cannot be read"),
    ],
)
def test_a_mistake_is_told_in_one_line(stancekit: Any, arguments: list[str], message: str) -> None:
    done = stancekit("serve", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_port_of_another_is_told_in_one_line(stancekit: Any, server: Server) -> None:
    done = stancekit("serve", "--model", "tfidf", "--port", str(server.port))
    assert done.returncode == 2
    assert "cannot be listened on (Address already in use)" in done.stderr


def test_without_the_extra_the_missing_package_is_named(tmp_path: Path) -> None:
    program = f"import sys; sys.modules['starlette'] = None; {PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-c", program, "serve"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "stancekit: serve: needs starlette, which is not installed"
        " (in the checkout: pip install '.[http]')\n"
    )


def test_nothing_of_it_is_imported_to_score() -> None:
    program = (
        "import sys; import stancekit.serving.cli, stancekit.serving;"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('starlette', 'uvicorn', 'prometheus_client', 'multipart')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
