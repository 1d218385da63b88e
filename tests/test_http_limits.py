"""What is too much, too many, too slow or not as it should be: a status and a problem each."""

import asyncio
import gzip
import io
import json
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stancekit.serving import Classifier
from stancekit.serving.document import SetAside
from stancekit.serving.http.limits import Limits
from stancekit.serving.http.problems import Problem
from stancekit.serving.http.readers import Readers
from stancekit.serving.http.uploads import Upload, documents_of

SMALL = Limits(
    body_bytes=20_000,
    unpacked_bytes=30_000,
    documents=3,
    characters=1_000,
    evidence_characters=100,
    in_flight=2,
    answer_s=1.0,
    body_s=0.5,
    header_s=0.5,
)


class Slow(Classifier):
    """Takes its time for texts that say so."""

    def encode(self, given: Any) -> Any:
        slow = sum("slowly" in text for passage in given for text in passage.texts)
        time.sleep(0.02 * slow)
        if any("faulty" in text for passage in given for text in passage.texts):
            raise ZeroDivisionError("secret")
        return super().encode(given)


@pytest.fixture(scope="module")
def small(start_service: Any, tfidf: Classifier) -> str:
    """A service with tight limits."""
    return str(start_service(SMALL, classifier=Slow(tfidf.bundle)))


def problem(answer: httpx.Response, status: int, instance: str) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert set(found) == {"type", "title", "status", "detail", "instance"}
    assert (found["status"], found["instance"]) == (status, instance)
    assert "Traceback" not in answer.text
    assert "secret" not in answer.text
    return str(found["detail"])


def documents(*texts: str) -> dict[str, Any]:
    return {"documents": [{"text": text} for text in texts]}


BAD: list[tuple[str, Any, int, str]] = [
    ("no JSON", b"{", 400, "the body is not JSON"),
    ("no UTF-8", b'{"documents": [{"text": "\xff"}]}', 400, "the body is not JSON"),
    ("half a character", b'{"documents": [{"text": "\\ud800"}]}', 400, "the body is not JSON"),
    ("nothing", b"", 400, "the body is not JSON"),
    ("a list", [], 422, "the body: input should be"),
    ("neither", {}, 422, "expected exactly one of 'documents' and 'sentences'"),
    ("both", {"documents": [], "sentences": []}, 422, "expected exactly one of"),
    ("unknown key", {"documents": [], "lang": "en"}, 422, "lang: extra inputs are not permitted"),
    ("no text", {"documents": [{"id": "a"}]}, 422, "documents.0.text: field required"),
    ("number", {"documents": [{"text": 7}]}, 422, "documents.0.text: input should be a valid str"),
    ("language", {"documents": [], "language": "xx"}, 422, "language: input should be 'en'"),
    (
        "many values",
        {"documents": [{"text": "a", "metadata": {"a": [1] * 1001}}]},
        422,
        "metadata: more",
    ),
    ("infinite", b'{"documents": [{"text": "a", "metadata": {"a": 1e999}}]}', 422, "metadata"),
    ("NaN", b'{"documents": [{"text": "a", "metadata": {"a": NaN}}]}', 422, "metadata"),
    ("many documents", documents("a", "b", "c", "d"), 422, "documents: 4 of them, expected at m"),
    ("many sentences", {"sentences": [{"text": "a"}] * 4}, 422, "sentences: 4 of them"),
    ("long document", documents("a", "b" * 1001), 422, "documents.1: 1,001 characters, expected"),
    ("long sentence", {"sentences": [{"text": "b" * 1001}]}, 422, "sentences.0: 1,001 characters"),
    ("long body", documents("b" * 20_000), 413, "the body is longer than 20,000 bytes"),
    ("slow", documents("Go slowly. " * 80), 503, "no answer within 1 seconds"),
    ("fault", documents("This is faulty."), 500, "the service failed at this request"),
]


