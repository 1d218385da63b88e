"""`stancekit bundle promises`: what the answers of a model can promise, and to whom."""

from typing import Annotated

import typer
from rich.console import Console

from stancekit.models.conformal import ERROR_RATE
from stancekit.models.precision import CONFIDENCE, PRECISION
from stancekit.serving.commands.model_option import ModelArgument
from stancekit.serving.promise_tables import Asked, documents_page, promises_page, simulated_page
from stancekit.serving.registry import known_errors


def promises(
    model: ModelArgument = None,
    error_rate: Annotated[
        float, typer.Option(help="How often the set of labels may miss the right one.")
    ] = ERROR_RATE,
    precision: Annotated[
        float, typer.Option(help="The share of the answers that should be right.")
    ] = PRECISION,
    confidence: Annotated[
        float, typer.Option(help="How sure it should be that the promise of that share is kept.")
    ] = CONFIDENCE,
    draws: Annotated[
        int,
        typer.Option(
            "--simulate", help="Test the promises in so many draws of the labelled sentences."
        ),
    ] = 0,
) -> None:
    """Show what can be promised of sets and of answers, by the sentences that training left out.

    Then what became of such promises in each document that others made them for. As Markdown.
    """
    asked = Asked(error_rate, precision, confidence)
    manifest, held_out = known_errors(model)
    codebook = manifest.codebook
    lines = [*promises_page(codebook, held_out, asked), ""]
    lines += documents_page(codebook, held_out, asked)
    if draws > 0:
        lines += ["", *simulated_page(codebook, held_out, asked, draws)]
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for line in lines:
        console.print(line)
