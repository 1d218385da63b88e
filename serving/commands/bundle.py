"""`stancekit bundle`: look at a model folder and prove that it is whole."""

import typer
from rich.console import Console

from stancekit.models.bundle import CARD, read_bundle
from stancekit.serving.commands import promises
from stancekit.serving.commands.model_option import ModelArgument
from stancekit.serving.registry import find_bundle

app = typer.Typer(help="Model folders: verify and read them.", no_args_is_help=True)

app.command()(promises.promises)


@app.command()
def verify(model: ModelArgument = None) -> None:
    """Check the SHA-256 of every file and that no file holds anything but arrays."""
    with find_bundle(model) as folder:
        manifest, name = read_bundle(folder).manifest, folder.name
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{name}: whole, {len(manifest.files) + 1} files, nothing in it can run")
    console.print(f"  bundle   {manifest.id}")
    console.print(f"  codebook {manifest.codebook_digest}")
    console.print(f"  dataset  {manifest.dataset_digest}")
    for file, digest in sorted(manifest.files.items()):
        console.print(f"  {file:<12} {digest}")


@app.command()
def card(model: ModelArgument = None) -> None:
    """Show what the model was made of, how good it is, and what it must not be used for."""
    from rich.markdown import Markdown  # noqa: PLC0415  (slow, and no other command needs it)

    with find_bundle(model) as folder:
        read_bundle(folder)
        text = (folder / CARD).read_text(encoding="utf-8")
    Console().print(Markdown(text))
