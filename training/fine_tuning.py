"""One run of fine-tuning: data, optimiser and schedule handed to transformers' `Trainer`."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    PrinterCallback,
    Trainer,
    set_seed,
)

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import REWRITES, Sentence
from stancekit.models.pairs import EncodedPair, PairEncoder
from stancekit.models.transformer import TransformerModel, TransformerSettings
from stancekit.training.encoders import check_length, load_pretrained, verified_encoder
from stancekit.training.label_table import by_task, label_table, label_weights
from stancekit.training.metrics import confusion_matrix, macro_f1
from stancekit.training.network import Network, prepare_encoder
from stancekit.training.onnx_export import check_graph, to_onnx
from stancekit.training.optimising import keeps_best, optimiser_and_schedule, training_arguments
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.rounding import rounded_products
from stancekit.training.similarity import FamilyTrainer
from stancekit.training.starting import start_heads
from stancekit.training.tuned_model import Logged
from stancekit.training.validation import set_aside, some_of_each, tasks_of_one_label
from stancekit.training.weight_average import WeightAverage

__all__ = ["FineTuning"]

LOOKED_AT = 32
"""How many sentences of the training check a graph; how many of each label show a collapse."""


class FineTuning:
    """One run with one seed: prepared by making it, done by `run`, then looked at and packed.

    It begins where the recipe says, or from `weights` of a run before it. Once it is done,
    `history` has the learning curves, `seconds` how long it took, and `collapsed` says whether some
    task gets one label for some of what was trained on, which holds several, and for all that was
    set aside, if anything was.
    """

    def __init__(
        self,
        recipe: TransformerRecipe,
        sentences: Sequence[Sentence],
        codebook: Codebook,
        weights: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        set_seed(recipe.seed)
        self._recipe = recipe
        self._codebook = codebook
        with verified_encoder(recipe.encoder) as folder:
            tokenizer, encoder = load_pretrained(folder)
        check_length(tokenizer, encoder, recipe.encoder.longest_tokens)
        prepare_encoder(encoder, recipe.encoder)
        self._tokenizer: str = tokenizer.backend_tokenizer.to_str()
        self._settings = TransformerSettings(
            longest_tokens=recipe.encoder.longest_tokens,
            context=recipe.encoder.context,
            padding=int(encoder.config.pad_token_id or 0),
            weights="fp32",
        )
        self._pairs = PairEncoder(self._tokenizer, self._settings, recipe.encoder.name)
        self._gold = label_table(sentences, codebook)
        encoded = self._pairs.encode([s.text for s in sentences], [s.context for s in sentences])
        # Nothing is set aside to stop by where no step is taken.
        share = recipe.optimisation.validation if recipe.optimisation.epochs else 0.0
        families = [sentence.details.get(REWRITES, sentence.id) for sentence in sentences]
        kept, aside = set_aside(self._gold, families, share, recipe.seed)
        self._network = Network(
            encoder,
            [1 + recipe.encoder.layers.index(layer) for layer in recipe.encoder.pooled_layers],
            [len(task.labels) for task in codebook.tasks],
            label_weights(self._gold[kept], codebook, recipe.head.class_weights),
            recipe.optimisation.label_smoothing,
            recipe.similarity,
        )
        self._trained_on = [sentences[row] for row in kept]
        numbers = {family: number for number, family in enumerate(dict.fromkeys(families))}
        self._families = [numbers[family] for family in families]
        self._training_set = self._dataset(encoded, kept)
        self._validation_set = self._dataset(encoded, aside)
        self.collapsed = False
        self.history: tuple[Logged, ...] = ()
        self.seconds = 0.0
        if weights is not None:
            # The weights of labels are of these sentences, not of those of the run before.
            own = {name: self._network.state_dict()[name] for name in self._network.label_weights}
            self._network.load_state_dict({**weights, **own})
        elif recipe.start == "regression":
            start_heads(
                self._network,
                recipe,
                [sentences[row] for row in kept],
                [encoded[row] for row in kept],
                self._pairs,
                codebook,
            )

    def run(self) -> None:
        """Train until the last epoch, or until validation gets no better."""
        own = self._recipe.optimisation
        if own.epochs == 0:
            return
        started = time.monotonic()
        average = WeightAverage(own.averaged) if own.averaged else None
        # The mean of the last weights takes the place of the best epoch, and needs all of them.
        stops = self._is_watched and keeps_best(self._recipe)
        stopping = [EarlyStoppingCallback(own.patience)] if stops else []
        with tempfile.TemporaryDirectory() as folder:
            trainer: Any = (FamilyTrainer if self._recipe.similarity.weight else Trainer)(
                model=self._network,
                args=training_arguments(self._recipe, Path(folder), watched=self._is_watched),
                data_collator=self._collate,
                train_dataset=self._training_set,
                eval_dataset=self._validation_set if self._is_watched else None,
                compute_metrics=self._metrics,
                callbacks=[*stopping, *([average] if average else [])],
                optimizers=optimiser_and_schedule(
                    self._recipe, self._network, len(self._training_set)
                ),
            )
            trainer.remove_callback(PrinterCallback)
            four_bits = self._recipe.weights == "int4"
            with rounded_products(self._network.encoder) if four_bits else nullcontext():
                trainer.train()
        # Without what makes it compute in bf16 whoever calls it.
        trainer.accelerator.unwrap_model(self._network, keep_fp32_wrapper=False)
        if average:
            average.put_into(self._network)
        self.collapsed = self._has_collapsed(trainer)
        self.history = _curves(trainer.state.log_history)
        self.seconds = time.monotonic() - started

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """A copy of the network's weights as they are now."""
        return {name: own.detach().clone() for name, own in self._network.state_dict().items()}

    def sample(self, count: int) -> tuple[list[str], list[str]]:
        """Return up to `count` sentences that were trained on, and those before them."""
        order = np.random.default_rng(self._recipe.seed).permutation(len(self._trained_on))
        chosen = [self._trained_on[row] for row in sorted(order[:count].tolist())]
        return [own.text for own in chosen], [own.context for own in chosen]

    def packed(self) -> TransformerModel:
        """Return the model as it is used from here on."""
        graph = to_onnx(self._network, self._pairs)
        model = TransformerModel(
            graph, self._tokenizer.encode(), self._settings, self._codebook, "the new model"
        )
        check_graph(self._network, model, *self.sample(LOOKED_AT))
        return model

    @property
    def _is_watched(self) -> bool:
        return len(self._validation_set) > 0

    def _has_collapsed(self, trainer: Any) -> bool:
        suspects = set(self._codebook.task_names)
        if self._is_watched:
            suspects = self._of_one_label(trainer, self._validation_set)
        if not suspects:
            return False
        # Few sentences of rare labels are set aside: whoever learnt those it was shown is sound.
        gold = np.array(self._training_set[:]["labels"])
        rows = some_of_each(gold, LOOKED_AT, self._recipe.seed)
        return bool(suspects & self._of_one_label(trainer, self._training_set.select(rows)))

    def _of_one_label(self, trainer: Any, rows: datasets.Dataset) -> set[str]:
        [logits, gold, _] = trainer.predict(rows)
        return tasks_of_one_label(by_task(logits, gold, self._codebook))

    def _dataset(self, encoded: Sequence[EncodedPair], rows: Sequence[int]) -> datasets.Dataset:
        return datasets.Dataset.from_dict(
            {
                "ids": [encoded[row].ids for row in rows],
                "types": [encoded[row].types for row in rows],
                "labels": [self._gold[row].tolist() for row in rows],
                "length": [len(encoded[row].ids) for row in rows],
                "family": [self._families[row] for row in rows],
            }
        )

    def _collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        batch = self._pairs.pad([EncodedPair(row["ids"], row["types"]) for row in rows])
        arrays = {"ids": batch.ids, "mask": batch.mask, "types": batch.types}
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return {**tensors, "labels": torch.tensor([row["labels"] for row in rows])}

    def _metrics(self, predicted: EvalPrediction) -> dict[str, float]:
        scores = []
        for best, gold in by_task(
            predicted.predictions, predicted.label_ids, self._codebook
        ).values():
            labels = int(max(best.max(), gold.max())) + 1
            scores.append(float(macro_f1(confusion_matrix(gold, best, labels))))
        return {"macro_f1": float(np.mean(scores))}


def _curves(logged: Sequence[Mapping[str, Any]]) -> tuple[Logged, ...]:
    wanted = ("loss", "eval_loss", "eval_macro_f1", "learning_rate", "grad_norm")
    return tuple(
        Logged(int(row["step"]), name, float(row[name]))
        for row in logged
        for name in wanted
        if name in row
    )
