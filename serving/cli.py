"""The command `stancekit`."""

import sys

import typer

from stancekit.labels.errors import StancekitError
from stancekit.serving.commands import bundle, compare, labels, score, train

__all__ = ["app", "main"]

app = typer.Typer(
    help="Stance and framing of sentences on China's technology policy.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("score")(score.score)
app.command("train")(train.train)
app.command("compare")(compare.compare)
app.add_typer(labels.app, name="labels")
app.add_typer(bundle.app, name="bundle")


def main() -> None:
    """Run the command line; a user's mistake ends in one line on standard error and exit code 2."""
    try:
        app()
    except StancekitError as fault:
        sys.stderr.write(f"stancekit: {fault}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("stancekit: interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain again while closing it.
        sys.stderr.close()
        sys.exit(141)
