"""The option `--model`, which most commands have."""

from typing import Annotated

import typer

__all__ = ["Model"]

Model = Annotated[
    str | None,
    typer.Option(
        help="A bundle folder, or models:/NAME@ALIAS of MLflow; for scores the bundle that made"
        " them. [default: the released one]",
        show_default=False,
    ),
]
