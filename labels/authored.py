"""Sentences written for training, with what each one is like: register, year, actor, topic.

They widen the variety of what models learn from; no score that is reported is on them. Each carries
two labels given independently, by its writer and by a second reader who saw the bare text.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import AUTHORED, REWRITES, Sentence, read_lines

__all__ = ["Authored", "authored_sentences", "read_authored"]


@strict
class Authored:
    """One written sentence; `context` is the sentence before it, "" if it has none.

    `difficulty` is `plain` or names what makes the label hard; `turns_on_context` says that the
    label cannot be told without `context`. `rewrites` is the id of the written sentence of which
    this one is a version, edited as little as turns a label (or as keeps both), "" for its own.
    """

    id: str
    text: str
    context: str
    register: str
    year: int
    actor: str
    topic: str
    difficulty: str
    turns_on_context: bool
    rewrites: str = ""

    @property
    def slice(self) -> str:
        """The slice it was written in, which is the part of its id before the colon."""
        return self.id.split(":")[0]


def read_authored(folder: Path) -> list[Authored]:
    """Read the slices `<slice>.jsonl` of `folder`, in order of name; [] if there is no folder.

    Raises DataError with file and line for an id that does not belong to its slice or comes twice,
    an empty text, a label that is said to turn on a context that is not there, or a version of
    something that is not there or is a version itself.
    """
    rows: list[Authored] = []
    places: dict[str, str] = {}
    for path in sorted(folder.glob("slice-*.jsonl")):
        for where, line in read_lines(path):
            row = parse_json(line, Authored, where)
            if row.slice != path.stem:
                raise DataError(f"{where}: id '{row.id}' should begin with '{path.stem}:'")
            if row.id in places:
                raise DataError(f"{where}: id '{row.id}' is given more than once")
            if not row.text.strip() or row.text != row.text.strip():
                raise DataError(f"{where}: text is empty or has outer white space")
            if row.turns_on_context and not row.context:
                raise DataError(f"{where}: its label turns on a context that is not there")
            places[row.id] = where
            rows.append(row)
    _check_versions(rows, places)
    return rows


def _check_versions(rows: Sequence[Authored], places: Mapping[str, str]) -> None:
    versions = {row.id for row in rows if row.rewrites}
    for row in rows:
        if row.rewrites and row.rewrites not in places:
            raise DataError(f"{places[row.id]}: rewrites '{row.rewrites}', which is not there")
        if row.rewrites in versions:
            raise DataError(
                f"{places[row.id]}: rewrites '{row.rewrites}', which is itself a version"
            )


def authored_sentences(folder: Path, labels: dict[str, dict[str, str]]) -> list[Sentence]:
    """Return the written sentences of `folder` with the gold labels that `labels` gives by id."""
    return [
        Sentence(
            id=row.id,
            document=row.slice,
            start=0,
            end=len(row.text),
            text=row.text,
            labels=labels[row.id],
            origin=AUTHORED,
            context=row.context,
            details={
                "register": row.register,
                "year": str(row.year),
                "actor": row.actor,
                "topic": row.topic,
                "difficulty": row.difficulty,
                **({REWRITES: row.rewrites} if row.rewrites else {}),
            },
        )
        for row in read_authored(folder)
    ]
