"""The card of a bundle: what it was made of, how good it is, what it must not be used for."""

from collections import Counter
from collections.abc import Sequence

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.sentences import AUTHORED, Sentence, dataset_digest
from stancekit.training.calibration import error_by_chance
from stancekit.training.contrast import ContrastScore, contrast_table
from stancekit.training.evaluation import Evaluation
from stancekit.training.fitting import trains_on_documents
from stancekit.training.judging import Judging
from stancekit.training.recipe import Recipe
from stancekit.training.references import minus_reference
from stancekit.training.tuned_model import TunedModel

__all__ = ["calibration_table", "model_card", "score_table"]


def model_card(
    recipe: Recipe,
    sentences: Sequence[Sentence],
    codebook: Codebook,
    judging: Judging,
) -> str:
    """Return the card as Markdown; equal input gives an equal card."""
    evaluation = judging.evaluation
    by_document = evaluation.folding.name.startswith("leave-one-document-out")
    digests = f"codebook {codebook.version} `{codebook.digest}`"
    parts = [
        f"# {recipe.name}",
        f"{codebook.title}: {' and '.join(task.title for task in codebook.tasks)}.",
        "## Data",
        _data(sentences, codebook, evaluation, by_document),
        "\n".join(_counts(sentences, codebook, task) for task in codebook.task_names),
        f"Dataset `{dataset_digest(sentences)}`, {digests}.",
        "## Scores",
        _judging(recipe, sentences, evaluation, by_document),
        score_table(recipe, judging),
        *_seeds(judging),
        (
            "How far confidence and accuracy lie apart (expected calibration error, 10 bins of"
            " equal size), as the model says it and with the temperature that the other"
            f" {'documents' if by_document else 'parts'} give; by chance alone, as many sentences"
            " would show the last, with the range of 95 % of cases, if the model were right"
            " exactly as often as it says:"
        ),
        calibration_table(evaluation),
        "Signatures:",
        "\n".join(f"- `{task.signature}`" for task in evaluation.tasks.values()),
        *_contrast(judging.contrast),
        "## Use and limits",
        _limits(codebook, evaluation, by_document),
        "## What it gets wrong",
        "\n".join(_errors(evaluation, codebook, task) for task in codebook.task_names),
    ]
    return "\n\n".join(parts) + "\n"


def _data(
    sentences: Sequence[Sentence], codebook: Codebook, evaluation: Evaluation, by_document: bool
) -> str:
    authored = sum(sentence.origin == AUTHORED for sentence in sentences)
    origins = f"{len(sentences)} labelled sentences"
    if by_document:
        origins += (
            f", {len(sentences) - authored} of them from {_documents(evaluation)} documents"
            f" and {authored} written for training"
        )
    if codebook.digest != released_codebook().digest:
        return f"{origins}. Their labels came with them; how they were given is not known here."
    return (
        f"{origins}. All labels were given by language models reading under the codebook,"
        " disagreements settled by another reading."
    )


def _judging(
    recipe: Recipe, sentences: Sequence[Sentence], evaluation: Evaluation, by_document: bool
) -> str:
    count, documents = len(evaluation.sentences), _documents(evaluation)
    judging = (
        f"{count} sentences, {evaluation.folding.account}; 95 % bootstrap intervals over sentences."
    )
    if by_document:
        beside = any(sentence.origin == AUTHORED for sentence in sentences)
        training = (
            f"Each document was judged by a model trained on the other {documents - 1}"
            f"{' and the written sentences' if beside else ''};"
        )
        if not trains_on_documents(recipe, sentences):
            training = (
                "The model was trained on written sentences alone; no sentence of a document was"
                " seen in training."
            )
        judging = f"{training} 95 % bootstrap intervals over sentences, drawn within documents."
    few = [
        f" {len(task.sentences)} of the {count} have a label of {name}."
        for name, task in evaluation.tasks.items()
        if len(task.sentences) < count
    ]
    return "".join([judging, *few])


def _seeds(judging: Judging) -> list[str]:
    spreads = {task: judging.spread(task) for task in judging.evaluation.tasks}
    lines = [f"- {task}: {spread}" for task, spread in spreads.items() if spread]
    head = ["How macro-F1 spreads over seeds of the training:", "\n".join(lines)] if lines else []
    collapsed = judging.collapsed + sum(repeat.collapsed for repeat in judging.repeats)
    if collapsed:
        head.append(
            f"Runs that collapsed (one label for everything) and were begun again: {collapsed}, of"
            " all trainings that these scores rest on."
            + (
                f" The packed model is of seed {judging.model.seed}."
                if isinstance(judging.model, TunedModel)
                else ""
            )
        )
    return head


