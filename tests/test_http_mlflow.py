"""What calls `mlflow models serve` can call this: the same answers to the same questions."""

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from stancekit.models.bundle import released_bundle

ROOT = Path(__file__).parent.parent
TEXTS = ["Firms from Japan invest in China.", "It bans the export of chips: “all of it”."]
FORMS: list[tuple[str, Any]] = [
    ("inputs", TEXTS),
    ("inputs", {"text": TEXTS}),
    ("inputs", [[text] for text in TEXTS]),
    ("instances", TEXTS),
    ("instances", [{"text": text} for text in TEXTS]),
    ("dataframe_split", {"columns": ["text"], "data": [[text] for text in TEXTS]}),
    ("dataframe_split", {"index": [4, 7], "columns": [0], "data": [[text] for text in TEXTS]}),
    ("dataframe_split", {"data": [[text] for text in TEXTS]}),
    ("dataframe_split", {"columns": ["id", "text"], "data": [[1, text] for text in TEXTS]}),
    ("dataframe_records", [{"text": text} for text in TEXTS]),
    ("dataframe_records", [{"text": text, "year": 2021} for text in TEXTS]),
]


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same bundle as an MLflow model, asked as MLflow's own server asks it."""
    import mlflow
    from mlflow.pyfunc import scoring_server

    folder = tmp_path_factory.mktemp("model") / "model"
    mlflow.pyfunc.save_model(
        folder,
        python_model=ROOT / "training" / "mlflow_model.py",
        artifacts={"bundle": str(released_bundle("tfidf"))},
        pip_requirements=[],
    )
    model = mlflow.pyfunc.load_model(str(folder))

    def ask(body: Any) -> Any:
        schema = model.metadata.get_input_schema()
        answer = scoring_server.invocations(json.dumps(body), "application/json", model, schema)
        assert answer.status == 200
        return json.loads(answer.response)

    return ask


def test_the_answer_is_that_of_mlflow(service: str, theirs: Any) -> None:
    body = {"inputs": TEXTS}
    expected, found = theirs(body), httpx.post(f"{service}/invocations", json=body).json()
    assert set(found) == set(expected) == {"predictions"}
    assert len(found["predictions"]) == len(expected["predictions"])
    for own, other in zip(found["predictions"], expected["predictions"], strict=True):
        assert own.pop("probability") == pytest.approx(other.pop("probability"))
        assert own == other


@pytest.mark.parametrize(("form", "value"), FORMS)
def test_the_four_forms_get_the_same_answer(service: str, form: str, value: Any) -> None:
    expected = httpx.post(f"{service}/invocations", json={"inputs": TEXTS}).json()
    answer = httpx.post(f"{service}/invocations", json={form: value, "params": {"a": 1}})
    assert answer.status_code == 200, answer.text
    assert answer.json() == expected


def test_a_client_of_mlflow_works_unchanged(service: str) -> None:
    import pandas as pd
    from mlflow.pyfunc.scoring_server.client import ScoringServerClient

    host, port = service.removeprefix("http://").split(":")
    client = ScoringServerClient(host, int(port))
    client.wait_server_ready(timeout=5)
    assert client.get_version()
    expected = httpx.post(f"{service}/invocations", json={"inputs": TEXTS}).json()
    for data in (
        pd.DataFrame({"text": TEXTS}),
        pd.DataFrame({"year": [2020, 2021], "text": TEXTS}, index=[7, 9]),
        np.array(TEXTS),
        np.array([[text] for text in TEXTS]),
    ):
        found = client.invoke(data, params={"seed": 1}).get_predictions()
        assert found.to_dict(orient="records") == expected["predictions"]
    with pytest.raises(Exception, match="error code 422"):
        client.invoke(pd.DataFrame({"text": [None]}))


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({}, 400, "expected exactly one of dataframe_split, dataframe_records, instances, inputs"),
        ({"inputs": ["a"], "instances": ["a"]}, 400, "given 2"),
        ({"inputs": None}, 422, "inputs: expected a list of texts"),
        ({"inputs": 7}, 422, "inputs: expected a list of texts"),
        ({"inputs": [None]}, 422, "inputs.0: expected a text, given NoneType"),
        ({"inputs": ["12"]}, 422, "inputs.0: expected words"),
        ({"instances": [{"a": "b", "c": "d"}]}, 422, "expected one column, or one called 'text'"),
        ({"instances": [{}]}, 422, "instances.0: expected one column"),
        ({"dataframe_records": None}, 422, "dataframe_records: expected a list of texts"),
        ({"dataframe_records": [{}]}, 422, "expected one column"),
        ({"dataframe_split": {"columns": ["a"], "data": [[]]}}, 422, "0 values in 1 columns"),
        ({"dataframe_split": {"columns": [], "data": []}}, 422, "expected one column"),
        ({"dataframe_split": {"columns": ["a"]}}, 422, "dataframe_split.data: field required"),
        ({"inputs": ["a"] * 1001}, 422, "1,001 texts, expected at most 1,000"),
    ],
)
def test_what_is_no_text_is_told_by_its_place(
    service: str, body: Any, status: int, detail: str
) -> None:
    answer = httpx.post(f"{service}/invocations", json=body)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


def test_it_says_that_it_is_there(service: str) -> None:
    for path in ("/ping", "/health"):
        assert httpx.get(service + path).text == "\n"
    assert httpx.get(f"{service}/version").text.count(".") == 2
