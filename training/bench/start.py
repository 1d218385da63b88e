"""From nothing to the first score: a fresh process that scores one sentence and ends."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib

from stancekit.models.bundle import read_bundle
from stancekit.training.bench.checkpoint import checkpoint_of
from stancekit.training.bench.child import run_child, stancekit
from stancekit.training.bench.plain_tfidf import plain_tfidf
from stancekit.training.bench.rivals import save_for_pipeline, sentence_transformer
from stancekit.training.bench.setting import Setting, real_sentences
from stancekit.training.bench.side_by_side import tfidf_model, transformer_model
from stancekit.training.bench.system import (
    OWN,
    OWN_TFIDF,
    PIPELINE,
    PLAIN_TFIDF,
    SENTENCE_TRANSFORMERS,
)

__all__ = ["measure_start"]

_PIPELINE = """
from transformers import pipeline
print(pipeline("text-classification", model=sys.argv[1])(sys.argv[2]))
"""
_VECTORS = """
from sentence_transformers import SentenceTransformer
print(SentenceTransformer(sys.argv[1], device="cpu").encode([sys.argv[2]]))
"""
_SCIKIT_LEARN = """
import joblib
print(joblib.load(sys.argv[1]).predict_proba([sys.argv[2]]))
"""


def measure_start(setting: Setting) -> Iterator[dict[str, Any]]:
    """Yield seconds and memory of processes that load a model from disk and score one sentence.

    The first round, which brings files into memory, does not count.
    """
    with TemporaryDirectory(dir=setting.folder) as place:
        commands = _commands(setting, Path(place), real_sentences()[0])
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        peaks = dict.fromkeys(commands, 0)
        for turn in range(setting.starts + 1):
            for name, command in commands.items():
                ended = run_child(command)
                if turn:
                    seconds[name].append(ended.seconds)
                    peaks[name] = max(peaks[name], ended.peak)
    yield {
        "systems": {name: {"seconds": own, "peak": peaks[name]} for name, own in seconds.items()}
    }


def _commands(setting: Setting, place: Path, text: str) -> dict[str, list[str]]:
    article = place / "article.txt"
    article.write_text(f"{text}\n", encoding="utf-8")
    _save_rivals(setting, place)
    return {
        OWN: stancekit("score", article, "--model", setting.transformer),
        PIPELINE: _program(_PIPELINE, place / "pipeline", text),
        SENTENCE_TRANSFORMERS: _program(_VECTORS, place / "vectors", text),
        OWN_TFIDF: stancekit("score", article, "--model", setting.tfidf),
        PLAIN_TFIDF: _program(_SCIKIT_LEARN, place / "tfidf.joblib", text),
    }


def _save_rivals(setting: Setting, place: Path) -> None:
    bundle = read_bundle(setting.transformer)
    checkpoint = checkpoint_of(bundle, transformer_model(bundle))
    save_for_pipeline(checkpoint, place / "pipeline")
    sentence_transformer(place / "pipeline").save(str(place / "vectors"))
    joblib.dump(plain_tfidf(tfidf_model(read_bundle(setting.tfidf))), place / "tfidf.joblib")


def _program(lines: str, model: Path, text: str) -> list[str]:
    return [sys.executable, "-c", f"import sys{lines}", str(model), text]
