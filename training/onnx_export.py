"""Write a fine-tuned network as an ONNX graph, and make the graph smaller."""

import logging
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from stancekit.models.pairs import PairEncoder
from stancekit.models.transformer import INPUTS, OUTPUT, TransformerModel
from stancekit.training.network import Network

__all__ = ["quantised", "to_onnx"]

OPSET = 17
BLOCK = 128
"""Weights that share a scale."""


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
    network.eval()
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


def quantised(model: TransformerModel) -> TransformerModel:
    """Return `model` with weights as 8-bit integers, a scale for each 128 of a column.

    Weights only: what flows through the graph stays fp32. To quantise that, too, as it comes, would
    be twice as fast, but would give a sentence other probabilities in other company, because a
    batch shares its scale.
    """
    # Heavy, and nothing else needs them.
    import onnx  # noqa: PLC0415
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415
    from onnxruntime.quantization.matmul_nbits_quantizer import (  # noqa: PLC0415
        MatMulNBitsQuantizer,
    )

    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        whole.write_bytes(model.graph)
        logging.getLogger().addFilter(_is_no_advice)
        try:
            quantize_dynamic(
                whole, small, op_types_to_quantize=["Gather"], weight_type=QuantType.QInt8
            )
        finally:
            logging.getLogger().removeFilter(_is_no_advice)
        graph = onnx.load(small)
    heads = [node.name for node in graph.graph.node if "/heads." in node.name]
    quantizer = MatMulNBitsQuantizer(
        graph, bits=8, block_size=BLOCK, is_symmetric=True, nodes_to_exclude=heads
    )
    quantizer.process()
    settings = replace(model.settings, weights="int8")
    content = quantizer.model.model.SerializeToString(deterministic=True)
    return TransformerModel(content, model.tokenizer, settings, model.codebook, "the small model")


def _is_no_advice(record: logging.LogRecord) -> bool:
    return "pre-processing" not in record.getMessage()