@pytest.mark.parametrize(("case", "body", "status", "detail"), BAD, ids=[case[0] for case in BAD])
def test_bad_input_is_answered_by_a_problem(
    small: str, case: str, body: Any, status: int, detail: str
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{small}/v1/score", content=content, headers=headers, timeout=30)
    assert detail in problem(answer, status, "/v1/score"), case
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0


HOSTILE: list[tuple[str, str, bytes, str]] = [
    ("/v1/score", "wrong documents", b'{"documents": [%s 1]}' % (b"1," * 400_000), "at most 1,000"),
    (
        "/v1/score",
        "wrong sentences",
        b'{"sentences": [%s 1]}' % (b"1," * 900),
        "sentences.0: input",
    ),
    (
        "/v1/score",
        "unknown members",
        b"{%s}" % b",".join(b'"%x": 1' % n for n in range(400_000)),
        "400,000 members, expected documents, sentences",
    ),
    ("/v1/score", "more values", b"[%s 1]" % (b"1," * 600_000), "more than 500,000 commas"),
    ("/v1/score", "deep", b"[%s 1]" % (b"[" * 150 + b"]" * 150 + b",") * 5000, "more than 500,000"),
    ("/invocations", "wrong texts", b'{"inputs": [%s 1]}' % (b"[]," * 200_000), "200,001 texts"),
    (
        "/invocations",
        "wrong rows",
        b'{"dataframe_records": [%s 1]}' % (b"1," * 400_000),
        "dataframe_records.0: input should be an object",
    ),
    (
        "/invocations",
        "wrong cells",
        b'{"dataframe_split": {"data": [%s 1]}}' % (b"1," * 400_000),
        "dataframe_split.data.0: input should be",
    ),
]


@pytest.mark.parametrize(("path", "case", "content", "detail"), HOSTILE, ids=lambda own: own[:20])
def test_a_body_that_is_wrong_in_many_places_costs_no_more_than_others(
    service: str, path: str, case: str, content: bytes, detail: str
) -> None:
    headers = {"content-type": "application/json"}
    begun = time.process_time()  # the service runs in this process
    answer = httpx.post(service + path, content=content, headers=headers, timeout=60)
    assert detail in problem(answer, 422, path), case
    assert "more)" not in answer.text
    assert time.process_time() - begun < 3, case


def test_a_fault_of_one_request_is_not_that_of_others(small: str) -> None:
    found: list[httpx.Response] = []

    def ask(text: str) -> None:
        found.append(httpx.post(f"{small}/v1/score", json=documents(text), timeout=30))

    threads = [threading.Thread(target=ask, args=(own,)) for own in ("Be faulty.", "Be well.")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in found) == [200, 500]


def test_a_body_of_unknown_length_is_bounded_too(small: str) -> None:
    def chunks() -> Any:
        for _ in range(50):
            yield b" " * 1_000

    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{small}/v1/score", content=chunks(), headers=headers, timeout=30)
    problem(answer, 413, "/v1/score")


def test_more_requests_than_can_be_answered_are_to_come_again(small: str) -> None:
    found: list[httpx.Response] = []

    def ask() -> None:
        found.append(
            httpx.post(f"{small}/v1/score", json=documents("Go slowly. " * 10), timeout=30)
        )

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(answer.status_code for answer in found)
    assert statuses[:2] == [200, 200]
    assert set(statuses) == {200, 429}
    for answer in found:
        if answer.status_code == 429:
            assert "2 requests are being answered" in problem(answer, 429, "/v1/score")
            assert int(answer.headers["retry-after"]) > 0
    assert httpx.post(f"{small}/v1/score", json=documents("And on.")).status_code == 200


def test_a_long_request_does_not_keep_a_short_one_waiting(
    start_service: Any, tfidf: Classifier
) -> None:
    address = start_service(classifier=Slow(tfidf.bundle))
    long = threading.Thread(
        target=httpx.post,
        args=(f"{address}/v1/score",),
        kwargs={"json": documents("Go slowly. " * 250), "timeout": 60},
    )
    long.start()
    time.sleep(0.3)
    begun = time.monotonic()
    assert httpx.post(f"{address}/v1/score", json=documents("Be well.")).status_code == 200
    took = time.monotonic() - begun
    assert long.is_alive()
    assert took < 2
    long.join()


def test_a_file_within_bounds_is_asked_for(small: str) -> None:
    rows = b'{"text": "Be well."}\n' * 4

    def answer(name: str, content: bytes, field: str = "file") -> httpx.Response:
        return httpx.post(f"{small}/v1/files", files={field: (name, content)})

    assert "more than 3 documents" in problem(answer("a.jsonl", rows), 422, "/v1/files")
    packed = gzip.compress(b"Be well. " * 10_000)
    assert "when unpacked" in problem(answer("a.txt.gz", packed), 413, "/v1/files")
    assert "longer than 20,000" in problem(answer("a.txt", b"a" * 20_000), 413, "/v1/files")
    assert "should end in" in problem(answer("a.exe", b"MZ"), 415, "/v1/files")
    assert "exactly one field" in problem(answer("a.txt", b"a", "other"), 422, "/v1/files")
    two = [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]
    problem(httpx.post(f"{small}/v1/files", files=two), 422, "/v1/files")
    problem(httpx.post(f"{small}/v1/files", data={"file": "text"}), 415, "/v1/files")
    problem(httpx.post(f"{small}/v1/files", json={}), 415, "/v1/files")
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        bad = httpx.post(f"{small}/v1/files", content=b"no form", headers={"content-type": kind})
        assert "is no multipart form" in problem(bad, 400, "/v1/files")
    long = httpx.post(f"{small}/v1/files", files={"file": ("a.txt", b"Be well. " * 200)}).json()
    assert long["set_aside"][0]["reason"] == "is longer than 1,000 characters"


def repeated(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows), pa.array([text]))


