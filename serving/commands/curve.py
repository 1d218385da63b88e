"""`stancekit curve`: what the sentences written for training are worth."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stancekit.serving.commands.extras import training
from stancekit.serving.terminal import stderr


def curve(
    recipe: Annotated[
        Path, typer.Argument(help="A curve's recipe, such as training/recipes/curve.toml.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write curve.json, curve.md and curve.png to this folder.",
            show_default=False,
        ),
    ] = None,
    no_tracking: Annotated[
        bool, typer.Option("--no-tracking", help="Log nothing to MLflow.")
    ] = False,
) -> None:
    """Show how scores on left-out documents grow with the written sentences that are trained on."""
    with training("curve"):
        from stancekit.labels.codebook import released_codebook  # noqa: PLC0415
        from stancekit.training.curve import draw_curve, read_curve_recipe  # noqa: PLC0415
        from stancekit.training.curve_report import (  # noqa: PLC0415
            curve_table,
            log_curve,
            write_curve,
        )
        from stancekit.training.experiment import experiment_sentences  # noqa: PLC0415
        from stancekit.training.store import connect  # noqa: PLC0415

        chosen, recipes = read_curve_recipe(recipe)
        codebook = released_codebook()
        sentences = experiment_sentences(recipes[0], codebook)
        with stderr().status("") as status:
            drawn = draw_curve(chosen, recipes, sentences, codebook, status.update)
        console = Console(highlight=False, soft_wrap=True)
        console.print(curve_table(drawn), markup=False)
        for path in write_curve(out, drawn, codebook) if out is not None else ():
            console.print(f"-> {path}", markup=False)
        if not no_tracking:
            address = connect()
            console.print(f"MLflow   run {log_curve(chosen, drawn, codebook)} in {address}")
