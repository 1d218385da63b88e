"""What the machine could do: its rates of products, and how many of them an encoder needs."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

__all__ = ["product_rate", "products_needed"]

ROWS, INNER, COLUMNS = 1024, 768, 3072
TRIES = 30
OPSET = 18
IR_VERSION = 10


def product_rate(integers: bool) -> float:
    """Return multiply-adds a second of a large product in ONNX Runtime, on all cores.

    In fp32, or of 8-bit integers with and without a sign as scoring has them; the best of many.
    """
    session, feed = _product(integers)
    seconds = []
    for _ in range(TRIES):
        started = time.perf_counter()
        session.run(None, feed)
        seconds.append(time.perf_counter() - started)
    return ROWS * INNER * COLUMNS / min(seconds)


def products_needed(encoder: Any, tokens: Sequence[int]) -> tuple[int, int]:
    """Return the multiply-adds for texts of so many tokens: with fixed weights, and in attention.

    Padding is not counted: it is the share of useful work that matters.
    """
    config = encoder.config
    weights = sum(
        int(module.weight.numel())
        for name, module in encoder.named_modules()
        if type(module).__name__ == "Linear" and "pooler" not in name
    )
    attention = 2 * int(config.hidden_size) * int(config.num_hidden_layers)
    return weights * sum(tokens), attention * sum(own * own for own in tokens)


def _product(integers: bool) -> tuple[Any, dict[str, Any]]:
    rng = np.random.default_rng(0)
    if integers:
        left: Any = rng.integers(0, 128, (ROWS, INNER), dtype=np.uint8)
        right: Any = rng.integers(-127, 128, (INNER, COLUMNS), dtype=np.int8)
    else:
        left = rng.standard_normal((ROWS, INNER), dtype=np.float32)
        right = rng.standard_normal((INNER, COLUMNS), dtype=np.float32)
    kinds = (TensorProto.UINT8, TensorProto.INT32) if integers else (TensorProto.FLOAT,) * 2
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger" if integers else "MatMul", ["left", "right"], ["out"])],
        "product",
        [helper.make_tensor_value_info("left", kinds[0], [ROWS, INNER])],
        [helper.make_tensor_value_info("out", kinds[1], [ROWS, COLUMNS])],
        # Fixed, so that it is laid out once, as the weights of a model are.
        [_fixed("right", right)],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    return onnxruntime.InferenceSession(model.SerializeToString()), {"left": left}


def _fixed(name: str, values: Any) -> Any:
    kind = helper.np_dtype_to_tensor_dtype(values.dtype)
    return helper.make_tensor(name, kind, values.shape, values.tobytes(), raw=True)
