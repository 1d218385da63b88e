"""Write a fine-tuned network as an ONNX graph, and make the graph smaller."""

import logging
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from stancekit.labels.errors import ConfigurationError
from stancekit.models.pairs import PairEncoder
from stancekit.models.transformer import INPUTS, OUTPUT, TransformerModel, split_by_task
from stancekit.training.fixed_batches import fixed_batches
from stancekit.training.network import Network
from stancekit.training.row_products import channel_factors, in_row_products, products

__all__ = ["check_graph", "quantised", "to_onnx"]

OPSET = 18
TABLE_BLOCK = 32
"""Numbers of 4 bits of a row of a table that share a scale."""
HEADS = "/heads."
"""Is in the names of products that stay as they are."""
FEWEST_ROWS = 64
"""Smaller tables stay as they are."""
LARGEST_GAP = 1e-4
"""How far a probability of the graph may be from the network's."""
_SMALLEST = 1e-12


class _Logits(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        return cast(Tensor, self._network(ids, mask, types)["logits"])


def to_onnx(network: Network, pairs: PairEncoder) -> bytes:
    """Return `network` as a graph for any number of pairs and tokens, in fp32."""
    batch = pairs.pad(pairs.encode(["One sentence.", "Another."], ["And one before.", ""]))
    example = tuple(torch.from_numpy(part) for part in (batch.ids, batch.mask, batch.types))
    network.eval().cpu()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        path = Path(folder) / "model.onnx"
        # Says of every size in the graph that it was traced, which is what the axes below undo.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Logits(network),
            example,
            path,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes={
                **{name: {0: "pairs", 1: "tokens"} for name in INPUTS},
                OUTPUT: {0: "pairs"},
            },
            opset_version=OPSET,
            dynamo=False,
        )
        return path.read_bytes()


def check_graph(
    network: Network, model: TransformerModel, texts: Sequence[str], contexts: Sequence[str]
) -> None:
    """Raise ConfigurationError if the graph of `model` says something else than `network`.

    The graph is what was traced of two sentences: an encoder that goes other ways by what it reads
    is no graph.
    """
    for rows, feed in model.feeds(pairs := model.encode(texts, contexts)):
        with torch.inference_mode():
            logits = network(*(torch.from_numpy(feed[name]) for name in INPUTS))["logits"]
        expected = split_by_task(logits.double().numpy(), model.codebook)
        found = model.predict([pairs[row] for row in rows])
        for task in expected:
            gap = float(np.abs(found[task] - expected[task]).max())
            if not gap <= LARGEST_GAP:  # what is no number is wrong, too
                raise ConfigurationError(
                    f"{task}: the exported graph differs by {gap:.1e} from the network, expected"
                    f" {LARGEST_GAP} at most; choose another encoder"
                )


def quantised(
    model: TransformerModel,
    weights: Literal["int8", "int4"],
    texts: Sequence[str],
    contexts: Sequence[str] | None = None,
) -> TransformerModel:
    """Return `model` with its weights as integers of 8 or 4 bits, and its products in integers.

    Products are those of `row_products`; `texts` (and the sentences before them) are some that it
    was trained on, which show how large what flows in them is. Tables of vectors have a scale a row
    in 8 bits, and in 4 bits one a block of a row.
    """
    graph = onnx.load_from_string(model.graph)
    found = products(graph.graph, but=HEADS)
    feeds = (feed for _, feed in model.feeds(model.encode(texts, contexts), fixed_batches))
    factors = channel_factors(graph, found, feeds)
    if weights == "int8":
        _shrink_tables(graph.graph)
    else:
        graph = _in_blocks(graph)
    graph, made = in_row_products(graph, found, factors, weights)
    return TransformerModel(
        graph.SerializeToString(deterministic=True),
        model.tokenizer,
        replace(model.settings, weights=weights),
        model.codebook,
        "the small model",
        weights=None if made is None else made.SerializeToString(deterministic=True),
    )


def _in_blocks(graph: Any) -> Any:
    """Keep large tables that are looked up in as 4-bit integers, a scale a block of a row."""
    from onnxruntime.quantization.matmul_nbits_quantizer import (  # noqa: PLC0415
        MatMulNBitsQuantizer,
    )

    # It says of 4 bits that it raises the version of the graph, which is what is wanted.
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.ERROR)
    quantizer = MatMulNBitsQuantizer(
        graph,
        bits=4,
        block_size=TABLE_BLOCK,
        is_symmetric=True,
        nodes_to_exclude=_small_tables(graph.graph),
        op_types_to_quantize=("Gather",),
    )
    with np.errstate(all="ignore"):  # rows of zeros, which it divides by and then sets to 0
        quantizer.process()
    return quantizer.model.model


def _small_tables(graph: Any) -> list[str]:
    """Return the names of lookups in anything but a large table of vectors."""
    sizes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    return [
        node.name
        for node in graph.node
        if node.op_type == "Gather" and not _is_large(sizes.get(node.input[0], ()))
    ]


def _is_large(shape: Sequence[int]) -> bool:
    return len(shape) == 2 and shape[0] >= FEWEST_ROWS


def _shrink_tables(graph: Any) -> None:
    """Keep the rows of large tables that are looked up in as 8-bit integers, a scale a row."""
    from onnx import TensorProto, helper  # noqa: PLC0415

    known = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[Any] = []
    shrunk: set[str] = set()
    for node in graph.node:
        table = known.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or not _is_large(table.dims) or _axis(node):
            nodes.append(node)
            continue
        if table.name not in shrunk:
            shrunk.add(table.name)
            graph.initializer.extend(_rows_and_scales(table))
        places, out = node.input[1], node.output[0]
        nodes += [
            helper.make_node("Gather", [f"{table.name}_rows", places], [f"{out}_row"]),
            helper.make_node("Cast", [f"{out}_row"], [f"{out}_cast"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [f"{table.name}_scales", places], [f"{out}_scale"]),
            helper.make_node("Mul", [f"{out}_cast", f"{out}_scale"], [out]),
        ]
    used = {name for node in nodes for name in node.input}
    for name in shrunk - used:
        graph.initializer.remove(known[name])
    del graph.node[:]
    graph.node.extend(nodes)


def _axis(node: Any) -> int:
    return next((int(own.i) for own in node.attribute if own.name == "axis"), 0)


def _rows_and_scales(table: Any) -> tuple[Any, Any]:
    from onnx import numpy_helper  # noqa: PLC0415

    rows = numpy_helper.to_array(table)
    scales = np.maximum(np.abs(rows).max(axis=1, keepdims=True), _SMALLEST) / 127
    return (
        numpy_helper.from_array(np.rint(rows / scales).astype(np.int8), f"{table.name}_rows"),
        numpy_helper.from_array(scales.astype(np.float32), f"{table.name}_scales"),
    )
