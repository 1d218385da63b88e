"""Choose how labelled sentences are judged: by their own split, by documents, or in parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.folds import Fold, leave_one_document_out, leave_out, words
from stancekit.labels.sentences import AUTHORED, DOCUMENT, Sentence
from stancekit.labels.stratified import stratified_parts

__all__ = [
    "SPLIT",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "WRITTEN",
    "Folding",
    "choose_folds",
    "judged_by",
    "to_pack",
]

SPLIT = "split"
"""The detail of a sentence that says which part of an official split it belongs to."""
JUDGED_BY = "judged_by"
"""The detail of a written sentence that is judged by: which ones are."""
WRITTEN = "written"
"""How the name of a folding begins where written sentences are judged by."""
TRAIN = "train"
VALIDATION = "validation"
TEST = "test"

MOST_DOCUMENTS = 20
"""Up to so many, each document is left out by itself; more of them are left out in groups."""
GROUPS, PARTS = 10, 5


@dataclass(frozen=True)
class Folding:
    """How sentences are judged: `name` is for signatures, `account` says it in words.

    `account` goes on from "120 sentences, ". `calibration` has a group for each judged sentence, in
    the order of `judged`: a temperature is reported on one group and fitted on the others.
    """

    name: str
    account: str
    folds: tuple[Fold, ...]
    calibration: tuple[str, ...]

    @property
    def judged(self) -> tuple[int, ...]:
        """The positions of the judged sentences, fold by fold."""
        return tuple(position for fold in self.folds for position in fold.test)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The name of the fold of each judged sentence, in the order of `judged`."""
        return _left_out(self.folds)


def choose_folds(sentences: Sequence[Sentence], codebook: Codebook, seed: int) -> Folding:
    """Return the folds by which `sentences` are judged; the same input gives the same folds.

    Where all sentences of documents have a split, it is honoured: one fold that is trained on
    `train` and `validation` and judged by `test`. Otherwise two or more documents are left out in
    turn, many of them in groups; a single one is parted so that all parts have like shares of
    labels. Authored sentences are trained on and never judged by. Raises DataError where nothing
    could be judged, or nothing of some task, and where only some sentences have a split.
    """
    folding = _choose(sentences, seed)
    for task in codebook.task_names:
        if not any(task in sentences[position].labels for position in folding.judged):
            raise DataError(f"task '{task}': no sentence to judge by has a label")
    return folding


def to_pack(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences that the packed model is trained on: of a split, all but its test."""
    if not _has_split(sentences):
        return list(sentences)
    return [sentences[position] for position in _tested(sentences).train]


def judged_by(sentences: Sequence[Sentence], chosen: Sequence[tuple[str, str]]) -> list[Sentence]:
    """Return `sentences` with a split by which written ones are judged in place of documents.

    Those are judged that have one of `chosen`, a detail and its value; all others, those of
    documents too, are trained on. Settings are chosen so, and documents only reported. Raises
    DataError for a detail or value that no written sentence has, and where there is a split.
    """
    if _has_split(sentences):
        raise DataError("the sentences have a split of their own to be judged by")
    for detail, value in chosen:
        _check_detail(sentences, detail, value)
    named = " or ".join(f"{detail}={value}" for detail, value in chosen)
    marked = []
    for sentence in sentences:
        own = {SPLIT: TRAIN}
        if sentence.origin == AUTHORED:
            if not any(sentence.details.get(detail) == value for detail, value in chosen):
                marked.append(sentence)
                continue
            own = {SPLIT: TEST, JUDGED_BY: named}
        details = {**sentence.details, **own}
        marked.append(replace(sentence, origin=DOCUMENT, details=details))
    return marked


def _check_detail(sentences: Sequence[Sentence], detail: str, value: str) -> None:
    known = {s.details[detail] for s in sentences if s.origin == AUTHORED and detail in s.details}
    if not known:
        raise DataError(f"no written sentence has a detail '{detail}'")
    if value not in known:
        shown = sorted(known)
        others = f", and {len(shown) - 12} more" if len(shown) > 12 else ""
        raise DataError(
            f"no written sentence has '{value}' as {detail}; there are"
            f" {', '.join(shown[:12])}{others}"
        )


def _has_split(sentences: Sequence[Sentence]) -> bool:
    """Whether there is an official split; raises DataError where only some have a part of it."""
    own = [s for s in sentences if s.origin == DOCUMENT]
    parts = [s.details.get(SPLIT) in (TRAIN, VALIDATION, TEST) for s in own]
    if any(parts) and not all(parts):
        one, other = own[parts.index(True)], own[parts.index(False)]
        raise DataError(
            f"split: '{one.id}' is of '{one.details[SPLIT]}', '{other.id}' of none;"
            " all sentences of documents are expected to have a split, or none of them"
        )
    return any(parts)


def _choose(sentences: Sequence[Sentence], seed: int) -> Folding:
    if _has_split(sentences):
        return _official(sentences, seed)
    documents = {s.document for s in sentences if s.origin == DOCUMENT}
    if 2 <= len(documents) <= MOST_DOCUMENTS:
        return _folding(
            "leave-one-document-out",
            f"each judged by a model trained without its document ({len(documents)} documents)",
            leave_one_document_out(sentences),
        )
    own = [sentence for sentence in sentences if sentence.origin == DOCUMENT]
    if len(documents) > MOST_DOCUMENTS:
        name = "leave-documents-out"
        parts = stratified_parts(own, [s.document for s in own], GROUPS, seed)
        what = f"groups of {len(documents)} documents"
    else:
        name = "stratified"
        parts = stratified_parts(own, [words(s.text) for s in own], PARTS, seed)
        what = "parts with like shares of labels"
    numbers = iter(parts)
    groups = [f"part {next(numbers) + 1}" if s.origin == DOCUMENT else None for s in sentences]
    folds = leave_out(sentences, groups)
    account = f"each judged by a model trained without its part ({len(folds)} {what})"
    return _folding(name, account, folds)


def _folding(name: str, account: str, folds: Sequence[Fold]) -> Folding:
    return Folding(f"{name}:{len(folds)}", account, tuple(folds), _left_out(folds))


def _tested(sentences: Sequence[Sentence]) -> Fold:
    tested = [s.origin == DOCUMENT and s.details[SPLIT] == TEST for s in sentences]
    folds = leave_out(sentences, [TEST if test else None for test in tested])
    if not folds or not folds[0].train:
        raise DataError(f"split: expected sentences of '{TRAIN}' and of '{TEST}'")
    return folds[0]


def _official(sentences: Sequence[Sentence], seed: int) -> Folding:
    fold = _tested(sentences)
    own = [sentences[position] for position in fold.test]
    texts = [words(sentence.text) for sentence in own]
    # One sentence cannot be halved: then no temperature is reported on it.
    halves = stratified_parts(own, texts, 2, seed) if len(set(texts)) > 1 else [0] * len(own)
    name, what = "official-split", f"the split '{TEST}'"
    if JUDGED_BY in own[0].details:
        name = f"{WRITTEN}:{own[0].details[JUDGED_BY]}"
        what = f"the written sentences of {own[0].details[JUDGED_BY]}"
    return Folding(
        name,
        f"{what}, judged by a model trained on the others",
        (fold,),
        tuple(f"half {half + 1}" for half in halves),
    )


def _left_out(folds: Sequence[Fold]) -> tuple[str, ...]:
    return tuple(fold.name for fold in folds for _ in fold.test)
