"""Train with weights of products as they will be kept: rounded to 4 bits in each forward pass.

The gradient goes through the rounding as if it were not there (Bengio et al., "Estimating or
Propagating Gradients Through Stochastic Neurons", 2013), so that the weights behind it settle where
rounding costs least (Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", 2018).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

__all__ = ["FOUR_BIT_BLOCK", "rounded", "rounded_products"]

FOUR_BIT_BLOCK = 64
"""Weights of 4 bits that share a scale."""
_LOWEST = -8


def rounded(weight: Tensor) -> Tensor:
    """Return `weight` on the grid on which ONNX Runtime keeps 4 bits, symmetric, block by block.

    The largest of a block becomes -8 times its scale. *Shape:* (out, in) in and out.
    """
    columns = weight.shape[1]
    filled = nn.functional.pad(weight, (0, -columns % FOUR_BIT_BLOCK))
    blocks = filled.reshape(len(weight), -1, FOUR_BIT_BLOCK)
    largest = blocks.gather(2, blocks.abs().argmax(dim=2, keepdim=True))
    scales = largest / _LOWEST
    scales = torch.where(scales == 0, torch.ones_like(scales), scales)
    steps = torch.clamp(torch.round(blocks / scales), _LOWEST, -_LOWEST - 1)
    return (steps * scales).reshape(len(weight), -1)[:, :columns]


class _Rounded(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return weight + (rounded(weight) - weight).detach()


@contextmanager
def rounded_products(encoder: nn.Module) -> Iterator[None]:
    """Let products of `encoder` see rounded weights within; afterwards those behind are back."""
    products = [module for module in encoder.modules() if isinstance(module, nn.Linear)]
    for product in products:
        parametrize.register_parametrization(product, "weight", _Rounded())
    try:
        yield
    finally:
        for product in products:
            parametrize.remove_parametrizations(product, "weight", leave_parametrized=False)
