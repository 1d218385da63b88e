"""The phases that run in this process: many sentences, and one at a time."""

from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median
from typing import Any

from stancekit.training.bench.limit import product_rate, products_needed
from stancekit.training.bench.mix import mixed, repeated
from stancekit.training.bench.setting import Setting, real_sentences
from stancekit.training.bench.side_by_side import Contest, contest, transformer_model
from stancekit.training.bench.stages import stage_seconds
from stancekit.training.bench.system import BATCHED_PIPELINE, OWN_REPEATED, System
from stancekit.training.bench.timing import latencies_ms, seconds_in_turn

__all__ = ["measure_latency", "measure_speed"]


def measure_speed(setting: Setting) -> Iterator[dict[str, Any]]:
    """Yield seconds of all systems over the same texts, the machine's rates, shares of stages."""
    real = real_sentences()
    texts = list(islice(mixed(real, setting.seed), setting.sentences * setting.tfidf_times))
    few = texts[: setting.sentences]
    with contest(setting) as found:
        rates = {kind: product_rate(kind == "int8") for kind in ("fp32", "int8")}
        own, small = found.transformer, found.tfidf
        again = System(OWN_REPEATED, own.own.score)
        work: list[tuple[System, Sequence[str]]] = [
            *((system, few) for system in (own.own, *own.rivals)),
            (again, repeated(real, len(few), setting.seed)),
            *((system, texts) for system in (small.own, *small.rivals)),
        ]
        seconds = seconds_in_turn(work, setting.repeats)
        yield {
            "agreement": found.agreement,
            "repeats_are": len(few) / min(len(few), len(real)),
            "systems": {
                system.name: {"sentences": len(given), "seconds": seconds[system.name]}
                for system, given in work
            },
            "limit": {**rates, **_needed(found, few)},
            "stages": {
                side.own.name: {
                    **stage_seconds(side.bundle, given),
                    "scoring": median(seconds[side.own.name]),
                }
                for side, given in ((own, few), (small, texts))
            },
        }


def measure_latency(setting: Setting) -> Iterator[dict[str, Any]]:
    """Yield percentiles of the milliseconds for one sentence; batches do not matter there."""
    texts = list(islice(mixed(real_sentences(), setting.seed), setting.calls))
    with contest(setting) as found:
        sides = (found.transformer, found.tfidf)
        systems = [system for side in sides for system in (side.own, *side.rivals)]
        yield {
            "calls": len(texts),
            "systems": {
                system.name: latencies_ms(system, texts)
                for system in systems
                if system.name != BATCHED_PIPELINE
            },
        }


def _needed(found: Contest, texts: Sequence[str]) -> dict[str, int]:
    encoded = transformer_model(found.transformer.bundle).encode(texts)
    tokens = [len(pair.ids) for pair in encoded]
    weights, attention = products_needed(found.checkpoint.network.encoder, tokens)
    return {"tokens": sum(tokens), "weights": weights, "attention": attention}
