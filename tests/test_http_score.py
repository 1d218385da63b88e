"""The service answers what the prediction module answers."""

import gzip
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stancekit.models.calibration import CalibratedModel
from stancekit.serving import Classifier, ScoredDocument
from stancekit.serving.http.answer_schemas import (
    BundleAnswer,
    CodebookAnswer,
    EvidenceAnswer,
    FileAnswer,
    ScoreAnswer,
)

SEEDS = Path(__file__).parent.parent / "seeds"
TEXT = "A title 😀\n\nTariffs rose.12 “We agreed. We did,” he said.\n\n• And so on\n"
GERMAN = "Der Minister sagte, dass die Firma nun keine Produkte mehr liefern werde."


@pytest.fixture(scope="module")
def client(service: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service, timeout=60) as own:
        yield own


def answered(client: httpx.Client, **body: object) -> Any:
    answer = client.post("/v1/score", json=body)
    assert answer.status_code == 200, answer.text
    ScoreAnswer.model_validate_json(answer.content)
    return answer.json()


def same(found: Any, expected: ScoredDocument) -> None:
    assert found["metadata"] == dict(expected.metadata)
    assert found["summary"] == {
        task: pytest.approx(shares) for task, shares in expected.summary().items()
    }
    assert found["left_out"] == [
        {"start": span.start, "end": span.end, "kind": span.kind} for span in expected.left_out
    ]
    assert len(found["sentences"]) == len(expected.sentences)
    for given, own in zip(found["sentences"], expected.sentences, strict=True):
        for name in ("index", "start", "end", "text", "context"):
            assert given[name] == getattr(own, name)
        for task, prediction in own.predictions.items():
            assert given["predictions"][task]["label"] == prediction.label
            assert given["predictions"][task]["probabilities"] == pytest.approx(
                dict(prediction.probabilities), abs=1e-9
            )
            assert given["predictions"][task]["labels"] == list(prediction.labels)
            assert given["predictions"][task]["undecided"] is prediction.undecided


def test_documents_are_scored_as_in_python(client: httpx.Client, tfidf: Classifier) -> None:
    article = (SEEDS / "003_a78cd8a92e5d3aef.txt").read_text(encoding="utf-8")
    given = [
        {"id": "a", "text": TEXT, "metadata": {"outlet": "Daily", "tags": [1, None]}},
        {"text": article * 3},
    ]
    found = answered(client, documents=given)
    assert found["bundle"] == tfidf.bundle.id
    assert found["codebook"] == tfidf.codebook.digest[:12]
    assert found["error_rate"] == 0.1
    assert [document["id"] for document in found["documents"]] == ["a", "documents[1]"]
    same(found["documents"][0], tfidf.score(TEXT, id="a", outlet="Daily", tags=[1, None]))
    same(found["documents"][1], tfidf.score(article * 3))
    assert found["set_aside"] == []


def test_places_are_characters_of_the_text(client: httpx.Client) -> None:
    [document] = answered(client, documents=[{"text": TEXT}], with_text=True)["documents"]
    assert document["text"] == TEXT
    for sentence in document["sentences"]:
        assert TEXT[sentence["start"] : sentence["end"]] == sentence["text"]


def test_the_text_comes_with_the_answer_where_it_is_asked_for(client: httpx.Client) -> None:
    body = {"documents": [{"text": TEXT}]}
    assert "text" not in client.post("/v1/score", json=body).json()["documents"][0]
    found = client.post("/v1/score?with_text=true", json=body).json()
    assert found["documents"][0]["text"] == TEXT


def test_sentences_come_back_in_one_document(client: httpx.Client, tfidf: Classifier) -> None:
    texts = ["Firms invest in China. They stay.", "12", "It bans the export of chips."]
    found = answered(client, sentences=[{"text": t, "context": "Before it."} for t in texts])
    [document] = found["documents"]
    assert (document["id"], document["metadata"], document["left_out"]) == ("sentences", {}, [])
    assert [sentence["index"] for sentence in document["sentences"]] == [0, 2]
    for sentence in document["sentences"]:
        text = texts[sentence["index"]]
        assert (sentence["start"], sentence["end"]) == (0, len(text))
        assert sentence["text"] == text
        [expected] = tfidf.predict([text])
        for task, prediction in expected.items():
            assert sentence["predictions"][task]["probabilities"] == pytest.approx(
                dict(prediction.probabilities)
            )
    assert found["set_aside"] == [
        {
            "document": "sentences",
            "place": "sentences[1]",
            "reason": "expected words, given '12'",
        }
    ]


