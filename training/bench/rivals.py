"""The same fine-tuned model as others run it."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForSequenceClassification, PreTrainedModel, pipeline
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.utils import logging as transformers_logging

from stancekit.training.bench.checkpoint import Checkpoint, logits
from stancekit.training.bench.system import (
    BATCHED_PIPELINE,
    BF16,
    FP32,
    PIPELINE,
    SENTENCE_TRANSFORMERS,
    System,
)

__all__ = ["rivals", "save_encoder", "save_for_pipeline", "sentence_transformer"]

BATCH = 32


class _Classifier(PreTrainedModel):
    """The network as `pipeline` wants it: logits of all tasks for one text each."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        config = checkpoint.network.encoder.config
        config.id2label = dict(enumerate(checkpoint.labels))
        config.label2id = {label: number for number, label in enumerate(checkpoint.labels)}
        super().__init__(config)
        self.network = checkpoint.network

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> SequenceClassifierOutput:
        types = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        return SequenceClassifierOutput(
            logits=self.network(input_ids, attention_mask, types)["logits"]
        )


@contextmanager
def rivals(checkpoint: Checkpoint) -> Iterator[list[System]]:
    """Give what runs `checkpoint` in other ways, with the settings that their users would have."""
    with tempfile.TemporaryDirectory() as folder:
        save_encoder(checkpoint, Path(folder))
        vectors = sentence_transformer(Path(folder))
        yield [
            System(BF16, lambda texts: _plain(checkpoint, texts, bf16=True)),
            System(FP32, lambda texts: _plain(checkpoint, texts, bf16=False)),
            _sentence_transformers(vectors, checkpoint),
            _pipeline(checkpoint, BATCH),
            _pipeline(checkpoint, None),
        ]


def save_encoder(checkpoint: Checkpoint, folder: Path) -> None:
    """Write encoder and tokenizer as others load them."""
    checkpoint.network.encoder.save_pretrained(folder)
    checkpoint.tokenizer.save_pretrained(folder)


def save_for_pipeline(checkpoint: Checkpoint, folder: Path) -> None:
    """Write encoder, tokenizer and a head as `pipeline` loads them.

    The head is the usual one of the architecture, not trained: it costs what a trained one would.
    """
    config = checkpoint.network.encoder.config
    config.num_labels = len(checkpoint.labels)
    model = AutoModelForSequenceClassification.from_config(config)
    getattr(model, model.base_model_prefix).load_state_dict(
        checkpoint.network.encoder.state_dict(), strict=False
    )
    model.save_pretrained(folder)
    checkpoint.tokenizer.save_pretrained(folder)


def sentence_transformer(folder: Path) -> Any:
    """Return the encoder in `folder` as sentence-transformers runs it: the last layer's mean."""
    # Of an extra of its own.
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from sentence_transformers.base.modules import Transformer  # noqa: PLC0415
    from sentence_transformers.sentence_transformer.modules import Pooling  # noqa: PLC0415

    with _quiet():
        encoder = Transformer(str(folder))
        pooling = Pooling(encoder.get_embedding_dimension())
        return SentenceTransformer(modules=[encoder, pooling], device="cpu")


def _plain(checkpoint: Checkpoint, texts: Sequence[str], bf16: bool) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16) if bf16 else nullcontext():
        return logits(checkpoint, texts)


def _sentence_transformers(vectors: Any, checkpoint: Checkpoint) -> System:
    """Return a head of numpy on vectors of the last layer: one layer where ours are several."""
    width = int(checkpoint.network.encoder.config.hidden_size)
    heads = [head.weight.detach().numpy()[:, -width:] for head in checkpoint.network.heads]  # type: ignore[operator]
    weights = np.concatenate(heads)

    def score(texts: Sequence[str]) -> Any:
        return vectors.encode(list(texts), show_progress_bar=False) @ weights.T

    return System(SENTENCE_TRANSFORMERS, score)


def _pipeline(checkpoint: Checkpoint, batch: int | None) -> System:
    with _quiet():
        classify: Any = pipeline(
            "text-classification", model=_Classifier(checkpoint), tokenizer=checkpoint.tokenizer
        )
    options = {} if batch is None else {"batch_size": batch}
    name = PIPELINE if batch is None else BATCHED_PIPELINE
    return System(name, lambda texts: classify(list(texts), **options))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from reporting a class that is not its own and a layer that is not used."""
    before = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        transformers_logging.set_verbosity(before)
