"""Versions of what trains and runs a model are logged with its run."""

import platform
from importlib.metadata import PackageNotFoundError

import pytest

from stancekit.training.versions import version_tags

NAMED = ("torch", "transformers", "tokenizers", "accelerate", "datasets", "onnx", "onnxruntime")


def test_what_is_installed_has_its_version_and_the_rest_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(package: str) -> str:
        if package == "datasets":
            raise PackageNotFoundError(package)
        return f"1.0 of {package}"

    monkeypatch.setattr("stancekit.training.versions.version", version)
    tags = version_tags()
    assert tags["python"] == platform.python_version()
    assert tags["version.scikit-learn"] == "1.0 of scikit-learn"
    assert {name for name in NAMED if f"version.{name}" not in tags} == {"datasets"}
