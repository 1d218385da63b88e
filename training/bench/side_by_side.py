"""All systems, loaded: the two bundles that ship, and the rivals of each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stancekit.labels.errors import ConfigurationError
from stancekit.models.bundle import Bundle
from stancekit.models.tfidf import TfidfModel
from stancekit.models.transformer import TransformerModel
from stancekit.training.bench.checkpoint import Checkpoint, agreement, checkpoint_of
from stancekit.training.bench.own import own_system
from stancekit.training.bench.plain_tfidf import plain_tfidf
from stancekit.training.bench.rivals import rivals
from stancekit.training.bench.setting import Setting, real_sentences
from stancekit.training.bench.system import OWN, OWN_TFIDF, PLAIN_TFIDF, System

__all__ = ["Contest", "Side", "contest", "tfidf_model", "transformer_model"]


@dataclass(frozen=True)
class Side:
    """A bundle as it ships, and what would be used instead."""

    bundle: Bundle
    own: System
    rivals: list[System]


@dataclass(frozen=True)
class Contest:
    """Both sides; `agreement` is the share of labels on which checkpoint and bundle agree."""

    transformer: Side
    tfidf: Side
    checkpoint: Checkpoint
    agreement: float


@contextmanager
def contest(setting: Setting) -> Iterator[Contest]:
    """Load everything; raises ConfigurationError if the rivals' model says something else."""
    own, bundle = own_system(OWN, setting.transformer)
    baseline, small = own_system(OWN_TFIDF, setting.tfidf)
    model = transformer_model(bundle)
    checkpoint = checkpoint_of(bundle, model)
    share = agreement(checkpoint, model, real_sentences())
    plain = System(PLAIN_TFIDF, plain_tfidf(tfidf_model(small)).predict_proba)
    with rivals(checkpoint) as others:
        yield Contest(Side(bundle, own, others), Side(small, baseline, [plain]), checkpoint, share)


def transformer_model(bundle: Bundle) -> TransformerModel:
    """Return the graph of a bundle; raises ConfigurationError if it has none."""
    model = bundle.model.model
    if not isinstance(model, TransformerModel):
        raise ConfigurationError(f"bundle {bundle.manifest.name}: is no transformer")
    return model


def tfidf_model(bundle: Bundle) -> TfidfModel:
    """Return the baseline of a bundle; raises ConfigurationError if it has none."""
    model = bundle.model.model
    if not isinstance(model, TfidfModel):
        raise ConfigurationError(f"bundle {bundle.manifest.name}: is no TF-IDF model")
    return model
