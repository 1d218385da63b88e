"""Runs that are killed at some moment and gone on with, and what they end in."""

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stancekit.training.bench.big_file import write_articles
from stancekit.training.bench.child import run_child, stancekit
from stancekit.training.bench.setting import Setting

__all__ = ["measure_kills"]

FORMS = ("csv", "jsonl", "parquet")
"""Kills take turns with what is written."""


def measure_kills(setting: Setting) -> Iterator[dict[str, Any]]:
    """Yield how many killed runs ended in the same bytes once they were gone on with.

    The baseline scores, as it is the writing that is tried here. `killed` are those that the signal
    met alive, `kept` those that had something on disk by then.
    """
    chance = random.Random(setting.seed)  # noqa: S311  (nothing secret)
    counts = dict.fromkeys(("runs", "killed", "kept", "identical"), 0)
    with TemporaryDirectory(dir=setting.folder) as folder:
        place = Path(folder)
        articles = place / "articles.csv"
        write_articles(articles, setting.killed_sentences, setting.seed)
        score = stancekit("score", articles, "--model", setting.tfidf, "--out")
        seconds = {}
        for form in FORMS:
            seconds[form] = run_child([*score, str(place / f"whole.{form}")]).seconds
        for number in range(setting.kills):
            form = FORMS[number % len(FORMS)]
            out = place / f"killed.{form}"
            found = _killed([*score, str(out)], out, chance.uniform(0.05, 0.95) * seconds[form])
            run_child([*score, str(out), "--resume"])
            same = out.read_bytes() == (place / f"whole.{form}").read_bytes()
            out.unlink()
            counts["runs"] += 1
            counts["killed"] += found["killed"]
            counts["kept"] += found["kept"]
            counts["identical"] += same
            yield {"sentences": setting.killed_sentences, **counts}


def _killed(command: list[str], out: Path, after_s: float) -> dict[str, bool]:
    """Start `command`, kill it after some seconds unless it is done, and say what was met."""
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        journal = out.with_name(f"{out.name}.unfinished") / "journal.jsonl"
        kept = journal.exists() and journal.stat().st_size > 0
        return {"killed": True, "kept": kept}
    return {"killed": False, "kept": False}
