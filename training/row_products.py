"""Products of 8-bit integers in a graph: a scale a token on one side, one a column on the other.

Sums of integers are exact, so that what a sentence says does not hang on its company, whatever is
computed beside it. Channels that are far larger than the others would cost the others their
resolution; they are made smaller, and their weights larger by as much (Xiao et al., "SmoothQuant",
2023). Weights of 4 bits are kept in a graph of their own, `four_bits` has how.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from stancekit.training.four_bits import FourBits, Unpacking, graph_of_weights

__all__ = ["Product", "channel_factors", "in_row_products", "products"]

Array = npt.NDArray[np.float32]

STEPS = 63
"""Of what flows in, to either side of 0: some processors add two products of it and a weight in 16
bits, which holds twice 127 * 127 and no more."""
WEIGHT_STEPS = 127
MIGRATION = 0.7
"""How much of a channel's size goes over to its weights: 0 nothing, 1 all."""
_SMALLEST = 1e-9


@dataclass(frozen=True)
class Product:
    """A product of a graph with fixed weights. *Shape:* (in, out)."""

    node: Any
    weight: Array

    @property
    def site(self) -> str:
        """What flows in; several products may share it."""
        return str(self.node.input[0])

    @property
    def out(self) -> str:
        """What flows out."""
        return str(self.node.output[0])


def products(graph: Any, but: str) -> list[Product]:
    """Return the products with fixed weights in `graph`, but those with `but` in their name."""
    known = {tensor.name: tensor for tensor in graph.initializer}
    found = []
    for node in graph.node:
        tensor = known.get(node.input[1]) if node.op_type == "MatMul" else None
        if tensor is not None and len(tensor.dims) == 2 and but not in node.name:
            found.append(Product(node, numpy_helper.to_array(tensor).astype(np.float32)))
    return found


