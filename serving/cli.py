"""The command `stancekit`."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from stancekit.labels.errors import StancekitError
from stancekit.serving.commands import (
    bundle,
    compare,
    curve,
    estimate,
    labels,
    recalibrate,
    report,
    score,
    serve,
    train,
)

__all__ = ["app", "main"]


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"stancekit {version('stancekit')}\n")
        raise typer.Exit


app = typer.Typer(
    help="Stance and framing of sentences on China's technology policy.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version)
    ] = False,
) -> None: ...


app.command("score")(score.score)
app.command("estimate")(estimate.estimate)
app.command("report")(report.report)
app.command("serve")(serve.serve)
app.command("train")(train.train)
app.command("compare")(compare.compare)
app.command("recalibrate")(recalibrate.recalibrate)
app.command("curve")(curve.curve)
app.add_typer(labels.app, name="labels")
app.add_typer(bundle.app, name="bundle")


def main() -> None:
    """Run the command line; a user's mistake ends in one line on standard error and exit code 2."""
    try:
        app()
    except StancekitError as fault:
        sys.stderr.write(f"stancekit: {fault}\n")
        sys.exit(2)
