"""The mean of a network's weights over the last steps of its training."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

__all__ = ["WeightAverage"]


class WeightAverage(TrainerCallback):
    """Gathers the weights that are trained, after each step of the last `share` of all steps.

    Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", 2018. A
    training that stops before it comes so far has no mean, and its weights stay as they are.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        # By the parameters themselves, as names change while weights are rounded.
        self._mean: dict[nn.Parameter, Tensor] = {}
        self._steps = 0

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        model: nn.Module | None = None,
        **_: Any,
    ) -> None:
        """Take the weights after this step into the mean, if it is one of the last."""
        if model is None or state.global_step <= (1 - self._share) * state.max_steps:
            return
        self._steps += 1
        with torch.no_grad():
            for own in _trained(model):
                if own in self._mean:
                    self._mean[own].lerp_(own, 1 / self._steps)
                else:
                    self._mean[own] = own.detach().clone()

    def put_into(self, network: nn.Module) -> None:
        """Give `network`, the one that was trained, the mean for its weights."""
        with torch.no_grad():
            for own in _trained(network):
                if own in self._mean:
                    own.copy_(self._mean[own])


def _trained(network: nn.Module) -> list[nn.Parameter]:
    return [own for own in network.parameters() if own.requires_grad]
