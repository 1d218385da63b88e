"""How much of scoring is not the model: cutting documents into sentences, and these into tokens."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from stancekit.labels.segmentation import segment
from stancekit.models.bundle import Bundle
from stancekit.training.bench.mix import in_documents

__all__ = ["stage_seconds"]


def stage_seconds(bundle: Bundle, texts: Sequence[str]) -> dict[str, float]:
    """Return the seconds on one core of segmentation, and of what is read off sentences."""
    documents = list(in_documents(iter(texts), len(texts)))
    with _one_core():
        return {
            "segmentation": _seconds(lambda: [segment(document) for document in documents]),
            "encoding": _seconds(lambda: bundle.model.encode(texts)),
        }


def _seconds(work: Callable[[], object]) -> float:
    work()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep the tokenizer, which uses all cores by itself, to one; it asks at every call."""
    name = "TOKENIZERS_PARALLELISM"
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
