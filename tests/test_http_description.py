"""The description is true: examples fit their schemas, and what it promises is what comes."""

import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.specs.openapi.checks import positive_data_acceptance

from stancekit.serving import Classifier

load_all_checks()
FEW = settings(
    max_examples=int(os.environ.get("STANCEKIT_EXAMPLES", "12")),
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


BODIES = {"/v1/score", "/v1/files", "/v1/evidence", "/invocations"}
OTHERS = {
    "/v1/codebook", "/v1/bundle", "/ping", "/health", "/version", "/healthz", "/readyz", "/metrics",
}  # fmt: skip


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", sorted(BODIES | OTHERS))
def test_any_request_gets_an_answer_that_is_described(
    service: str, path: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_url(f"{service}/openapi.json")
    operation = schema[path]["POST" if path in BODIES else "GET"]
    if mode.is_negative and path in OTHERS:
        return  # nothing can be wrong where nothing is sent

    # A schema cannot say how a file has to be called, or that a text has to hold words.
    left_out = [] if path == "/v1/score" else [positive_data_acceptance]

    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(timeout=60, excluded_checks=left_out)

    ask()


def test_every_check_is_made() -> None:
    names = {check.__name__ for check in CHECKS.get_all()}
    assert {"not_a_server_error", "response_schema_conformance", "unsupported_method"} <= names


def test_every_path_and_problem_is_described(service: str) -> None:
    found = httpx.get(f"{service}/openapi.json").json()
    assert set(found["paths"]) == BODIES | OTHERS
    for path in BODIES:
        answers = set(found["paths"][path]["post"]["responses"])
        assert answers == {"200", "400", "403", "408", "413", "415", "422", "429", "503"}


def test_examples_are_what_the_service_takes_and_gives(service: str, tfidf: Classifier) -> None:
    found = httpx.get(f"{service}/openapi.json").json()
    count = 0
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            expected = operation["responses"]["200"]["content"].get("application/json", {})
            for name, example in body.get("examples", {}).items():
                answer = httpx.request(method, service + path, json=example["value"])
                assert answer.status_code == 200, (path, name)
                shown = expected.get("examples", {}).get(name)
                if shown is not None:
                    count += 1
                    assert answer.json() == _near(shown["value"])
            if method == "get":
                for example in expected.get("examples", {}).values():
                    count += 1
                    assert httpx.get(service + path).json() == _near(example["value"])
    assert count == 8
    assert tfidf.bundle.id in str(found)


def test_a_stranger_finds_what_they_need(service: str) -> None:
    found = httpx.get(f"{service}/openapi.json").json()
    assert "set aside" in found["info"]["description"]
    tags = {own["name"] for own in found["tags"]}
    operations = [own for path in found["paths"].values() for own in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["summary"]
        assert set(operation["tags"]) <= tags
        assert all(own["description"] for own in operation.get("parameters", ()))
        for status, answer in operation["responses"].items():
            assert answer["description"]
            for media_type, content in answer["content"].items():
                if "$ref" in content.get("schema", {}):
                    assert content["examples"], (operation["operationId"], status, media_type)
            if status in ("429", "503"):
                assert answer["headers"]["Retry-After"]["required"]


def _near(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _near(own) for name, own in value.items()}
    if isinstance(value, list):
        return [_near(own) for own in value]
    return pytest.approx(value) if isinstance(value, float) else value
