"""A small server that speaks the API of `stancekit serve`, for working on the page and testing it.

    python tests/page_server.py [--port N] [--token SECRET]

It prints its address in one line. Scores come from the `tfidf` bundle.
"""

import argparse
import email.parser
import email.policy
import json
import re
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from stancekit.labels.errors import InputError
from stancekit.serving import Classifier
from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents.options import ReadingOptions
from stancekit.serving.documents.reading import read_documents
from stancekit.serving.documents.screening import screened
from stancekit.serving.scored import ScoredDocument

PAGE = Path(__file__).parent.parent / "serving" / "http" / "page"
LARGEST = 2_000_000
"""Bytes of a body."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
WORD = re.compile(r"\w+(?:[-'’]\w+)*")

Answer = Mapping[str, Any]


class Problem(Exception):  # noqa: N818
    """What is answered as application/problem+json."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail


@dataclass
class Api:
    """The answers, each a dictionary."""

    classifier: Classifier
    lock: threading.Lock

    def codebook(self) -> Answer:
        codebook = self.classifier.codebook
        return {**asdict(codebook), "digest": codebook.digest}

    def bundle(self) -> Answer:
        manifest = asdict(self.classifier.bundle.manifest)
        return {name: manifest[name] for name in ("id", "name", "kind", "scores", "temperatures")}

    def score(self, body: Answer) -> Answer:
        options = ReadingOptions(language=None if body.get("language") == "any" else "en")
        given = [
            Document(item["id"], item["text"], item.get("metadata", {}))
            for item in body["documents"]
        ]
        screened_ones = [screened(document, options) for document in given]
        return self._scored(screened_ones, with_text=bool(body.get("with_text")))

    def files(self, name: str, content: bytes, language: str) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(name).name
            path.write_bytes(content)
            options = ReadingOptions(language=None if language == "any" else "en")
            try:
                documents = list(read_documents(path, options))
            except InputError as fault:
                detail = str(fault).replace(f"{folder}/", "")
                raise Problem(422, "This file cannot be read", detail) from None
            named = [
                Document(path.name if d.id == str(path) else d.id, d.text, d.metadata)
                if isinstance(d, Document)
                else SetAside(d.document, d.place.replace(f"{folder}/", ""), d.reason)
                for d in documents
            ]
        return self._scored(named, with_text=True)

    def evidence(self, body: Answer) -> Answer:
        """Take out one word at a time and see how far the probability of the label falls."""
        text, context, task = body["text"], body.get("context", ""), body["task"]
        words = list(WORD.finditer(text))
        without = [text[: word.start()] + text[word.end() :] for word in words]
        read = [text, *(other if WORD.search(other) else "x" for other in without)]
        with self.lock:
            whole, *others = self.classifier.predict(read, [context] * len(read))
        label = whole[task].label
        before = whole[task].probability
        return {
            "task": task,
            "label": label,
            "method": "occlusion",
            "note": "How far the probability falls when the word is left out.",
            "words": [
                {
                    "start": word.start(),
                    "end": word.end(),
                    "text": word.group(),
                    "contribution": before - other[task].probabilities[label],
                }
                for word, other in zip(words, others, strict=True)
            ],
        }

    def _scored(self, given: list[Document | SetAside], *, with_text: bool) -> Answer:
        documents = [item for item in given if isinstance(item, Document)]
        aside = [item for item in given if isinstance(item, SetAside)]
        with self.lock:
            scored = list(self.classifier.score_documents(documents, aside.append))
        texts = {document.id: document.text for document in documents}
        return {
            "bundle": self.classifier.bundle.id[:12],
            "codebook": self.classifier.codebook.digest[:12],
            "documents": [
                _document(document, texts[document.id] if with_text else None)
                for document in scored
            ],
            "set_aside": [asdict(item) for item in aside],
        }


def _document(document: ScoredDocument, text: str | None) -> Answer:
    answer: dict[str, Any] = {"id": document.id, "metadata": dict(document.metadata)}
    if text is not None:
        answer["text"] = text
    answer["sentences"] = [asdict(sentence) for sentence in document.sentences]
    answer["left_out"] = [asdict(span) for span in document.left_out]
    answer["summary"] = document.summary()
    return answer


class Handler(BaseHTTPRequestHandler):
    """Files of the page and the API, as the real server has them."""

    api: ClassVar[Api]
    token: ClassVar[str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/v1/"):
            self._answer(path)
            return
        file = PAGE / (path.lstrip("/") or "index.html")
        inside = PurePosixPath(path).parts and ".." not in path and file.is_file()
        if not inside or file.suffix not in TYPES:
            self._problem(Problem(404, "Not found", f"There is no {path}."))
            return
        self._send(200, TYPES[file.suffix], file.read_bytes())

    def do_POST(self) -> None:
        self._answer(urlsplit(self.path).path)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self, path: str) -> None:
        try:
            body = self._body()
            answer = self._called(path, body)
        except Problem as problem:
            self._problem(problem)
            return
        self._send(200, "application/json", json.dumps(answer).encode())

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if length > LARGEST:
            raise Problem(
                413, "Too large", f"At most {LARGEST} bytes can be scored in one request."
            )
        return body

    def _called(self, path: str, body: bytes) -> Answer:
        if self.token and self.headers.get("Authorization") != f"Bearer {self.token}":
            raise Problem(401, "A token is needed", "Send it as a bearer token.")
        route = f"{self.command} {path}"
        if route == "GET /v1/codebook":
            return self.api.codebook()
        if route == "GET /v1/bundle":
            return self.api.bundle()
        if route == "POST /v1/score":
            return self.api.score(json.loads(body))
        if route == "POST /v1/evidence":
            return self.api.evidence(json.loads(body))
        if route == "POST /v1/files":
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            parser = email.parser.BytesParser(policy=email.policy.HTTP)
            parts: dict[str, Any] = {
                str(part.get_param("name", header="content-disposition")): part
                for part in parser.parsebytes(head + body).iter_parts()
            }
            content = parts["file"].get_payload(decode=True)
            language = parts["language"].get_content().strip() if "language" in parts else "en"
            return self.api.files(parts["file"].get_filename(), content, language)
        raise Problem(404, "Not found", f"There is no {path}.")

    def _problem(self, problem: Problem) -> None:
        body = {
            "type": "about:blank",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
        }
        self._send(problem.status, "application/problem+json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="")
    given = parser.parse_args()
    Handler.api = Api(Classifier.load("tfidf", threads=1), threading.Lock())
    Handler.token = given.token
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
