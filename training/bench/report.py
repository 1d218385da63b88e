"""The benchmark as Markdown: tables first, then what stands behind them."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from stancekit.training.bench.figures import FAMILIES, growth, limit_shares, rates
from stancekit.training.bench.machine import DATE, PACKAGES
from stancekit.training.bench.results import Results, one_machine
from stancekit.training.bench.system import FP32, OWN, OWN_REPEATED, OWN_TFIDF

__all__ = ["markdown"]

NOTHING = "–"  # noqa: RUF001
MIB = 2**20


def markdown(results: Results) -> str:
    """Return tables and sentences of the phases there are; the same results give the same text.

    Raises DataError if phases were measured on different machines.
    """
    parts = ["\n".join(_systems(results))]
    if "memory" in results:
        parts.append("\n".join(_memory(results["memory"]["rows"])))
    parts.append("\n".join(f"- {note}" for note in _notes(results)))
    return "\n\n".join(parts) + "\n"


def _systems(results: Results) -> Iterator[str]:
    """Yield a line for each system: many sentences, one sentence, a fresh process."""
    yield (
        "| system | sentences/s | time beside ours [min, max] | one sentence, ms: p50 / p95 / p99"
        " | fresh process, s | its memory, MiB |"
    )
    yield "|---|---|---|---|---|---|"
    for own in FAMILIES:
        for name in (own, *FAMILIES[own]):
            cells = [*_speed(results, own, name), _latency(results, name), *_start(results, name)]
            shown = f"**{name}**" if name == own else name
            yield f"| {' | '.join([shown, *cells])} |"


def _speed(results: Results, own: str, name: str) -> list[str]:
    systems = results.get("speed", {}).get("systems", {})
    found = [rate for rate in (rates(systems, own) if own in systems else ()) if rate.name == name]
    if not found:
        return [NOTHING, NOTHING]
    [rate] = found
    beside = "1" if name == own else f"{rate.ratio:.2f} [{rate.low:.2f}, {rate.high:.2f}]"
    return [_rounded(rate.per_second), beside]


def _latency(results: Results, name: str) -> str:
    found = results.get("latency", {}).get("systems", {}).get(name)
    if found is None:
        return NOTHING
    return " / ".join(f"{found[key]:.1f}" for key in ("p50", "p95", "p99"))


def _start(results: Results, name: str) -> list[str]:
    found = results.get("start", {}).get("systems", {}).get(name)
    if found is None:
        return [NOTHING, NOTHING]
    return [f"{median(found['seconds']):.2f}", f"{found['peak'] / MIB:,.0f}"]


def _memory(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| file scored to Parquet | sentences | seconds | peak memory, MiB | cost of a sentence |"
    yield "|---|---|---|---|---|"
    for name in dict.fromkeys(row["system"] for row in rows):
        own = [row for row in rows if row["system"] == name]
        for row, ratio in zip(own, growth(own), strict=True):
            cells = [
                f"{row['sentences']:,}",
                f"{row['seconds']:,.1f}",
                f"{row['peak'] / MIB:,.0f}",
                NOTHING if ratio is None else f"{ratio:.2f}",
            ]
            yield f"| {' | '.join([name, *cells])} |"


def _notes(results: Results) -> Iterator[str]:
    yield _measured_on(results)
    if "speed" in results:
        yield from _speed_notes(results["speed"])
    if "memory" in results:
        yield (
            "The cost of a sentence is that of one more at this size, beside that of one more at"
            " the size before: 1.00 is linear."
        )
    if "kills" in results:
        own = results["kills"]
        yield (
            f"Of {own['runs']} runs over {own['sentences']:,} sentences that `kill -9` was sent to"
            f" at random moments ({own['killed']} met alive, {own['kept']} with something kept),"
            f" {own['identical']} ended in the same bytes as an undisturbed one after `--resume`."
        )


def _speed_notes(speed: Mapping[str, Any]) -> Iterator[str]:
    first, tokens = speed["systems"][OWN], speed["limit"]["tokens"]
    yield (
        f"{first['sentences']:,} sentences of the five documents' lengths"
        f" ({tokens / first['sentences']:.0f} tokens on average), all different,"
        f" {len(first['seconds'])} times, the systems in turn; medians. All run the same"
        f" fine-tuned weights: those of the bundle, written out in fp32, give"
        f" {speed['agreement']:.1%} of its labels on the gold sentences. sentence-transformers"
        " takes the mean of the last layer and a head on it, which costs as much and says"
        " something else; scikit-learn does not clean texts."
    )
    yield (
        f"In *{OWN_REPEATED}* each comes about {speed['repeats_are']:.1f} times. Equal sentences"
        " go through the model once, so this says nothing of the model."
    )
    yield _limit_note(speed)
    for name, own in speed["stages"].items():
        whole = own["scoring"] + own["segmentation"]
        units = "tokens" if name == OWN else "n-grams"
        yield (
            f"{name}: on one core, cutting documents into sentences takes"
            f" {own['segmentation'] / whole:.1%} of the time of cutting and scoring, and making"
            f" {units} of sentences {own['encoding'] / whole:.1%}."
        )


def _limit_note(speed: Mapping[str, Any]) -> str:
    limit, shares = speed["limit"], limit_shares(speed)
    return (
        f"This machine's products reach {2 * limit['fp32'] / 1e9:,.0f} GFLOP/s in fp32 and"
        f" {2 * limit['int8'] / 1e9:,.0f} GOP/s in 8 bits (ONNX Runtime, 1024 x 768 x 3072). A"
        f" token needs {limit['weights'] / limit['tokens'] / 1e6:.0f} million multiply-adds with"
        f" weights and {limit['attention'] / limit['tokens'] / 1e6:.1f} in attention. At full rate"
        f" these alone would take {shares[OWN]:.0%} of the time of {OWN} (8 bits, attention in"
        f" fp32) and {shares[FP32]:.0%} of that of {FP32}."
    )


def _measured_on(results: Results) -> str:
    found = one_machine(results)
    versions = ", ".join(f"{name} {found[name]}" for name in PACKAGES if found[name])
    return (
        f"{found['processor']}, {found['cores']} cores, {found['memory_gib']} GiB,"
        f" {found['system']}, Python {found['python']}, {versions}; {OWN} with bundle"
        f" `{found['transformer']}`, {OWN_TFIDF} with `{found['tfidf']}`; {found[DATE]}."
    )


def _rounded(rate: float) -> str:
    return f"{rate:.1f}" if rate < 100 else f"{rate:,.0f}"
