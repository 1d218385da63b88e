"""What was scored so far, counted while documents stream by, so that none need be kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from stancekit.labels.codebook import Codebook
from stancekit.serving.document import SetAside
from stancekit.serving.likeness import LikenessCounts, Reference
from stancekit.serving.scored import ScoredDocument

__all__ = ["Tally"]


class Tally:
    """Documents, sentences, labels of each task, kinds of what was left out, and what set aside.

    `undecided` counts for each task the sentences whose set has more labels than one.

    `likeness` counts how like the text behind `reference` all this is, too.
    """

    def __init__(self, codebook: Codebook, reference: Reference) -> None:
        self.codebook = codebook
        self.likeness = LikenessCounts(reference)
        self.documents = 0
        self.sentences = 0
        self.set_aside = 0
        self.left_out: Counter[str] = Counter()
        self.labels: dict[str, Counter[str]] = {task: Counter() for task in codebook.task_names}
        self.undecided: Counter[str] = Counter()

    def add(
        self,
        documents: Sequence[ScoredDocument],
        whole: Sequence[bool],
        set_aside: Sequence[SetAside] = (),
    ) -> None:
        """Count documents, or parts whose last one is `whole`, and those that were set aside."""
        self.documents += sum(whole)
        self.set_aside += len(set_aside)
        self.likeness.add(documents, whole)
        self.likeness.add_set_aside(set_aside)
        for scored in documents:
            self.sentences += len(scored.sentences)
            self.left_out.update(span.kind for span in scored.left_out)
            for sentence in scored.sentences:
                for task, prediction in sentence.predictions.items():
                    self.labels[task][prediction.label] += 1
                    self.undecided[task] += prediction.undecided

    def counts(self) -> dict[str, Any]:
        """Return the counts as `merge` takes them, also through JSON."""
        return {
            "documents": self.documents,
            "sentences": self.sentences,
            "set_aside": self.set_aside,
            "left_out": dict(self.left_out),
            "labels": {task: dict(counter) for task, counter in self.labels.items()},
            "undecided": dict(self.undecided),
            "likeness": self.likeness.counts(),
        }

    def merge(self, counts: Mapping[str, Any]) -> None:
        """Add what another tally of the same codebook counted."""
        self.documents += counts["documents"]
        self.sentences += counts["sentences"]
        self.set_aside += counts["set_aside"]
        self.left_out.update(counts["left_out"])
        self.undecided.update(counts["undecided"])
        for task, own in counts["labels"].items():
            self.labels[task].update(own)
        self.likeness.merge(counts["likeness"])
