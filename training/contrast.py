"""How often a model gets both sentences of a contrast pair right, by what the edit plays on."""

import hashlib
import json
from collections.abc import Iterator, Sequence

from scipy.stats import binomtest

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import strict
from stancekit.labels.contrast import ContrastPair
from stancekit.labels.resampling import Interval
from stancekit.models.predictor import Predictor

__all__ = [
    "FLIPS",
    "STAYS",
    "ContrastScore",
    "changed_pairs",
    "contrast_metric",
    "contrast_scores",
    "contrast_table",
    "same_pairs",
]

FLIPS = "label flips"
STAYS = "label stays"
"""Rows over all phenomena: pairs whose edit turns the label, and those whose edit must not."""


@strict
class ContrastScore:
    """Shares in [0, 1]: of `pairs`, those with `both` sentences right, and of sentences right.

    `digest` is the SHA-256 of the pairs, whatever their order and names, and `right` has a 1 for
    each pair with both right, else a 0, in an order that hangs on the pairs alone; both are "" in
    older records.
    """

    task: str
    phenomenon: str
    pairs: int
    both: float
    sentences: float
    digest: str = ""
    right: str = ""

    @property
    def interval(self) -> Interval:
        """The share of pairs with both right, with Wilson's 95 % interval (1927) over pairs."""
        test = binomtest(round(self.both * self.pairs), self.pairs)
        found = test.proportion_ci(method="wilson")
        return Interval(self.both, float(found.low), float(found.high))


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
            digest=_digest(own),
            right="".join("1" if all(right[pair.id]) else "0" for _, pair in _in_order(own)),
        )
        for task, name, own in _groups(pairs, codebook)
    ]


def contrast_metric(task: str, phenomenon: str) -> str:
    """Return the metric of a run that has the share of pairs with both sentences right.

    >>> contrast_metric("tone", FLIPS)
    'tone/contrast.label_flips'
    """
    return f"{task}/contrast.{phenomenon.replace(' ', '_')}"


def same_pairs(own: Sequence[ContrastScore], other: Sequence[ContrastScore]) -> dict[str, bool]:
    """Return whether two models were asked the same pairs, for each metric that both have.

    Those of which either did not record it are left out.
    """
    known = {contrast_metric(s.task, s.phenomenon): s.digest for s in other if s.digest}
    asked = {contrast_metric(s.task, s.phenomenon): s.digest for s in own if s.digest}
    return {metric: asked[metric] == known[metric] for metric in asked if metric in known}


def changed_pairs(
    own: Sequence[ContrastScore], other: Sequence[ContrastScore]
) -> dict[str, tuple[int, int]]:
    """Return how many pairs `own` gets wrong that `other` got right, and the other way round.

    For each metric of which both recorded the same pairs one by one.
    """
    known = {contrast_metric(s.task, s.phenomenon): s for s in other if s.right}
    found = {}
    for score in own:
        before = known.get(metric := contrast_metric(score.task, score.phenomenon))
        if before and score.right and score.digest == before.digest:
            pairs = list(zip(before.right, score.right, strict=True))
            found[metric] = (pairs.count(("1", "0")), pairs.count(("0", "1")))
    return found


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


def _digest(pairs: Sequence[ContrastPair]) -> str:
    rows = "\n".join(row for row, _ in _in_order(pairs))
    return hashlib.sha256(rows.encode()).hexdigest()


def _in_order(pairs: Sequence[ContrastPair]) -> list[tuple[str, ContrastPair]]:
    """Return what each pair says, and the pair, in order of what they say."""
    rows = [
        json.dumps(
            [pair.texts, pair.contexts, [labels[pair.task] for labels in pair.labels]],
            ensure_ascii=False,
        )
        for pair in pairs
    ]
    return sorted(zip(rows, pairs, strict=True), key=lambda row: row[0])


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
