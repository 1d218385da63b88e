"""`python -m stancekit.training.bench`: measure, phase by phase, and publish what was measured."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from stancekit.labels.errors import ConfigurationError, StancekitError
from stancekit.models.bundle import released_bundle
from stancekit.training.bench.kills import measure_kills
from stancekit.training.bench.machine import machine
from stancekit.training.bench.memory import measure_memory
from stancekit.training.bench.publish import publish
from stancekit.training.bench.results import keep
from stancekit.training.bench.setting import Setting
from stancekit.training.bench.speed import measure_latency, measure_speed
from stancekit.training.bench.start import measure_start

Phase = Callable[[Setting], Iterator[dict[str, Any]]]

PHASES: dict[str, Phase] = {
    "speed": measure_speed,
    "latency": measure_latency,
    "start": measure_start,
    "memory": measure_memory,
    "kills": measure_kills,
}
REPORT = "report"
RESULTS = "results.json"
TRANSFORMER, TFIDF = released_bundle(), released_bundle("tfidf")

_log = logging.getLogger("stancekit.bench")


def bench(
    phases: Annotated[
        str, typer.Option(help="Which of speed, latency, start, memory, kills, report; in order.")
    ] = ",".join([*PHASES, REPORT]),
    sentences: Annotated[
        int, typer.Option(help="Sentences of a repetition; ten times as many for tfidf.", min=1)
    ] = 1000,
    repeats: Annotated[int, typer.Option(help="Repetitions, all systems in turn.", min=1)] = 3,
    calls: Annotated[int, typer.Option(help="Calls with one sentence.", min=1)] = 200,
    starts: Annotated[int, typer.Option(help="Fresh processes of each system.", min=1)] = 5,
    sizes: Annotated[
        str, typer.Option(help="Sentences of the files whose memory is watched.")
    ] = "1000,10000,100000",
    tfidf_sizes: Annotated[
        str, typer.Option(help="The same, for the baseline.")
    ] = "1000,100000,1000000",
    kills: Annotated[int, typer.Option(help="Runs that are killed.", min=1)] = 20,
    killed_sentences: Annotated[int, typer.Option(help="Sentences of these.", min=1)] = 30_000,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
    transformer: Annotated[Path, typer.Option(help="The bundle that is measured.")] = TRANSFORMER,
    tfidf: Annotated[Path, typer.Option(help="The baseline's.")] = TFIDF,
    folder: Annotated[Path, typer.Option(help="Where results are put.")] = Path("build/bench"),
) -> None:
    """Measure scoring beside what would be used instead.

    Each phase puts its figures into results.json as it has them, beside those of phases before;
    `report` makes serving/benchmark.md, its picture and the README's part of the checkout here.
    """
    chosen = [name.strip() for name in phases.split(",")]
    for name in chosen:
        if name not in PHASES and name != REPORT:
            raise ConfigurationError(
                f"--phases {name}: expected some of {', '.join([*PHASES, REPORT])}"
            )
    folder.mkdir(parents=True, exist_ok=True)
    setting = Setting(
        transformer=transformer,
        tfidf=tfidf,
        folder=folder,
        seed=seed,
        sentences=sentences,
        repeats=repeats,
        calls=calls,
        starts=starts,
        sizes=_numbers(sizes),
        tfidf_sizes=_numbers(tfidf_sizes),
        kills=kills,
        killed_sentences=killed_sentences,
    )
    found = {**machine(), "transformer": _bundle_id(transformer), "tfidf": _bundle_id(tfidf)}
    for name in chosen:
        _log.info("%s", name)
        if name == REPORT:
            publish(folder / RESULTS, Path())
            continue
        for result in PHASES[name](setting):
            keep(folder / RESULTS, name, result, found)


def main() -> None:
    """Run the benchmark; a mistake ends in one line on standard error and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    _log.setLevel(logging.INFO)
    try:
        typer.run(bench)
    except StancekitError as fault:
        sys.stderr.write(f"bench: {fault}\n")
        sys.exit(2)


def _numbers(given: str) -> tuple[int, ...]:
    try:
        return tuple(int(own) for own in given.split(","))
    except ValueError:
        raise ConfigurationError(f"{given}: expected numbers between commas") from None


def _bundle_id(folder: Path) -> str:
    return str(json.loads((folder / "bundle.json").read_bytes())["id"])[:12]


if __name__ == "__main__":
    main()
