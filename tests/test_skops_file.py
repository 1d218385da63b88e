import io
import json
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from stancekit.labels.errors import BundleError
from stancekit.models.skops_file import dump_arrays, load_arrays

CONTENT = {"a": {"terms": np.array(["x", "yy"]), "idf": np.array([1.0, 2.0])}, "b": np.eye(2)}


def test_arrays_come_back_as_they_were() -> None:
    loaded = load_arrays(dump_arrays(CONTENT), "here")
    assert loaded["a"]["terms"].tolist() == ["x", "yy"]
    assert np.array_equal(loaded["a"]["idf"], CONTENT["a"]["idf"])
    assert np.array_equal(loaded["b"], np.eye(2))


def test_equal_content_gives_equal_bytes() -> None:
    again = {"a": {"terms": np.array(["x", "yy"]), "idf": np.array([1.0, 2.0])}, "b": np.eye(2)}
    assert dump_arrays(CONTENT) == dump_arrays(again)
    assert dump_arrays(CONTENT) != dump_arrays({**again, "b": np.eye(3)})


@pytest.mark.parametrize(
    "content",
    [
        {"model": LogisticRegression()},
        {"f": np.sum},
        {"t": (1, 2)},
        {"o": np.array([{"x": 1}], dtype=object)},
        {"s": {1, 2}},
    ],
    ids=["estimator", "function", "tuple", "object array", "set"],
)
def test_anything_but_plain_arrays_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="not on the list of safe types"):
        load_arrays(skops.io.dumps(content), "model.skops")


def test_a_type_smuggled_into_the_schema_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(dump_arrays(CONTENT))) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    schema = json.loads(parts["schema.json"])
    schema["content"]["b"] = {
        "__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "__id__": 999,
        "content": {"module_path": "os", "function": "system"},
    }  # fmt: skip
    parts["schema.json"] = json.dumps(schema).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    with pytest.raises(BundleError, match=r"holds os\.system, which is not on the list"):
        load_arrays(stream.getvalue(), "model.skops")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip at all"])
def test_what_is_no_skops_file_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"model\.skops: is not a skops file"):
        load_arrays(content, "model.skops")
