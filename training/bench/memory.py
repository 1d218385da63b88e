"""Scoring files of growing size: how much memory it takes, and whether time grows with the size."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyarrow import parquet

from stancekit.training.bench.big_file import write_articles
from stancekit.training.bench.child import run_child, stancekit
from stancekit.training.bench.setting import Setting
from stancekit.training.bench.system import OWN, OWN_TFIDF

__all__ = ["measure_memory"]


def measure_memory(setting: Setting) -> Iterator[dict[str, Any]]:
    """Yield what was measured so far after each file: it takes long, and may be stopped."""
    work = [
        (name, bundle, size)
        for name, bundle, sizes in (
            (OWN, setting.transformer, setting.sizes),
            (OWN_TFIDF, setting.tfidf, setting.tfidf_sizes),
        )
        for size in sizes
    ]
    rows: list[dict[str, Any]] = []
    for name, bundle, size in work:
        rows.append({"system": name, **_scored(setting, bundle, size)})
        yield {"rows": list(rows)}


def _scored(setting: Setting, bundle: Path, size: int) -> dict[str, Any]:
    with TemporaryDirectory(dir=setting.folder) as place:
        articles, out = Path(place) / "big.csv", Path(place) / "scores.parquet"
        write_articles(articles, size, setting.seed)
        ended = run_child(stancekit("score", articles, "--model", bundle, "--out", out))
        return {
            "asked": size,
            "sentences": parquet.read_metadata(out).num_rows,
            "seconds": ended.seconds,
            "peak": ended.peak,
        }
