"""The card of a bundle: what it was made of, how good it is, what it must not be used for."""

from collections import Counter
from collections.abc import Sequence

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import AUTHORED, Sentence, dataset_digest
from stancekit.training.contrast import ContrastScore, contrast_table
from stancekit.training.evaluation import Evaluation
from stancekit.training.recipe import Recipe

__all__ = ["calibration_table", "model_card", "score_table"]


def model_card(
    recipe: Recipe,
    sentences: Sequence[Sentence],
    codebook: Codebook,
    evaluation: Evaluation,
    references: Sequence[Evaluation],
    contrast: Sequence[ContrastScore] = (),
) -> str:
    """Return the card as Markdown; equal input gives an equal card."""
    authored = sum(sentence.origin == AUTHORED for sentence in sentences)
    documents = len({sentence.document for sentence in evaluation.sentences})
    data = (
        f"{len(sentences)} labelled sentences, {len(sentences) - authored} of them from {documents}"
        f" documents and {authored} written for training. All labels were given by language models"
        " reading under the codebook, disagreements settled by another reading."
    )
    judging = (
        f"Each document was judged by a model trained on the other {documents - 1};"
        " 95 % bootstrap intervals over sentences, drawn within documents."
    )
    limits = (
        "For sentences of English articles within the codebook's scope:"
        f" {codebook.scope[0].lower()}{codebook.scope[1:]}"
        " Nothing checks the scope: any text gets labels, also one in another language."
        " The probabilities are scaled by a temperature that was fitted on these documents; on"
        " texts of another kind they may be surer than they should."
        f" The intervals say how far the score would move with other sentences of these {documents}"
        " documents, not with other publishers. The sentences that trained the model, scored again,"
        " look better than new ones would. Counts of predicted labels are biased by the errors that"
        " the confusion matrix shows; do not publish them as shares without correcting for that."
    )
    digests = f"codebook {codebook.version} `{codebook.digest}`"
    parts = [
        f"# {recipe.name}",
        f"{codebook.title}: {' and '.join(task.title for task in codebook.tasks)}.",
        "## Data",
        data,
        "\n".join(_counts(sentences, codebook, task) for task in codebook.task_names),
        f"Dataset `{dataset_digest(sentences)}`, {digests}.",
        "## Scores",
        judging,
        score_table([*references, evaluation]),
        (
            "How far confidence and accuracy lie apart (expected calibration error, 10 bins of"
            " equal size), as the model says it and with the temperature that the other documents"
            " give:"
        ),
        calibration_table(evaluation),
        "Signatures:",
        "\n".join(f"- `{task.signature}`" for task in evaluation.tasks.values()),
        *_contrast(contrast),
        "## Use and limits",
        limits,
        "## What it gets wrong",
        "\n".join(_errors(evaluation, codebook, task) for task in codebook.task_names),
    ]
    return "\n\n".join(parts) + "\n"


def score_table(evaluations: Sequence[Evaluation]) -> str:
    """Return macro-F1 and per-label F1 of every system and task as a Markdown table."""
    lines = [
        "| task | system | macro-F1 [95 %] | F1 by label |",
        "|---|---|---|---|",
    ]
    for task in evaluations[0].tasks:
        for evaluation in evaluations:
            result = evaluation.tasks[task]
            labels = ", ".join(f"{score.label} {score.f1:.2f}" for score in result.labels)
            lines.append(f"| {task} | {evaluation.system} | {result.macro_f1} | {labels} |")
    return "\n".join(lines)


def calibration_table(evaluation: Evaluation) -> str:
    """Return the temperature and the calibration error before and after it as a Markdown table."""
    lines = ["| task | temperature | error before | error after |", "|---|---|---|---|"]
    for name, task in evaluation.tasks.items():
        own = task.calibration
        lines.append(f"| {name} | {own.temperature:.2f} | {own.before:.3f} | {own.after:.3f} |")
    return "\n".join(lines)


def _counts(sentences: Sequence[Sentence], codebook: Codebook, task: str) -> str:
    counts = Counter(sentence.labels[task] for sentence in sentences)
    shares = ", ".join(f"{name} {counts[name]}" for name in codebook.task(task).label_names)
    return f"- {task}: {shares}"


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
    for sentence, row in zip(evaluation.sentences, result.calibration.probabilities, strict=True):
        gold, best = sentence.labels[task], int(row.argmax())
        if names[best] != gold and row[best] > surest.get(gold, (0.0, ""))[0]:
            text = " ".join(sentence.text.split())
            shown = text if len(text) <= 160 else text[:157] + "..."
            line = f'- {task}: "{shown}" is {gold}, was called {names[best]} ({row[best]:.2f})'
            surest[gold] = (float(row[best]), line)
    return "\n".join(line for _, line in (surest[name] for name in names if name in surest))
