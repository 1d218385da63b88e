"""How commands are told which model is meant."""

from typing import Annotated

import typer

__all__ = ["Model", "ModelArgument"]

_WHICH = "A bundle folder, the name of one that ships, or models:/NAME@ALIAS of MLflow"

Model = Annotated[
    str | None,
    typer.Option(
        help=f"{_WHICH}; for scores the bundle that made them. [default: the released one]",
        show_default=False,
    ),
]

ModelArgument = Annotated[
    str | None,
    typer.Argument(help=f"{_WHICH}. [default: the released one]", show_default=False),
]