class Longer:
    """Says the first label the more, the longer the context is."""

    reads_context = True

    def __init__(self, classifier: Classifier) -> None:
        self.tasks = classifier.codebook.tasks

    def encode(self, _: list[str], contexts: list[str]) -> list[int]:
        return [len(context) for context in contexts]

    def predict(self, encoded: list[int]) -> Any:
        rows = np.array([[1 + length, 1, 1] for length in encoded], float)
        return {task.name: rows / rows.sum(axis=1, keepdims=True) for task in self.tasks}


def test_the_context_is_read_by_a_model_that_reads_it(
    start_service: Any, tfidf: Classifier
) -> None:
    model = CalibratedModel(Longer(tfidf), tfidf.bundle.model.temperatures)  # type: ignore[arg-type]
    model.temperatures = dict.fromkeys(model.temperatures, 1.0)
    address = start_service(classifier=Classifier(replace(tfidf.bundle, model=model)))
    given = [{"text": "It ends.", "context": own} for own in ("", "Chips!")]
    body: dict[str, Any] = {"sentences": given}
    [document] = httpx.post(f"{address}/v1/score", json=body).json()["documents"]
    body = {"documents": [{"text": "Chips! It ends."}]}
    [whole] = httpx.post(f"{address}/v1/score", json=body).json()["documents"]
    for sentences in (document["sentences"], whole["sentences"]):
        assert [own["context"] for own in sentences] == ["", "Chips!"]
        for own, first in zip(sentences, (1 / 3, 7 / 9), strict=True):
            for prediction in own["predictions"].values():
                assert next(iter(prediction["probabilities"].values())) == pytest.approx(first)
    assert [(own["start"], own["end"]) for own in document["sentences"]] == [(0, 8), (0, 8)]
    assert [(own["start"], own["end"]) for own in whole["sentences"]] == [(0, 6), (7, 15)]


def test_what_cannot_be_scored_is_set_aside_with_its_reason(client: httpx.Client) -> None:
    texts = ["", GERMAN, "😀😀", "Fine. \x00", "a" * 50_000 + ".", "Firms invest in China."]
    found = answered(client, documents=[{"id": str(n), "text": t} for n, t in enumerate(texts)])
    assert [document["id"] for document in found["documents"]] == ["5"]
    assert [own["document"] for own in found["set_aside"]] == list("01234")
    assert [own["place"] for own in found["set_aside"]] == [f"documents[{n}]" for n in range(5)]
    reasons = [own["reason"] for own in found["set_aside"]]
    assert reasons[0] == "is empty"
    assert reasons[1] == (
        'is written in German, expected English; "language": "any" scores it all the same'
    )
    assert reasons[2] == "holds no sentence to score (only symbols)"
    assert "NUL" in reasons[3]
    assert "a sentence of 50,001 characters" in reasons[4]


def test_without_one_document_to_score_the_answer_is_still_one(client: httpx.Client) -> None:
    assert answered(client, documents=[])["documents"] == []
    found = answered(client, sentences=[{"text": "…"}])
    assert found["documents"] == []
    assert len(found["set_aside"]) == 1


def test_any_language_is_scored_if_that_is_asked_for(client: httpx.Client) -> None:
    found = answered(client, documents=[{"text": GERMAN}], language="any")
    assert len(found["documents"]) == 1


def uploaded(client: httpx.Client, name: str, content: bytes, **query: str) -> Any:
    answer = client.post("/v1/files", files={"file": (name, content)}, params=query)
    assert answer.status_code == 200, answer.text
    FileAnswer.model_validate_json(answer.content)
    return answer.json()


def test_a_file_is_read_as_its_name_says(client: httpx.Client, tfidf: Classifier) -> None:
    found = uploaded(client, "article.txt", TEXT.encode())
    [document] = found["documents"]
    assert (document["id"], document["text"]) == ("article.txt", TEXT)
    same(document, tfidf.score(TEXT))
    rows = b'{"id": "x", "text": "Firms invest in China.", "year": 2021}\n7\n{"text": "..."}\n'
    for name, content in (("a.jsonl", rows), ("a.jsonl.gz", gzip.compress(rows))):
        found = uploaded(client, name, content)
        [document] = found["documents"]
        assert (document["id"], document["metadata"]) == ("x", {"year": 2021})
        assert [own["place"] for own in found["set_aside"]] == [
            f"{name}, line 2",
            f"{name}, line 3",
        ]
    page = b"<html><title>T</title><body><p>Firms invest in China, it said.</p></body></html>"
    assert uploaded(client, "a.html", page)["documents"][0]["metadata"]["title"] == "T"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b"\xff\xfe\x00", "is not UTF-16 text"),
        ("a.pdf", b"%PDF-1.7 nothing", "is not PDF that can be read"),
        ("a.docx", b"PK\x03\x04 nothing", "is not DOCX"),
        ("a.parquet", b"PAR1", "arquet"),
        ("a.txt.gz", b"nothing", "is no gz file, or a damaged one"),
        ("a.txt", GERMAN.encode(), "is written in German"),
    ],
)
def test_a_file_that_cannot_be_read_is_set_aside(
    client: httpx.Client, name: str, content: bytes, reason: str
) -> None:
    found = uploaded(client, name, content)
    assert found["documents"] == []
    [own] = found["set_aside"]
    assert reason in own["reason"]
    assert own["place"] == name


