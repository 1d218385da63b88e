"""`stancekit bundle`: look at a model folder and prove that it is whole."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from stancekit.models.bundle import CARD, read_bundle, released_bundle
from stancekit.serving.commands import promises

app = typer.Typer(help="Model folders: verify and read them.", no_args_is_help=True)

app.command()(promises.promises)

Folder = Annotated[
    Path | None,
    typer.Argument(help="A bundle folder. Without it, the released one.", show_default=False),
]


@app.command()
def verify(folder: Folder = None) -> None:
    """Check the SHA-256 of every file and that no file holds anything but arrays."""
    chosen = folder or released_bundle()
    manifest = read_bundle(chosen).manifest
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{chosen.name}: whole, {len(manifest.files) + 1} files, nothing in it can run")
    console.print(f"  bundle   {manifest.id}")
    console.print(f"  codebook {manifest.codebook_digest}")
    console.print(f"  dataset  {manifest.dataset_digest}")
    for name, digest in sorted(manifest.files.items()):
        console.print(f"  {name:<12} {digest}")


@app.command()
def card(folder: Folder = None) -> None:
    """Show what the model was made of, how good it is, and what it must not be used for."""
    chosen = folder or released_bundle()
    read_bundle(chosen)
    Console().print(Markdown((chosen / CARD).read_text(encoding="utf-8")))
