"""What written sentences are worth: scores on left-out documents by how many are trained on.

For each system the documents' own sentences are joined by none, some or all of the written ones,
drawn several times; then by each slice alone at one size, so that slices are compared by what they
are and not by how many; then by the slices one after another, as they were written.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import parse_json, read_toml, strict
from stancekit.labels.errors import ConfigurationError
from stancekit.labels.sentences import DOCUMENT, Sentence, dataset_digest
from stancekit.training.evaluation import evaluate
from stancekit.training.fitting import takes_documents
from stancekit.training.recipe import Recipe, read_recipe

__all__ = [
    "ALONE",
    "IN_ORDER",
    "SIZES",
    "Curve",
    "CurvePoint",
    "CurveRecipe",
    "curve_sentences",
    "draw_curve",
    "read_curve",
    "read_curve_recipe",
]

SIZES = "written sentences, drawn at random"
ALONE = "one slice alone"
IN_ORDER = "slices in the order written"


@strict
class CurveRecipe:
    """Which `recipes` (files beside this one) are judged, with how many written sentences.

    Each of `sizes` is drawn `draws` times, and so are `slice_size` sentences of each slice; the
    draws depend on `seed` alone, and smaller ones are part of larger ones. Slices in `without` are
    as good as not there.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    draws: Annotated[int, Field(ge=1, le=100)]
    sizes: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    slice_size: Annotated[int, Field(ge=1)]
    recipes: Annotated[tuple[str, ...], Field(min_length=1)]
    without: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the content; comments of the file do not count."""
        content = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


@strict
class CurvePoint:
    """Macro-F1 of one system and task, a value a draw, with `sentences` written ones trained on.

    `series` is one of `SIZES`, `ALONE`, `IN_ORDER`; `part` names the slices of the latter two.
    """

    system: str
    task: str
    series: str
    part: str
    sentences: int
    macro_f1: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean over the draws."""
        return float(np.mean(self.macro_f1))


@strict
class Curve:
    """All points of one drawing, and what they came from."""

    recipe: str
    dataset: str
    codebook: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class _Part:
    series: str
    part: str
    drawn: tuple[tuple[Sentence, ...], ...]


def read_curve_recipe(path: Path) -> tuple[CurveRecipe, list[Recipe]]:
    """Read a curve's recipe and the recipes it names.

    Raises ConfigurationError for an unknown, missing or wrong key of either, and for recipes that
    leave out documents or are not of the same sentences.
    """
    curve = read_toml(path, CurveRecipe)
    recipes = [read_recipe(path.parent / name) for name in curve.recipes]
    names = [recipe.name for recipe in recipes]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"{path}: two of its recipes have the same name")
    first = recipes[0]
    for recipe in recipes:
        if not takes_documents(recipe):
            raise ConfigurationError(
                f"{path}: recipe '{recipe.name}' does not train on documents, to which the curve"
                " adds written sentences; set documents = true under [data]"
            )
        if recipe.data.authored != first.data.authored:
            raise ConfigurationError(
                f"{path}: recipes '{first.name}' and '{recipe.name}' are of different sentences;"
                " set authored alike under [data]"
            )
    return curve, recipes


def curve_sentences(curve: CurveRecipe, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return `sentences` but those of slices that `curve` is drawn without.

    Raises ConfigurationError for a slice that is not there, if there are any.
    """
    known = {sentence.document for sentence in sentences if sentence.origin != DOCUMENT}
    for name in curve.without:
        if known and name not in known:
            raise ConfigurationError(
                f"curve '{curve.name}': there is no slice '{name}' to leave out"
            )
    return [sentence for sentence in sentences if sentence.document not in curve.without]


def draw_curve(
    curve: CurveRecipe,
    recipes: Sequence[Recipe],
    sentences: Sequence[Sentence],
    codebook: Codebook,
    tell: Callable[[str], None] = lambda _: None,
) -> Curve:
    """Judge every recipe at every point; `tell` is called with what is being done.

    Raises ConfigurationError for a slice in `without` that is not there.
    """
    sentences = curve_sentences(curve, sentences)
    documents = [s for s in sentences if s.origin == DOCUMENT]
    written = [s for s in sentences if s.origin != DOCUMENT]
    parts = list(_parts(curve, written))
    points = []
    for recipe in recipes:
        # The interval of one evaluation is not used here, so the fewest replicates do.
        plain = replace(recipe, evaluation=replace(recipe.evaluation, bootstrap=100))
        for number, part in enumerate(parts, start=1):
            tell(f"{recipe.name}: {part.part or part.series}, point {number} of {len(parts)}")
            scores: dict[str, list[float]] = {task: [] for task in codebook.task_names}
            for drawn in part.drawn:
                judged = evaluate(plain, [*documents, *drawn], codebook)
                for task, result in judged.tasks.items():
                    scores[task].append(round(result.macro_f1.value, 6))
            points += [
                CurvePoint(
                    system=recipe.name,
                    task=task,
                    series=part.series,
                    part=part.part,
                    sentences=len(part.drawn[0]),
                    macro_f1=tuple(values),
                )
                for task, values in scores.items()
            ]
    return Curve(
        recipe=curve.digest,
        dataset=dataset_digest(sentences),
        codebook=codebook.digest,
        points=tuple(points),
    )


def read_curve(path: Path) -> Curve:
    """Read a curve that was written as JSON; raises DataError if it is none."""
    return parse_json(path.read_text(encoding="utf-8"), Curve, str(path))


def _parts(curve: CurveRecipe, written: Sequence[Sentence]) -> Iterator[_Part]:
    sizes = sorted({min(size, len(written)) for size in curve.sizes} | {len(written)})
    for size in sizes:
        yield _Part(SIZES, "", _draws(curve, written, size))
    slices = list(dict.fromkeys(sentence.document for sentence in written))
    by_slice = {name: [s for s in written if s.document == name] for name in slices}
    for name, own in by_slice.items():
        yield _Part(ALONE, name, _draws(curve, own, min(curve.slice_size, len(own))))
    for last in range(1, len(slices) + 1):
        joined = tuple(s for name in slices[:last] for s in by_slice[name])
        yield _Part(IN_ORDER, f"up to {slices[last - 1]}", (joined,))


def _draws(
    curve: CurveRecipe, written: Sequence[Sentence], size: int
) -> tuple[tuple[Sentence, ...], ...]:
    """Return `size` of `written` for each draw; only one draw where there is nothing to choose."""
    if size in (0, len(written)):
        return (tuple(written[:size]),)
    orders = [
        np.random.default_rng([curve.seed, draw]).permutation(len(written))
        for draw in range(curve.draws)
    ]
    # In the order of the file, so that equal draws give equal models.
    return tuple(tuple(written[n] for n in sorted(order[:size])) for order in orders)