def test_values_of_a_table_that_json_has_not_come_as_null_or_text(client: httpx.Client) -> None:
    row = {"text": "Firms invest.", "x": float("nan"), "y": [float("inf")], "z": b"\xff"}
    table = pa.Table.from_pylist([{**row, "day": datetime(2021, 3, 4, tzinfo=UTC)}])
    sink = io.BytesIO()
    pq.write_table(table, sink)
    [document] = uploaded(client, "a.parquet", sink.getvalue())["documents"]
    assert document["metadata"]["x"] is None
    assert document["metadata"]["y"] == [None]
    assert str(document["metadata"]["day"]).startswith("2021-03-04")


def test_codebook_and_bundle_are_shown(client: httpx.Client, tfidf: Classifier) -> None:
    codebook = client.get("/v1/codebook")
    CodebookAnswer.model_validate_json(codebook.content, extra="forbid")
    shown = codebook.json()
    assert shown["digest"] == tfidf.codebook.digest
    assert [task["name"] for task in shown["tasks"]] == list(tfidf.codebook.task_names)
    assert shown["tasks"][0]["rules"][0]["examples"][0]["label"]
    bundle = client.get("/v1/bundle")
    BundleAnswer.model_validate_json(bundle.content, extra="forbid")
    assert bundle.json()["id"] == tfidf.bundle.manifest.id
    assert bundle.json()["scores"][0]["signature"]


def test_evidence_is_that_of_the_module(client: httpx.Client, tfidf: Classifier) -> None:
    from stancekit.serving.evidence import explain

    text, task = "China must end its dependence on chips.", "stance"
    answer = client.post("/v1/evidence", json={"text": text, "task": task})
    found = EvidenceAnswer.model_validate_json(answer.content, extra="forbid")
    expected = explain(tfidf, text, task)
    assert (found.label, found.method) == (expected.label, "exact")
    for given, own in zip(found.words, expected.words, strict=True):
        assert text[given.start : given.end] == given.text == own.text
        assert given.contribution == pytest.approx(own.contribution)


def test_many_at_a_time_get_each_their_own_answer(service: str, tfidf: Classifier) -> None:
    bodies = []
    for n in range(200):
        lines = ["Firms invest in China." if n % 3 else "It bans the export of chips."]
        lines += [f"The ministry named {n} suppliers.", *["Tariffs rose again."] * (n % 17)]
        bodies.append({"id": f"d{n}", "text": " ".join(lines), "metadata": {"n": n}})
    expected = [tfidf.score(str(own["text"]), n=n) for n, own in enumerate(bodies)]
    found: dict[int, Any] = {}

    def ask(first: int) -> None:
        with httpx.Client(base_url=service, timeout=60) as own:
            for n in range(first, 200, 16):
                found[n] = answered(own, documents=[bodies[n]])

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n, document in enumerate(expected):
        assert [own["id"] for own in found[n]["documents"]] == [f"d{n}"]
        same(found[n]["documents"][0], document)
    metrics = httpx.get(f"{service}/metrics").text
    passes = float(metrics.split("\nstancekit_pass_seconds_count ")[1].split()[0])
    merged = float(metrics.split("\nstancekit_pass_requests_total ")[1].split()[0])
    assert merged > passes, "no request shared a pass of the model"


def test_the_plain_answers_say_that_all_is_well(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    for path in ("/healthz", "/readyz", "/ping", "/v1/codebook", "/openapi.json"):
        head = client.head(path)
        assert (head.status_code, head.content) == (200, b"")
    metrics = client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'stancekit_requests_total{method="GET",path="/healthz",status="200"}' in metrics.text
    assert json.loads(client.get("/openapi.json").text)["openapi"] == "3.1.0"
