"""Contrast pairs: two sentences a small edit apart, whose labels say whether the edit matters.

They test whether a model reads or counts words, and are never trained on (Gardner et al.,
"Evaluating Models' Local Decision Boundaries via Contrast Sets", 2020). `contrast.jsonl` is made
from the pairs as written, two independent labels of each sentence, and what settled the rest.
"""

from collections.abc import Mapping
from pathlib import Path

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.errors import DataError
from stancekit.labels.gold import settled_labels
from stancekit.labels.sentences import read_lines

__all__ = [
    "ContrastPair",
    "WrittenPair",
    "build_contrast",
    "check_contrast",
    "read_contrast",
    "read_written_pairs",
    "released_contrast",
]


@strict
class WrittenPair:
    """A pair without labels: `phenomenon` names what the `edit` plays on, `task` what it tests.

    `contexts` holds the sentence before each of `texts`, "" where there is none.
    """

    id: str
    phenomenon: str
    task: str
    texts: tuple[str, str]
    contexts: tuple[str, str]
    edit: str

    @property
    def sentence_ids(self) -> tuple[str, str]:
        """The names under which annotators label the two sentences."""
        return f"{self.id}:a", f"{self.id}:b"


@strict
class ContrastPair(WrittenPair):
    """A pair with the gold labels, task to label, of its two sentences."""

    labels: tuple[dict[str, str], dict[str, str]]

    @property
    def flips(self) -> bool:
        """Whether the edit turns the label of the task that is tested."""
        return self.labels[0][self.task] != self.labels[1][self.task]


def released_contrast() -> Path:
    """Return the file of contrast pairs that ships with stancekit."""
    return Path(__file__).parent / "contrast.jsonl"


def read_written_pairs(folder: Path, codebook: Codebook) -> list[WrittenPair]:
    """Read `pairs.jsonl` of `folder`; [] if it is not there. Raises DataError with the line."""
    path = folder / "pairs.jsonl"
    if not path.is_file():
        return []
    pairs = []
    for where, line in read_lines(path):
        pair = parse_json(line, WrittenPair, where)
        _check(pair, codebook, where)
        pairs.append(pair)
    _check_ids(pairs, path)
    return pairs


def build_contrast(folder: Path, codebook: Codebook) -> list[ContrastPair]:
    """Return the pairs of `folder` with gold labels from its annotations and adjudication.

    Raises DataError where they leave a sentence without a gold label.
    """
    pairs = read_written_pairs(folder, codebook)
    if not pairs:
        return []
    ids = [id_ for pair in pairs for id_ in pair.sentence_ids]
    gold = settled_labels(ids, folder, codebook)
    return [_with_labels(pair, gold) for pair in pairs]


def read_contrast(path: Path, codebook: Codebook) -> list[ContrastPair]:
    """Read a `contrast.jsonl`; raises DataError with file and line for what is wrong."""
    pairs = []
    for where, line in read_lines(path):
        pair = parse_json(line, ContrastPair, where)
        _check(pair, codebook, where)
        for labels in pair.labels:
            if set(labels) != set(codebook.task_names):
                raise DataError(f"{where}: both sentences need a label of every task")
            for task, label in labels.items():
                codebook.task(task).label(label)
        pairs.append(pair)
    _check_ids(pairs, path)
    return pairs


def check_contrast(folder: Path, codebook: Codebook) -> list[ContrastPair]:
    """Return the pairs of `folder/contrast.jsonl`, having checked that they follow from `pairs/`.

    [] if there are neither. Raises DataError naming the first pair that differs.
    """
    expected = build_contrast(folder / "pairs", codebook)
    path = folder / "contrast.jsonl"
    if not expected and not path.exists():
        return []
    written = read_contrast(path, codebook)
    for own, other in zip(written, expected, strict=False):
        if own != other:
            raise DataError(
                f"{path}: '{own.id}' differs from pairs, annotations and adjudication"
                " (run: stancekit labels build)"
            )
    if len(written) != len(expected):
        raise DataError(f"{path}: holds {len(written)} pairs, its sources {len(expected)}")
    return written


def _with_labels(pair: WrittenPair, gold: Mapping[str, dict[str, str]]) -> ContrastPair:
    first, second = (gold[id_] for id_ in pair.sentence_ids)
    return ContrastPair(
        id=pair.id,
        phenomenon=pair.phenomenon,
        task=pair.task,
        texts=pair.texts,
        contexts=pair.contexts,
        edit=pair.edit,
        labels=(first, second),
    )


def _check(pair: WrittenPair, codebook: Codebook, where: str) -> None:
    if pair.task not in codebook.task_names:
        raise DataError(f"{where}: task '{pair.task}' is none of {', '.join(codebook.task_names)}")
    if not all(text.strip() for text in pair.texts):
        raise DataError(f"{where}: a text is empty")
    if (pair.texts[0], pair.contexts[0]) == (pair.texts[1], pair.contexts[1]):
        raise DataError(f"{where}: both sentences are the same")


def _check_ids(pairs: list[WrittenPair] | list[ContrastPair], path: Path) -> None:
    seen: set[str] = set()
    for pair in pairs:
        if pair.id in seen:
            raise DataError(f"{path}: id '{pair.id}' is given more than once")
        seen.add(pair.id)
