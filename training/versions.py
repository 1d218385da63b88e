"""Versions of what a model is made with, as tags of its run: other ones may give other scores."""

import platform
from importlib.metadata import PackageNotFoundError, version

__all__ = ["version_tags"]

PACKAGES = (
    "stancekit",
    "scikit-learn",
    "numpy",
    "scipy",
    "sentencex",
    "skops",
    "mlflow",
    "torch",
    "transformers",
    "tokenizers",
    "accelerate",
    "datasets",
    "onnx",
    "onnxruntime",
)


def version_tags() -> dict[str, str]:
    """Return `python` and a `version.<package>` for each of the packages that is installed."""
    tags = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            tags[f"version.{package}"] = version(package)
        except PackageNotFoundError:
            continue
    return tags
