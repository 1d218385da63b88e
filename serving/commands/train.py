"""`stancekit train`: from a recipe to a judged, tracked and packed model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from stancekit.labels.errors import InputError
from stancekit.serving.commands.extras import training
from stancekit.serving.terminal import stderr

if TYPE_CHECKING:
    from stancekit.training.evaluation import Evaluation
    from stancekit.training.experiment import Experiment


def train(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as training/recipes/tfidf.toml.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write the bundle to this folder, too.", show_default=False
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="A folder with a codebook of your own: codebook.toml, and sentences.jsonl or"
            " sentences.csv with a column text, one for each task, and perhaps id, context,"
            " document, split.",
            show_default="the released data",
        ),
    ] = None,
    add: Annotated[
        list[Path] | None,
        typer.Option(
            help="A file of your own labelled sentences to train on and judge by, too"
            " (see: stancekit labels import). Can be given more than once.",
            show_default=False,
        ),
    ] = None,
    judge_by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DETAIL=VALUE",
            help="Judge by the written sentences that have this value (such as register=academic)"
            " instead of the documents, and pack nothing: to choose settings. Can be given more"
            " than once.",
            show_default=False,
        ),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            help="Judge with so many seeds, from the recipe's own on. The model that is packed is"
            " that of the first; each further one takes as long.",
            min=1,
            max=20,
            show_default="what the recipe says",
        ),
    ] = None,
    no_tracking: Annotated[
        bool, typer.Option("--no-tracking", help="Log nothing to MLflow and register nothing.")
    ] = False,
) -> None:
    """Judge a recipe on left-out sentences, train it on all of them, log and register the model.

    MLflow's store is mlflow.db in this folder, or what MLFLOW_TRACKING_URI names.
    """
    with training("train"):
        from stancekit.training.experiment import run_experiment  # noqa: PLC0415
        from stancekit.training.recipe import read_recipe  # noqa: PLC0415

        chosen = read_recipe(recipe)
        by = [_detail(given) for given in judge_by or ()]
        progress = stderr()
        with progress.status("") as status:
            experiment = run_experiment(
                chosen,
                out=out,
                track=not no_tracking,
                labels=labels,
                add=add or (),
                judge_by=by,
                repeats=repeats,
                tell=status.update,
            )
    _show(experiment, out)


def _detail(given: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in given.partition("="))
    if not (name and equals and value):
        raise InputError(
            f"--judge-by {given}: expected a detail and a value of it, as register=academic"
        )
    return name, value


def _show(experiment: "Experiment", out: Path | None) -> None:
    from stancekit.training.contrast import FLIPS, STAYS  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    everything = [*experiment.judging.references, experiment.evaluation]
    judged = len(experiment.evaluation.sentences)
    console.print(f"{judged} sentences, {experiment.evaluation.folding.account}")
    for task in experiment.evaluation.tasks.values():
        if len(task.sentences) < judged:
            console.print(f"{len(task.sentences)} of them have a label of {task.task}")
    Console(highlight=False).print(_scores(everything))
    for result in experiment.evaluation.tasks.values():
        console.print(result.signature, style="dim", markup=False)
        spread = experiment.judging.spread(result.task)
        if spread:
            console.print(f"{result.task}: {spread}", markup=False)
    for score in experiment.judging.contrast:
        if score.phenomenon in (FLIPS, STAYS):
            console.print(
                f"contrast {score.task}, {score.phenomenon}: both sentences right in"
                f" {score.both:.0%} of {score.pairs} pairs"
            )
    console.print()
    if experiment.manifest is not None:
        console.print(f"bundle   {experiment.manifest.id[:12]}{f' -> {out}' if out else ''}")
    tracked = experiment.tracked
    if tracked is not None:
        console.print(f"MLflow   run {tracked.run_id} in {experiment.store}")
    if tracked is not None and tracked.model_version:
        verdict = "is now the champion" if tracked.decision.promoted else "stays a candidate"
        console.print(
            f"registry {tracked.model} version {tracked.model_version} {verdict}:"
            f" {tracked.decision.reason}",
            markup=False,
        )


def _scores(evaluations: "list[Evaluation]") -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("task", "system", "macro-F1 [95 %]", "F1 by label"):
        table.add_column(name)
    for task in evaluations[0].tasks:
        for evaluation in evaluations:
            result = evaluation.tasks[task]
            labels = ", ".join(f"{score.label} {score.f1:.2f}" for score in result.labels)
            name = task if evaluation is evaluations[0] else ""
            table.add_row(name, evaluation.system, str(result.macro_f1).replace("[", r"\["), labels)
    return table