def channel_factors(
    model: Any, found: Sequence[Product], feeds: Iterable[Mapping[str, Any]]
) -> dict[str, Array]:
    """Return site -> what each channel is divided by, from what flows there for `feeds`.

    Only behind a normalisation are some channels many times as large as others.
    """
    normalised = {
        name for node in model.graph.node if "Normalization" in node.op_type for name in node.output
    }
    sites = sorted({product.site for product in found} & normalised)
    if not sites:
        return {}
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(
        helper.make_tensor_value_info(site, TensorProto.FLOAT, None) for site in sites
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(watched.SerializeToString(), options)
    largest: dict[str, Array] = {}
    for feed in feeds:
        for site, value in zip(sites, session.run(sites, dict(feed)), strict=True):
            own = np.abs(value).reshape(-1, value.shape[-1]).max(axis=0)
            largest[site] = np.maximum(largest.get(site, own), own)
    factors = {}
    for site, flowing in largest.items():
        weights = [np.abs(product.weight).max(axis=1) for product in found if product.site == site]
        factors[site] = _factors(flowing, np.max(weights, axis=0))
    return factors


def _factors(flowing: Array, weights: Array) -> Array:
    logarithms = MIGRATION * np.log(np.maximum(flowing, 1e-3)) - (1 - MIGRATION) * np.log(
        np.maximum(weights, 1e-4)
    )
    return np.asarray(np.exp(logarithms - logarithms.mean()), np.float32)


def in_row_products(
    model: Any,
    found: Sequence[Product],
    factors: Mapping[str, Array],
    weights: Literal["int8", "int4"],
) -> tuple[Any, Any | None]:
    """Return `model` with its products `found` in integers, and the graph that makes their weights.

    There is such a graph where they are kept in 4 bits: it takes nothing and gives each of them
    under the name under which the other expects it from outside.
    """
    by_out = {product.out: product for product in found}
    rounded: set[str] = set()
    nodes, constants = [], _constants()
    unpacking: list[Unpacking] = []
    for node in model.graph.node:
        product = by_out.get(node.output[0]) if node.op_type == "MatMul" else None
        if product is None:
            nodes.append(node)
            continue
        factor = factors.get(product.site)
        if product.site not in rounded:
            rounded.add(product.site)
            nodes += _rounding(product, factor)
            constants += [] if factor is None else [_array(f"{product.site}/by", 1 / factor)]
        nodes += _product(product)
        spread = np.ones(len(product.weight), np.float32) if factor is None else factor
        name = f"{product.out}/weight"
        if weights == "int8":
            scales = _column_scales(product.weight * spread[:, None])
            steps = np.rint(product.weight * spread[:, None] / scales).astype(np.int8)
            constants.append(numpy_helper.from_array(steps, name))
        else:
            kept = FourBits.of(product.weight)
            scales = _column_scales(kept.whole * spread[:, None])
            unpacking.append(kept.unpacking(name, spread, scales))
            constants.append(_from_outside(name, product.weight.shape))
        constants.append(_array(f"{product.out}/scale", scales))
    _replace(model.graph, nodes, constants, {product.node.input[1] for product in found})
    return model, graph_of_weights(unpacking) if unpacking else None


def _constants() -> list[Any]:
    return [
        numpy_helper.from_array(np.array(STEPS + 1, np.uint8), "rows/zero"),
        _array("rows/steps", np.float32(STEPS)),
        _array("rows/smallest", np.float32(_SMALLEST)),
        _array("rows/one", np.float32(1)),
        numpy_helper.from_array(np.array([-1], np.int64), "rows/last"),
    ]


def _rounding(product: Product, factor: Array | None) -> list[Any]:
    """Return nodes that make 8-bit integers of what flows to `product`, a scale a row."""
    site, make = product.site, helper.make_node
    smooth = f"{site}/smooth" if factor is not None else site
    width = helper.make_tensor("width", TensorProto.INT64, [2], [-1, len(product.weight)])
    zero = helper.make_tensor("zero", TensorProto.UINT8, [1], [STEPS + 1])
    return [
        *([make("Mul", [site, f"{site}/by"], [smooth])] if factor is not None else []),
        make("Abs", [smooth], [f"{site}/size"]),
        make("ReduceMax", [f"{site}/size", "rows/last"], [f"{site}/largest"], keepdims=1),
        make("Max", [f"{site}/largest", "rows/smallest"], [f"{site}/positive"]),
        make("Div", [f"{site}/positive", "rows/steps"], [f"{site}/scale"]),
        make("Reshape", [f"{site}/scale", "rows/last"], [f"{site}/scales"]),
        make("Shape", [f"{site}/scales"], [f"{site}/count"]),
        make("ConstantOfShape", [f"{site}/count"], [f"{site}/zeros"], value=zero),
        make("Constant", [], [f"{site}/width"], value=width),
        make("Reshape", [smooth, f"{site}/width"], [f"{site}/flat"]),
        make(
            "QuantizeLinear",
            [f"{site}/flat", f"{site}/scales", f"{site}/zeros"],
            [f"{site}/flat_steps"],
            axis=0,
        ),
        make("Shape", [site], [f"{site}/shape"]),
        make("Reshape", [f"{site}/flat_steps", f"{site}/shape"], [f"{site}/steps"]),
    ]


def _product(product: Product) -> list[Any]:
    out, site = product.out, product.site
    inputs = [f"{site}/steps", f"{out}/weight", "rows/one", f"{out}/scale", "rows/zero"]
    return [
        helper.make_node(
            "MatMulIntegerToFloat", inputs, [f"{out}/columns"], domain="com.microsoft"
        ),
        helper.make_node("Mul", [f"{out}/columns", f"{site}/scale"], [out]),
    ]


def _column_scales(weight: Array) -> Array:
    largest = np.abs(weight).max(axis=0)
    return np.asarray(np.maximum(largest, _SMALLEST) / WEIGHT_STEPS, np.float32)


def _replace(
    graph: Any, nodes: Sequence[Any], constants: Sequence[Any], replaced: set[str]
) -> None:
    used = {name for node in nodes for name in node.input}
    kept = [own for own in graph.initializer if own.name not in replaced or own.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *constants])


def _from_outside(name: str, shape: Sequence[int]) -> Any:
    tensor = TensorProto(name=name, dims=shape, data_type=TensorProto.INT8)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights")
    return tensor


def _array(name: str, values: Any) -> Any:
    return numpy_helper.from_array(np.asarray(values, np.float32), name)
