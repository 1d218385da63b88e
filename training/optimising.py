"""How a network is trained, step by step: what a recipe means to transformers' `Trainer`."""

from pathlib import Path

import torch
from transformers import TrainingArguments, get_linear_schedule_with_warmup

from stancekit.training.network import Network
from stancekit.training.recipe import TransformerRecipe

__all__ = ["keeps_best", "optimiser_and_schedule", "training_arguments"]


def keeps_best(recipe: TransformerRecipe) -> bool:
    """Whether the best epoch is kept, not the mean of the last weights."""
    return not recipe.optimisation.averaged


def training_arguments(
    recipe: TransformerRecipe, folder: Path, *, watched: bool
) -> TrainingArguments:
    """Return what `recipe` asks for; a training that is `watched` is validated after each epoch.

    What has to be kept for a while is kept in `folder`.
    """
    own = recipe.optimisation
    best = watched and keeps_best(recipe)
    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=own.batch,
        per_device_eval_batch_size=own.batch,
        num_train_epochs=own.epochs,
        max_grad_norm=own.clip,
        logging_steps=10,
        bf16=own.precision == "bf16",
        use_cpu=not torch.cuda.is_available(),
        eval_strategy="epoch" if watched else "no",
        save_strategy="epoch" if best else "no",
        save_only_model=True,
        save_total_limit=1,
        load_best_model_at_end=best,
        metric_for_best_model="macro_f1",
        greater_is_better=True,
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        remove_unused_columns=False,
        label_names=["labels"],
        report_to=[],
        disable_tqdm=True,
        log_level="error",
        seed=recipe.seed,
        data_seed=recipe.seed,
        dataloader_pin_memory=False,
    )


def optimiser_and_schedule(
    recipe: TransformerRecipe, network: Network, sentences: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
    """Return AdamW with learning rates a layer, and the linear schedule over all `sentences`."""
    own = recipe.optimisation
    groups = network.parameter_groups(own.learning_rate, own.head_learning_rate, own.layer_decay)
    optimiser = torch.optim.AdamW(groups, weight_decay=own.weight_decay, fused=True)
    steps = own.epochs * -(-sentences // own.batch)
    schedule = get_linear_schedule_with_warmup(optimiser, int(own.warm_up * steps), steps)
    return optimiser, schedule