def parquet(columns: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    content = sink.getvalue()
    assert len(content) < 20_000
    return content


@pytest.mark.parametrize("column", ["id", "outlet", "tags"])
def test_what_stands_beside_texts_is_bounded_too(column: str) -> None:
    own: Any = repeated("Daily. " * 1_000, 10)
    if column == "tags":
        own = pa.array([["Daily. " * 1_000]] * 10)
    content = parquet({"text": ["Be well."] * 10, column: own})
    limits = replace(SMALL, documents=100)
    with pytest.raises(Problem, match="longer than 30,000 bytes when unpacked"):
        documents_of(Upload("a.parquet", content), limits, "en")


MEASURED = """
import resource, sys
from stancekit.serving.http.limits import Limits
from stancekit.serving.http.uploads import Upload, documents_of
upload = Upload(sys.argv[1], sys.stdin.buffer.read())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    found = documents_of(upload, Limits(), "en")
    assert {own.reason for own in found} == {"is longer than 200,000 characters"}, found[0]
except Exception as fault:
    assert "when unpacked" in str(fault)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def memory(name: str, content: bytes) -> float:
    """MiB that reading an upload takes in a process of its own."""
    command = [sys.executable, "-c", MEASURED, name]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    return int(done.stdout) / 1024


@pytest.mark.parametrize("plain", [False, True])
def test_a_small_table_takes_no_memory_for_all_that_it_says(plain: bool) -> None:
    texts = repeated("Be well. " * 2_000_000, 100)
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": texts}), sink, compression="zstd", store_schema=not plain)
    assert len(sink.getvalue()) < 20_000
    assert memory("a.parquet", sink.getvalue()) < 300


def test_a_small_word_file_takes_no_memory_for_all_that_it_says() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<a>{'<b/>' * 10_000_000}</a>")
    assert len(sink.getvalue()) < 200_000
    assert memory("a.docx", sink.getvalue()) < 50


def test_a_file_that_holds_nothing_or_is_damaged_is_no_fault_of_the_service() -> None:
    for name, content in (
        ("a.csv", b"\xef\xbb\xbf"),
        ("a.parquet", b"PAR1" * 10),
        ("a.docx", b"PK" * 10),
        ("a.html", b"<meta charset=undefined>\xe9"),
        ("a.jsonl", b'{"text": "Be well.", "a": ' + b"[" * 900 + b"]" * 900 + b"}"),
    ):
        [found] = documents_of(Upload(name, content), SMALL, "en")
        assert isinstance(found, SetAside), name


def test_a_table_of_one_text_many_times_is_bounded_too(small: str) -> None:
    files = {"file": ("a.parquet", parquet({"text": repeated("Be well. " * 200, 3)}))}
    found = httpx.post(f"{small}/v1/files", files=files, timeout=60).json()
    reasons = [own["reason"] for own in found["set_aside"]]
    assert reasons == ["is longer than 1,000 characters"] * 3
    files = {"file": ("a.parquet", parquet({"text": repeated("Be well. " * 20_000, 3)}))}
    answer = httpx.post(f"{small}/v1/files", files=files, timeout=60)
    assert "when unpacked" in problem(answer, 413, "/v1/files")
    limits = replace(SMALL, characters=30_000)
    rows = b'{"text": "%s"}\n' % (b"Be well. " * 2_000) * 2
    with pytest.raises(Problem, match="longer than 30,000 bytes when unpacked"):
        documents_of(Upload("a.jsonl", rows), limits, "en")


def test_files_that_take_for_ever_take_no_more_than_their_threads() -> None:
    gate = threading.Event()
    begun: list[int] = []

    async def act() -> None:
        readers = Readers(2)

        def read() -> None:
            begun.append(1)
            gate.wait(60)

        for _ in range(4):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(readers.run(read), 0.05)
        assert len(begun) == 2
        gate.set()
        assert await asyncio.wait_for(readers.run(lambda: "read"), 60) == "read"
        with pytest.raises(ZeroDivisionError):
            await readers.run(lambda: 1 // 0)

    asyncio.run(act())


def test_what_is_asked_for_in_a_wrong_way_is_told_so(small: str) -> None:
    form = httpx.post(f"{small}/v1/score", data={"a": "b"})
    assert "application/json" in problem(form, 415, "/v1/score")
    problem(httpx.get(f"{small}/v1/nothing"), 404, "/v1/nothing")
    get = httpx.get(f"{small}/v1/score")
    problem(get, 405, "/v1/score")
    assert get.headers["allow"] == "POST"
    flag = httpx.post(f"{small}/v1/score?with_text=perhaps", json=documents("Be well."))
    problem(flag, 422, "/v1/score")
    language = httpx.post(f"{small}/v1/files?language=xx", files={"file": ("a.txt", b"a")})
    problem(language, 422, "/v1/files")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"text": "Be well.", "task": "mood"}, "task 'mood' is not in the codebook"),
        ({"text": "12", "task": "stance"}, "text: expected words"),
        ({"text": "a" * 101, "task": "stance"}, "more than 100 characters"),
        ({"text": "Be well."}, "task: field required"),
    ],
)
def test_evidence_that_cannot_be_given_is_refused(small: str, body: Any, detail: str) -> None:
    assert detail in problem(httpx.post(f"{small}/v1/evidence", json=body), 422, "/v1/evidence")
