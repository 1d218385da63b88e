"""The weights of a network, read back from the graph that a bundle holds, whatever form it has.

Names are those that the network gives its parameters: a graph keeps them for what it only looks up
or adds, and the name of a product says which layer it is of.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, numpy_helper

from stancekit.labels.errors import BundleError
from stancekit.training.four_bits import FourBits

__all__ = ["trained_weights"]

Array = npt.NDArray[np.float32]

_PREFIX = "_network."
_PRODUCT = re.compile(r"^/_network/(.+)/MatMul(?:_\d+)?_output_0$")
_MIDDLE = 8
"""What stands for 0 in numbers of 4 bits without a sign."""


def trained_weights(graph: bytes, weights: bytes | None = None) -> dict[str, Array]:
    """Return parameter -> values of a network in `graph`, those of few bits as whole numbers.

    `weights` is the graph that makes weights of the first one, if there is such. Parameters of the
    network that the graph does not use are not there. *Shape:* as the network has them.
    """
    model = onnx.load_from_string(graph)
    known = {tensor.name: tensor for tensor in model.graph.initializer}
    found = {
        name.removeprefix(_PREFIX): numpy_helper.to_array(tensor)
        for name, tensor in known.items()
        if name.startswith(_PREFIX) and tensor.data_type == TensorProto.FLOAT
    }
    found |= dict(_tables(model.graph, known))
    found |= dict(_products(model.graph, known))
    found |= dict(_made(weights)) if weights is not None else {}
    return {name: np.array(values, np.float32) for name, values in found.items()}


def _tables(graph: Any, known: Mapping[str, Any]) -> Iterator[tuple[str, Array]]:
    """Yield tables of vectors: 4 bits and a scale a block, or 8 bits and a scale a row."""
    for node in graph.node:
        if node.op_type == "GatherBlockQuantized":
            steps = numpy_helper.to_array(known[node.input[0]]).astype(np.float32)
            scales = numpy_helper.to_array(known[node.input[2]])
            spread = np.repeat(scales, _attribute(node, "block_size"), axis=1)
            name = node.input[0].removesuffix("_Q4").removeprefix(_PREFIX)
            yield name, steps * spread[:, : steps.shape[1]]
    for name, tensor in known.items():
        if name.endswith("_rows"):
            scales = numpy_helper.to_array(known[f"{name.removesuffix('_rows')}_scales"])
            rows = numpy_helper.to_array(tensor).astype(np.float32)
            yield name.removesuffix("_rows").removeprefix(_PREFIX), rows * scales


def _products(graph: Any, known: Mapping[str, Any]) -> Iterator[tuple[str, Array]]:
    for node in graph.node:
        if node.op_type == "MatMulNBits":
            yield _name(node.output[0]), _blocks(node, known)
        elif node.op_type == "MatMul" and node.input[1] in known:
            yield _name(node.output[0]), numpy_helper.to_array(known[node.input[1]]).T
        elif node.op_type == "MatMulIntegerToFloat":
            tensor = known[node.input[1]]
            if tensor.data_location != TensorProto.EXTERNAL:
                yield _name(node.input[1].removesuffix("/weight")), _smooth(node, known)


def _blocks(node: Any, known: Mapping[str, Any]) -> Array:
    """Return weights of ONNX Runtime's own 4 bits. *Shape:* (out, in)."""
    if len(node.input) > 3 and node.input[3]:
        raise BundleError(f"{node.name}: has zero points, expected symmetric weights")
    packed = numpy_helper.to_array(known[node.input[1]])
    steps = np.stack([packed & 15, packed >> 4], axis=-1).reshape(*packed.shape[:2], -1)
    scales = numpy_helper.to_array(known[node.input[2]]).reshape(*packed.shape[:2], 1)
    whole = (steps.astype(np.float32) - _MIDDLE) * scales
    return np.asarray(whole.reshape(len(packed), -1)[:, : _attribute(node, "K")])


def _smooth(node: Any, known: Mapping[str, Any]) -> Array:
    """Return weights of 8 bits, without what went over to them from channels."""
    steps = numpy_helper.to_array(known[node.input[1]]).astype(np.float32)
    whole = steps * numpy_helper.to_array(known[node.input[3]])
    channels = known.get(f"{node.input[0].removesuffix('/steps')}/by")
    if channels is not None:
        whole *= numpy_helper.to_array(channels)[:, None]
    return np.asarray(whole.T)


def _made(weights: bytes) -> Iterator[tuple[str, Array]]:
    tensors = {own.name: own for own in onnx.load_from_string(weights).graph.initializer}
    for name, tensor in tensors.items():
        if name.endswith("/weight/steps"):
            out = name.removesuffix("/weight/steps")
            steps = numpy_helper.to_array(tensor).astype(np.int8)
            scales = numpy_helper.to_array(tensors[f"{out}/weight/scales"])
            yield _name(out), FourBits(steps, scales).whole.T


def _name(out: str) -> str:
    found = _PRODUCT.match(out)
    if found is None:
        raise BundleError(f"{out}: is no product whose layer its name says")
    return f"{found[1].replace('/', '.')}.weight"


def _attribute(node: Any, name: str) -> int:
    return next(int(own.i) for own in node.attribute if own.name == name)
