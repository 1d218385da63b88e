"""Weights of few bits: what they say, and how they are trained."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
import torch

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError
from stancekit.labels.sentences import DOCUMENT, Sentence
from stancekit.models.kinds import pack, unpack
from stancekit.training.four_bits import FourBits, graph_of_weights
from stancekit.training.onnx_export import OPSET, quantised
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.rounding import rounded, rounded_products
from stancekit.training.row_products import (
    STEPS,
    WEIGHT_STEPS,
    channel_factors,
    in_row_products,
    products,
)
from stancekit.training.settings import ClosingSettings, TunedDataSettings
from stancekit.training.transformer import fit_transformer
from stancekit.training.tuned_model import TunedModel


def test_eight_bits_are_nearly_as_good(
    tuned: TunedModel, toys: list[Sentence], accuracy: Callable[..., float]
) -> None:
    small = quantised(tuned.model, "int8", [toy.text for toy in toys[:20]])
    assert small.settings.weights == "int8"
    assert small.weights is None
    nodes = {node.op_type for node in onnx.load_from_string(small.graph).graph.node}
    assert "MatMulIntegerToFloat" in nodes
    kinds = [tensor.data_type for tensor in onnx.load_from_string(small.graph).graph.initializer]
    assert onnx.TensorProto.INT8 in kinds
    assert abs(accuracy(small, toys) - accuracy(tuned.model, toys)) < 0.05


def test_four_bits_are_half_as_large_and_come_back_from_a_bundle(
    tuned: TunedModel, toys: list[Sentence]
) -> None:
    texts = [toy.text for toy in toys[:20]]
    small = quantised(tuned.model, "int4", texts)
    kind, files = pack(small)
    assert set(files) == {"model.onnx", "weights.onnx", "tokenizer.json"}
    again = unpack(kind, files, small.settings, small.codebook, "bundle")
    for task, rows in small.probabilities(texts).items():
        np.testing.assert_array_equal(again.probabilities(texts)[task], rows)


def test_a_graph_without_the_weights_that_it_wants_is_refused(
    tuned: TunedModel, toys: list[Sentence]
) -> None:
    kind, files = pack(quantised(tuned.model, "int4", [toys[0].text]))
    del files["weights.onnx"]
    with pytest.raises(BundleError, match="no graph that ONNX Runtime can run"):
        unpack(kind, files, tuned.model.settings, tuned.model.codebook, "bundle")


@pytest.mark.parametrize("weights", ["int8", "int4"])
def test_few_bits_say_the_same_of_a_sentence_in_any_company(
    tuned: TunedModel, toys: list[Sentence], weights: Literal["int8", "int4"]
) -> None:
    small = quantised(tuned.model, weights, [toy.text for toy in toys[:20]])
    texts = [toy.text for toy in toys[:20]]
    together = small.probabilities(texts)
    for row, text in enumerate(texts):
        for task, alone in small.probabilities([text]).items():
            np.testing.assert_allclose(alone[0], together[task][row], atol=2e-6)


def test_channels_that_are_large_do_not_cost_the_others_their_resolution() -> None:
    """Behind a normalisation, one channel is a hundred times the others."""
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(64, 8)).astype(np.float32)
    gain = np.where(np.arange(64) == 3, 100, 1).astype(np.float32)
    model = _one_product(weight, gain)
    rows = rng.normal(size=(50, 64)).astype(np.float32)
    [exact] = _run(model, rows)
    found = products(model.graph, but="head")
    errors = []
    for factors in ({}, channel_factors(model, found, [{"rows": rows}])):
        graph, _ = in_row_products(_copy(model), found, factors, "int8")
        errors.append(np.abs(_run(graph, rows)[0] - exact).mean())
    assert errors[1] < errors[0] / 3


def test_sums_of_two_products_fit_into_sixteen_bits() -> None:
    assert 2 * (2 * STEPS + 1) * WEIGHT_STEPS < 2**15


def test_weights_are_rounded_in_training_as_they_are_kept() -> None:
    weight = torch.randn(8, 100, generator=torch.Generator().manual_seed(0))
    kept = FourBits.of(weight.T.numpy().copy())
    np.testing.assert_allclose(kept.whole.T, rounded(weight).numpy(), atol=1e-6)
    scales = np.full(8, 0.1, np.float32)
    channels = np.linspace(0.5, 2, 100).astype(np.float32)
    graph = graph_of_weights([kept.unpacking("weight", channels, scales)])
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    [made] = session.run(["weight"], {})
    assert made.dtype == np.int8
    expected = rounded(weight).numpy().T * channels[:, None]
    assert np.abs(made * 0.1 - expected).max() < 0.051


def _one_product(weight: npt.NDArray[np.float32], gain: npt.NDArray[np.float32]) -> Any:
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("LayerNormalization", ["rows", "gain"], ["normal"]),
            helper.make_node("MatMul", ["normal", "weight"], ["out"], name="product"),
        ],
        "one product",
        [helper.make_tensor_value_info("rows", kind, ["n", len(weight)])],
        [helper.make_tensor_value_info("out", kind, ["n", weight.shape[1]])],
        [
            onnx.numpy_helper.from_array(weight, "weight"),
            onnx.numpy_helper.from_array(gain, "gain"),
        ],
    )
    domains = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=domains, ir_version=10)


def _copy(model: Any) -> Any:
    return onnx.load_from_string(model.SerializeToString())


def _run(model: Any, rows: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return list(session.run(["out"], {"rows": rows}))


def test_rounded_weights_lie_on_sixteen_steps_a_block() -> None:
    weight = torch.randn(3, 100, generator=torch.Generator().manual_seed(0))
    grid = rounded(weight)
    assert grid.shape == weight.shape
    for block in (grid[0, :64], grid[0, 64:]):
        assert len(set(block.tolist())) <= 16
    np.testing.assert_allclose(rounded(grid), grid, atol=1e-6)
    step = weight.abs().max() / 8
    assert (grid - weight).abs().max() <= step + 1e-6


def test_products_see_rounded_weights_and_get_their_own_back() -> None:
    product = torch.nn.Sequential(torch.nn.Linear(64, 8))
    before = product[0].weight.detach().clone()
    with rounded_products(product):
        torch.testing.assert_close(product[0].weight, rounded(before))
        product(torch.ones(1, 64)).sum().backward()
    torch.testing.assert_close(product[0].weight, before)
    assert product[0].weight.grad is not None
    assert product[0].weight.grad.abs().sum() > 0


def test_the_last_training_of_four_bits_sees_rounded_weights(
    tuned_recipe: TransformerRecipe,
    toys: list[Sentence],
    codebook: Codebook,
    accuracy: Callable[..., float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in the recipe that ships: bf16, averaged, a first training that does not round."""
    steps: list[int] = []

    @contextmanager
    def counted(encoder: torch.nn.Module) -> Iterator[None]:
        steps.append(len(list(encoder.parameters())))
        with rounded_products(encoder):
            yield

    monkeypatch.setattr("stancekit.training.fine_tuning.rounded_products", counted)
    own = replace(tuned_recipe.optimisation, averaged=0.5, precision="bf16")
    recipe = replace(
        tuned_recipe,
        weights="int4",
        data=TunedDataSettings(authored=True, documents=True),
        optimisation=own,
        closing=ClosingSettings(epochs=3, learning_rate=5e-3, written=1.0),
    )
    documents = [replace(toy, id=f"d:{toy.id}", origin=DOCUMENT) for toy in toys[:60]]
    model = fit_transformer(recipe, [*toys, *documents], codebook)
    assert len(steps) == 1
    assert model.model.settings.weights == "int4"
    assert accuracy(model.model, toys) > 0.9
    assert model.seconds > 0
