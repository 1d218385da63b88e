"""Weights of few bits: what they say, and how they are trained."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import DOCUMENT, Sentence
from stancekit.training.onnx_export import OPSET, _blockwise, quantised
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.rounding import FOUR_BIT_BLOCK, rounded, rounded_products
from stancekit.training.settings import ClosingSettings, TunedDataSettings
from stancekit.training.transformer import fit_transformer
from stancekit.training.tuned_model import TunedModel


def test_eight_bits_are_nearly_as_good(
    tuned: TunedModel, toys: list[Sentence], accuracy: Callable[..., float]
) -> None:
    small = quantised(tuned.model, "int8")
    assert small.settings.weights == "int8"
    nodes = {node.op_type for node in onnx.load_from_string(small.graph).graph.node}
    assert "MatMulNBits" in nodes
    kinds = [tensor.data_type for tensor in onnx.load_from_string(small.graph).graph.initializer]
    assert onnx.TensorProto.INT8 in kinds  # the table of the vocabulary
    assert abs(accuracy(small, toys) - accuracy(tuned.model, toys)) < 0.05


@pytest.mark.parametrize("weights", ["int8", "int4"])
def test_few_bits_say_the_same_of_a_sentence_in_any_company(
    tuned: TunedModel, toys: list[Sentence], weights: Literal["int8", "int4"]
) -> None:
    small = quantised(tuned.model, weights)
    texts = [toy.text for toy in toys[:20]]
    together = small.probabilities(texts)
    for row, text in enumerate(texts):
        for task, alone in small.probabilities([text]).items():
            np.testing.assert_allclose(alone[0], together[task][row], atol=1e-5)


def test_weights_are_rounded_in_training_as_they_are_in_the_graph() -> None:
    """A product with the identity shows the weights that ONNX Runtime keeps."""
    weight = torch.randn(8, 100, generator=torch.Generator().manual_seed(0))
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["rows", "weight"], ["out"], name="product")],
        "one product",
        [helper.make_tensor_value_info("rows", kind, ["n", 100])],
        [helper.make_tensor_value_info("out", kind, ["n", 8])],
        [onnx.numpy_helper.from_array(weight.T.numpy().copy(), "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    small = _blockwise(model, 4, FOUR_BIT_BLOCK, "MatMul", [])
    session = onnxruntime.InferenceSession(small.SerializeToString())
    [kept] = session.run(["out"], {"rows": np.eye(100, dtype=np.float32)})
    np.testing.assert_allclose(kept.T, rounded(weight).numpy(), atol=1e-5)
    assert np.abs(kept.T - weight.numpy()).max() > 0.05


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
