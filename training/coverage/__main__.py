"""`python -m stancekit.training.coverage`: simulate, and publish what came out."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from stancekit.labels.errors import StancekitError
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.manifest import read_manifest
from stancekit.training.coverage.plan import outcomes
from stancekit.training.coverage.publish import publish

_log = logging.getLogger("stancekit.coverage")


def coverage(
    repetitions: Annotated[int, typer.Option(help="Corpora of each kind.", min=2)] = 1000,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.", min=0)] = 0,
    model: Annotated[Path | None, typer.Option(help="A bundle folder.")] = None,
    root: Annotated[Path, typer.Option(help="The checkout to publish in.")] = Path(),
) -> None:
    """Say how often the 95 % intervals of `stancekit estimate` hold the truth.

    Writes serving/coverage.md, its picture and the README's part of the checkout here.
    """
    folder = model or released_bundle()
    manifest = read_manifest(folder)
    held_out = read_held_out(folder, manifest)
    found = []
    for own in outcomes(manifest.codebook, held_out, repetitions, seed):
        found.append(own)
        _log.info("%s: %s %.2f", own.corpora, own.label, own.share)
    publish(found, repetitions, root)


def main() -> None:
    """Run the simulation; a mistake ends in one line on standard error and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    _log.setLevel(logging.INFO)
    try:
        typer.run(coverage)
    except StancekitError as fault:
        sys.stderr.write(f"coverage: {fault}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
