"""One run of fine-tuning: data, optimiser and schedule handed to transformers' `Trainer`."""

import tempfile
from collections.abc import Sequence
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
    TrainingArguments,
    get_linear_schedule_with_warmup,
    set_seed,
)

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence
from stancekit.models.pairs import EncodedPair, PairEncoder
from stancekit.models.transformer import TransformerModel, TransformerSettings
from stancekit.training.encoders import check_length, load_pretrained, verified_encoder
from stancekit.training.metrics import confusion_matrix, macro_f1
from stancekit.training.network import IGNORED, Network, prepare_encoder
from stancekit.training.onnx_export import to_onnx
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.starting import start_heads
from stancekit.training.tuned_model import Logged
from stancekit.training.validation import set_aside

__all__ = ["FineTuning"]


class FineTuning:
    """One run with one seed: prepared by making it, done by `run`, then looked at and packed."""

    def __init__(
        self, recipe: TransformerRecipe, sentences: Sequence[Sentence], codebook: Codebook
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
        self._gold = _gold(sentences, codebook)
        encoded = self._pairs.encode([s.text for s in sentences], [s.context for s in sentences])
        # Nothing is set aside to stop by where no step is taken.
        share = recipe.optimisation.validation if recipe.optimisation.epochs else 0.0
        kept, aside = set_aside(self._gold, share, recipe.seed)
        self._network = Network(
            encoder,
            [1 + recipe.encoder.layers.index(layer) for layer in recipe.encoder.pooled_layers],
            [len(task.labels) for task in codebook.tasks],
            self._weights(kept),
            recipe.optimisation.label_smoothing,
        )
        self._training_set = self._dataset(encoded, kept)
        self._validation_set = self._dataset(encoded, aside)
        self._trainer: Any = None
        if recipe.start == "regression":
            start_heads(
                self._network,
                recipe,
                [sentences[row] for row in kept],
                [encoded[row] for row in kept],
                self._pairs,
                codebook,
            )

    def run(self) -> None:
        """Train until the last epoch, or until validation gets no better, and keep the best."""
        if self._recipe.optimisation.epochs == 0:
            return
        with tempfile.TemporaryDirectory() as folder:
            self._trainer = Trainer(
                model=self._network,
                args=self._arguments(Path(folder)),
                data_collator=self._collate,
                train_dataset=self._training_set,
                eval_dataset=self._validation_set,
                compute_metrics=self._metrics,
                callbacks=[EarlyStoppingCallback(self._recipe.optimisation.patience)],
                optimizers=self._optimiser(),
            )
            self._trainer.remove_callback(PrinterCallback)
            self._trainer.train()

    def has_collapsed(self) -> bool:
        """Whether some task gets one label for the whole validation part, which holds several."""
        if self._trainer is None:
            return False
        [logits, gold, _] = self._trainer.predict(self._validation_set)
        return any(
            len(set(own)) > 1 and len(set(best)) == 1
            for best, own in self._by_task(logits, gold).values()
        )

    def history(self) -> tuple[Logged, ...]:
        """Return the learning curves: what was logged at which step."""
        if self._trainer is None:
            return ()
        wanted = ("loss", "eval_loss", "eval_macro_f1", "learning_rate", "grad_norm")
        return tuple(
            Logged(int(row["step"]), name, float(row[name]))
            for row in self._trainer.state.log_history
            for name in wanted
            if name in row
        )

    def packed(self) -> TransformerModel:
        """Return the model as it is used from here on."""
        graph = to_onnx(self._network, self._pairs)
        return TransformerModel(
            graph, self._tokenizer.encode(), self._settings, self._codebook, "the new model"
        )

    def _arguments(self, folder: Path) -> TrainingArguments:
        own = self._recipe.optimisation
        return TrainingArguments(
            output_dir=str(folder),
            per_device_train_batch_size=own.batch,
            per_device_eval_batch_size=own.batch,
            num_train_epochs=own.epochs,
            max_grad_norm=own.clip,
            logging_steps=10,
            eval_strategy="epoch",
            save_strategy="epoch",
            save_only_model=True,
            save_total_limit=1,
            load_best_model_at_end=True,
            metric_for_best_model="macro_f1",
            greater_is_better=True,
            train_sampling_strategy="group_by_length",
            length_column_name="length",
            remove_unused_columns=False,
            label_names=["labels"],
            report_to=[],
            disable_tqdm=True,
            log_level="error",
            seed=self._recipe.seed,
            data_seed=self._recipe.seed,
            dataloader_pin_memory=False,
        )

    def _optimiser(self) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
        own = self._recipe.optimisation
        groups = self._network.parameter_groups(
            own.learning_rate, own.head_learning_rate, own.layer_decay
        )
        optimiser = torch.optim.AdamW(groups, weight_decay=own.weight_decay, fused=True)
        steps = own.epochs * -(-len(self._training_set) // own.batch)
        schedule = get_linear_schedule_with_warmup(optimiser, int(own.warm_up * steps), steps)
        return optimiser, schedule

    def _weights(self, rows: Sequence[int]) -> list[torch.Tensor]:
        """Return the weight of each label: 1, or in inverse proportion to how often it occurs."""
        weights = []
        for number, task in enumerate(self._codebook.tasks):
            gold = self._gold[list(rows), number]
            counts = np.bincount(gold[gold != IGNORED], minlength=len(task.labels))
            if self._recipe.head.class_weights == "balanced":
                own = counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
            else:
                own = np.ones(len(counts))
            weights.append(torch.tensor(own, dtype=torch.float32))
        return weights

    def _dataset(self, encoded: Sequence[EncodedPair], rows: Sequence[int]) -> datasets.Dataset:
        return datasets.Dataset.from_dict(
            {
                "ids": [encoded[row].ids for row in rows],
                "types": [encoded[row].types for row in rows],
                "labels": [self._gold[row].tolist() for row in rows],
                "length": [len(encoded[row].ids) for row in rows],
            }
        )

    def _collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        batch = self._pairs.pad([EncodedPair(row["ids"], row["types"]) for row in rows])
        arrays = {"ids": batch.ids, "mask": batch.mask, "types": batch.types}
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return {**tensors, "labels": torch.tensor([row["labels"] for row in rows])}

    def _metrics(self, predicted: EvalPrediction) -> dict[str, float]:
        scores = []
        for best, gold in self._by_task(predicted.predictions, predicted.label_ids).values():
            labels = int(max(best.max(), gold.max())) + 1
            scores.append(float(macro_f1(confusion_matrix(gold, best, labels))))
        return {"macro_f1": float(np.mean(scores))}

    def _by_task(self, logits: Any, gold: Any) -> dict[str, tuple[Any, Any]]:
        """Return task -> predicted and gold positions, of sentences that have a label of it."""
        found, start = {}, 0
        for number, task in enumerate(self._codebook.tasks):
            own = gold[:, number] != IGNORED
            best = logits[:, start : start + len(task.labels)].argmax(axis=1)
            if own.any():
                found[task.name] = (best[own], gold[own, number])
            start += len(task.labels)
        return found


def _gold(sentences: Sequence[Sentence], codebook: Codebook) -> Any:
    """Return label positions, `IGNORED` for missing ones. *Shape:* (sentences, tasks)."""
    return np.array(
        [
            [
                task.label_names.index(sentence.labels[task.name])
                if task.name in sentence.labels
                else IGNORED
                for task in codebook.tasks
            ]
            for sentence in sentences
        ],
        dtype=np.int64,
    )
