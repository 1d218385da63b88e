"""Weights kept in 4 bits, and the graph that makes 8-bit integers of them as a model is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from stancekit.training.rounding import FOUR_BIT_BLOCK

__all__ = ["FourBits", "Unpacking", "graph_of_weights"]

Array = npt.NDArray[np.float32]

OPSET = 21
"""The first that knows numbers of 4 bits, and IR_VERSION, too."""
IR_VERSION = 10


@dataclass(frozen=True)
class Unpacking:
    """Nodes, what they read, and the weights that they make."""

    nodes: Sequence[Any]
    arrays: Sequence[Any]
    made: Any


@dataclass(frozen=True)
class FourBits:
    """Weights on the grid that `rounding.rounded` trains on: steps in [-8, 7] and a scale a block.

    *Shape:* (in, out) and (blocks, out).
    """

    steps: npt.NDArray[np.int8]
    scales: Array

    @classmethod
    def of(cls, weight: Array) -> "FourBits":
        """Return `weight`, of shape (in, out), rounded; the largest of a block becomes -8 steps."""
        filled = np.pad(weight, ((0, -len(weight) % FOUR_BIT_BLOCK), (0, 0)))
        blocks = filled.reshape(-1, FOUR_BIT_BLOCK, weight.shape[1])
        place = np.abs(blocks).argmax(axis=1, keepdims=True)
        scales = np.take_along_axis(blocks, place, axis=1) / np.float32(-8)
        scales = np.where(scales == 0, np.float32(1), scales)
        steps = np.clip(np.rint(blocks / scales), -8, 7).astype(np.int8)
        return cls(steps.reshape(filled.shape)[: len(weight)], scales[:, 0, :])

    @property
    def whole(self) -> Array:
        """The rounded weights."""
        spread = np.repeat(self.scales, FOUR_BIT_BLOCK, axis=0)[: len(self.steps)]
        return np.asarray(self.steps * spread, np.float32)

    def unpacking(self, name: str, channels: Array, columns: Array) -> Unpacking:
        """Return what makes the weights times `channels`, in steps of `columns`, under `name`."""
        make = helper.make_node
        nodes = [
            make(
                "DequantizeLinear",
                [f"{name}/steps", f"{name}/scales"],
                [f"{name}/whole"],
                axis=0,
                block_size=FOUR_BIT_BLOCK,
            ),
            make("Mul", [f"{name}/whole", f"{name}/channels"], [f"{name}/smooth"]),
            make("Mul", [f"{name}/smooth", f"{name}/by_columns"], [f"{name}/in_steps"]),
            make("Round", [f"{name}/in_steps"], [f"{name}/round"]),
            make("Cast", [f"{name}/round"], [name], to=TensorProto.INT8),
        ]
        arrays = [
            self._packed(f"{name}/steps"),
            numpy_helper.from_array(self.scales, f"{name}/scales"),
            numpy_helper.from_array(channels[:, None], f"{name}/channels"),
            numpy_helper.from_array(1 / columns[None, :], f"{name}/by_columns"),
        ]
        made = helper.make_tensor_value_info(name, TensorProto.INT8, self.steps.shape)
        return Unpacking(nodes, arrays, made)

    def _packed(self, name: str) -> Any:
        flat = np.pad(self.steps.reshape(-1), (0, self.steps.size % 2)).view(np.uint8) & 15
        pairs = np.asarray(flat[0::2] | (flat[1::2] << 4), np.uint8)
        return helper.make_tensor(
            name, TensorProto.INT4, self.steps.shape, pairs.tobytes(), raw=True
        )


def graph_of_weights(parts: Sequence[Unpacking]) -> Any:
    """Return a graph that takes nothing and gives the weights of all `parts` by their names."""
    graph = helper.make_graph(
        [node for part in parts for node in part.nodes],
        "weights",
        [],
        [part.made for part in parts],
        [array for part in parts for array in part.arrays],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
