"""What MLflow shows above a run or a model version: the result in words, scores, the decision."""

from collections.abc import Sequence

from stancekit.labels.sentences import AUTHORED, Sentence
from stancekit.training.card import calibration_table, score_table
from stancekit.training.contrast import FLIPS, STAYS, contrast_table
from stancekit.training.evaluation import Evaluation
from stancekit.training.fitting import trains_on_documents
from stancekit.training.judging import Judging
from stancekit.training.promotion import Decision
from stancekit.training.recipe import Recipe, TransformerRecipe

__all__ = ["DESCRIPTION", "fold_description", "run_description", "run_title", "version_description"]

DESCRIPTION = "mlflow.note.content"
"""The tag whose value MLflow shows as a run's description, in Markdown."""


def run_title(recipe: Recipe) -> str:
    """Return the recipe's name with the beginning of its digest: variants may share a name."""
    return f"{recipe.name} {recipe.digest[:6]}"


def run_description(
    recipe: Recipe, sentences: Sequence[Sentence], judging: Judging, decision: Decision
) -> str:
    """Return the description of a parent run as Markdown."""
    evaluation = judging.evaluation
    about = (
        f"A {recipe.kind} model, trained on {_data(recipe, sentences)}. Macro-F1 on"
        f" {len(evaluation.sentences)} sentences, {evaluation.folding.account}."
    )
    parts = [
        about,
        score_table(recipe, judging),
        "Expected calibration error, before and after the temperature, and by chance alone:",
        calibration_table(evaluation),
    ]
    spreads = [f"{task}: {spread}" for task in evaluation.tasks if (spread := judging.spread(task))]
    if spreads:
        parts.append(f"Macro-F1 over seeds: {'; '.join(spreads)}.")
    summed = [score for score in judging.contrast if score.phenomenon in (FLIPS, STAYS)]
    if summed:
        parts += ["Contrast pairs:", contrast_table(summed)]
    return "\n\n".join([*parts, _verdict(decision)])


def _data(recipe: Recipe, sentences: Sequence[Sentence]) -> str:
    """Say of what origin the sentences are that were trained on."""
    written = any(sentence.origin == AUTHORED for sentence in sentences)
    if not trains_on_documents(recipe, sentences):
        return "written sentences only"
    if len({s.document for s in sentences if s.origin != AUTHORED}) < 2:
        # Of one document, or nobody said of which: they are judged by in parts.
        return "labelled and written sentences" if written else "labelled sentences"
    return "documents and written sentences" if written else "documents only"


def fold_description(judged: int, left_out: str) -> str:
    """Return the description of the child run that leaves `left_out` out."""
    return f"Judged on the {judged} sentences of `{left_out}`, trained without them."


def version_description(recipe: Recipe, evaluation: Evaluation, decision: Decision) -> str:
    """Return the description of a registered model version: one paragraph."""
    scores = ", ".join(f"{name} {task.macro_f1}" for name, task in evaluation.tasks.items())
    return f"{run_title(recipe)}: macro-F1 {scores}. {_verdict(decision)}{_unheard(recipe)}"


def _unheard(recipe: Recipe) -> str:
    """Warn of what an MLflow model is not told, and was judged with."""
    if not (isinstance(recipe, TransformerRecipe) and recipe.encoder.context):
        return ""
    return (
        " Judged with the sentence before, which it is not told through MLflow's own interface:"
        " score with stancekit."
    )


def _verdict(decision: Decision) -> str:
    became = "Became the champion" if decision.promoted else "Did not become the champion"
    return f"{became}: {decision.reason}."