def _limits(codebook: Codebook, evaluation: Evaluation, by_document: bool) -> str:
    ours = codebook.digest == released_codebook().digest
    kind = "sentences of English articles" if ours else "sentences"
    judged, others = "the judged sentences", "like these, not with those of another source"
    if by_document:
        judged = "these documents"
        others = f"of these {_documents(evaluation)} documents, not with other publishers"
    return (
        f"For {kind} within the codebook's scope:"
        f" {codebook.scope[:1].lower()}{codebook.scope[1:]}"
        " `stancekit score` sets aside what is not English and warns of texts unlike those of"
        " training; the model itself gives labels to any text."
        f" The probabilities are scaled by a temperature that was fitted on {judged}; on"
        " texts of another kind they may be surer than they should."
        f" The intervals say how far the score would move with other sentences {others}."
        " The sentences that trained the model, scored again,"
        " look better than new ones would. Counts of predicted labels are biased by the errors that"
        " the confusion matrix shows; do not publish them as shares without correcting for that."
    )


def _documents(evaluation: Evaluation) -> int:
    return len({sentence.document for sentence in evaluation.sentences})


def score_table(recipe: Recipe, judging: Judging) -> str:
    """Return macro-F1 and per-label F1 of every system and task as a Markdown table.

    Beside each reference stands how far the model is ahead of it, paired.
    """
    own = judging.evaluation
    lines = [
        f"| task | system | macro-F1 [95 %] | {own.system} minus it | F1 by label |",
        "|---|---|---|---|---|",
    ]
    for task in own.tasks:
        for evaluation in (*judging.references, own):
            result = evaluation.tasks[task]
            labels = ", ".join(f"{score.label} {score.f1:.2f}" for score in result.labels)
            ahead = ""
            if evaluation is not own:
                ahead = minus_reference(recipe, own, evaluation, task).signed()
            lines.append(
                f"| {task} | {evaluation.system} | {result.macro_f1} | {ahead} | {labels} |"
            )
    return "\n".join(lines)


def calibration_table(evaluation: Evaluation) -> str:
    """Return temperatures and calibration errors, before, after and by chance, as Markdown."""
    lines = [
        "| task | temperature | error before | error after | by chance alone |",
        "|---|---|---|---|---|",
    ]
    for name, task in evaluation.tasks.items():
        own = task.calibration
        chance = error_by_chance(own.probabilities)
        lines.append(
            f"| {name} | {own.temperature:.2f} | {own.before:.3f} | {own.after:.3f} |"
            f" {chance.value:.3f} [{chance.low:.3f}, {chance.high:.3f}] |"
        )
    return "\n".join(lines)


def _counts(sentences: Sequence[Sentence], codebook: Codebook, task: str) -> str:
    counts = Counter(sentence.labels.get(task, "") for sentence in sentences)
    shares = ", ".join(f"{name} {counts[name]}" for name in codebook.task(task).label_names)
    return f"- {task}: {shares}" + (f", without a label {counts['']}" if counts[""] else "")


def _contrast(scores: Sequence[ContrastScore]) -> list[str]:
    if not scores:
        return []
    return [
        "## Contrast pairs",
        (
            "Two sentences a small edit apart, never trained on: an edit that turns the label, or"
            " one that must not. A model that ignores the edit gets no pair right whose label"
            " flips."
        ),
        contrast_table(scores),
    ]


def _errors(evaluation: Evaluation, codebook: Codebook, task: str) -> str:
    """Return the surest mistake for each gold label: one line each."""
    names = codebook.task(task).label_names
    result = evaluation.tasks[task]
    surest: dict[str, tuple[float, str]] = {}
    for sentence, row in zip(result.sentences, result.calibration.probabilities, strict=True):
        gold, best = sentence.labels[task], int(row.argmax())
        if names[best] != gold and row[best] > surest.get(gold, (0.0, ""))[0]:
            text = " ".join(sentence.text.split())
            shown = text if len(text) <= 160 else text[:157] + "..."
            line = f'- {task}: "{shown}" is {gold}, was called {names[best]} ({row[best]:.2f})'
            surest[gold] = (float(row[best]), line)
    return "\n".join(line for _, line in (surest[name] for name in names if name in surest))
