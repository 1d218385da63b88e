"""The kinds of model a bundle can hold: the files of each, and how it is made of them again."""

from collections.abc import Mapping

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError
from stancekit.models.predictor import StagedPredictor
from stancekit.models.tfidf import TfidfModel, TfidfSettings
from stancekit.models.transformer import TransformerModel, TransformerSettings

__all__ = ["KINDS", "Packable", "Settings", "pack", "unpack"]

Packable = TfidfModel | TransformerModel
Settings = TfidfSettings | TransformerSettings

TFIDF = "tfidf"
TRANSFORMER = "transformer"
ARRAYS = "model.skops"
GRAPH = "model.onnx"
WEIGHTS = "weights.onnx"
TOKENIZER = "tokenizer.json"

KINDS = {
    TFIDF: ({ARRAYS},),
    TRANSFORMER: ({GRAPH, TOKENIZER}, {GRAPH, TOKENIZER, WEIGHTS}),
}
"""Kind -> the sets of files that a bundle of it may hold, besides manifest and card."""


def pack(model: Packable) -> tuple[str, dict[str, bytes]]:
    """Return the kind of `model` and its files: name -> content."""
    if isinstance(model, TfidfModel):
        return TFIDF, {ARRAYS: model.to_bytes()}
    weights = {} if model.weights is None else {WEIGHTS: model.weights}
    return TRANSFORMER, {GRAPH: model.graph, TOKENIZER: model.tokenizer, **weights}


def unpack(
    kind: str,
    files: Mapping[str, bytes],
    settings: Settings,
    codebook: Codebook,
    where: str,
    threads: int = 0,
) -> StagedPredictor:
    """Return the model that `pack` took apart; `threads` as in `TransformerModel`.

    Raises BundleError if files or settings are not those of `kind`, or a file is damaged.
    """
    if set(files) not in KINDS[kind]:
        given = ", ".join(sorted(files)) or "no file"
        expected = " or ".join(", ".join(sorted(names)) for names in KINDS[kind])
        raise BundleError(f"{where}: a {kind} model is made of {expected}, given {given}")
    if kind == TFIDF and isinstance(settings, TfidfSettings):
        return TfidfModel.from_bytes(files[ARRAYS], settings, codebook, f"{where}/{ARRAYS}")
    if kind == TRANSFORMER and isinstance(settings, TransformerSettings):
        return TransformerModel(
            files[GRAPH],
            files[TOKENIZER],
            settings,
            codebook,
            where,
            threads,
            files.get(WEIGHTS),
        )
    raise BundleError(f"{where}: the settings are not those of a {kind} model")
