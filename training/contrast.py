"""How often a model gets both sentences of a contrast pair right, by what the edit plays on."""

from collections.abc import Iterator, Sequence

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import strict
from stancekit.labels.contrast import ContrastPair
from stancekit.models.predictor import Predictor

__all__ = ["FLIPS", "STAYS", "ContrastScore", "contrast_scores", "contrast_table"]

FLIPS = "label flips"
STAYS = "label stays"
"""Rows over all phenomena: pairs whose edit turns the label, and those whose edit must not."""


@strict
class ContrastScore:
    """Shares in [0, 1]: of `pairs`, those with `both` sentences right, and of sentences right."""

    task: str
    phenomenon: str
    pairs: int
    both: float
    sentences: float


def contrast_scores(
    model: Predictor, pairs: Sequence[ContrastPair], codebook: Codebook
) -> list[ContrastScore]:
    """Return for each task the pairs whose label flips, those where it stays, each phenomenon."""
    texts = [text for pair in pairs for text in pair.texts]
    contexts = [context for pair in pairs for context in pair.contexts]
    predicted = model.probabilities(texts, contexts)
    right: dict[str, tuple[bool, bool]] = {}
    for number, pair in enumerate(pairs):
        names = codebook.task(pair.task).label_names
        best = predicted[pair.task][2 * number : 2 * number + 2].argmax(axis=1)
        first, second = (
            names[int(position)] == labels[pair.task]
            for position, labels in zip(best, pair.labels, strict=True)
        )
        right[pair.id] = (first, second)
    return [
        ContrastScore(
            task=task,
            phenomenon=name,
            pairs=len(own),
            both=sum(all(right[pair.id]) for pair in own) / len(own),
            sentences=sum(sum(right[pair.id]) for pair in own) / (2 * len(own)),
        )
        for task, name, own in _groups(pairs, codebook)
    ]


def contrast_table(scores: Sequence[ContrastScore]) -> str:
    """Return the scores as a Markdown table."""
    lines = [
        "| task | phenomenon | pairs | both right | sentences right |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {s.task} | {s.phenomenon} | {s.pairs} | {s.both:.2f} | {s.sentences:.2f} |"
        for s in scores
    ]
    return "\n".join(lines)


def _groups(
    pairs: Sequence[ContrastPair], codebook: Codebook
) -> Iterator[tuple[str, str, list[ContrastPair]]]:
    for task in codebook.task_names:
        own = [pair for pair in pairs if pair.task == task]
        groups = {
            FLIPS: [pair for pair in own if pair.flips],
            STAYS: [pair for pair in own if not pair.flips],
        }
        for name in sorted({pair.phenomenon for pair in own}):
            groups[name] = [pair for pair in own if pair.phenomenon == name]
        for name, members in groups.items():
            if members:
                yield task, name, members
