"""The network that is fine-tuned, on tiny encoders of several architectures."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import ConfigurationError
from stancekit.models.pairs import PairEncoder, PairSettings
from stancekit.models.transformer import TransformerModel, TransformerSettings
from stancekit.training.encoders import load_pretrained
from stancekit.training.settings import SimilaritySettings, TunedEncoderSettings

torch = pytest.importorskip("torch")

SETTINGS = TunedEncoderSettings(
    source="folder",
    name="tiny",
    sha256="0" * 64,
    longest_tokens=16,
    layers=(1, 3),
    fixed_layers=1,
    dropout=0.0,
    pooled_layers=(1, 3),
    context=True,
)


@pytest.fixture(scope="module", params=["bert", "mpnet", "deberta-v2", "distilbert", "roberta"])
def folder(
    request: pytest.FixtureRequest,
    make_encoder: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    return make_encoder(tmp_path_factory.mktemp(request.param), request.param, layers=3)


def network(
    folder: Path, settings: TunedEncoderSettings = SETTINGS, sizes: Sequence[int] = (2, 3)
) -> tuple[Any, PairEncoder]:
    from stancekit.training.network import Network, prepare_encoder

    tokenizer, encoder = load_pretrained(folder)
    prepare_encoder(encoder, settings)
    pairs = PairEncoder(
        tokenizer.backend_tokenizer.to_str(),
        PairSettings(longest_tokens=16, context=True, padding=encoder.config.pad_token_id),
        "tiny",
    )
    torch.manual_seed(1)
    weights = [torch.ones(size) for size in sizes]
    return Network(encoder, [1, 2], list(sizes), weights, 0.0, SimilaritySettings()), pairs


def tensors(pairs: PairEncoder, texts: list[str], contexts: list[str]) -> list[Any]:
    batch = pairs.pad(pairs.encode(texts, contexts))
    return [torch.from_numpy(part) for part in (batch.ids, batch.mask, batch.types)]


def test_the_kept_layers_are_those_named_and_the_lowest_stay_fixed(folder: Path) -> None:
    from stancekit.training.network import layers_of

    _, whole = load_pretrained(folder)
    third = {name: value.clone() for name, value in layers_of(whole)[2].named_parameters()}
    tuned, _ = network(folder)
    kept = layers_of(tuned.encoder)
    assert len(kept) == tuned.encoder.config.num_hidden_layers == 2
    for name, value in kept[1].named_parameters():
        assert torch.equal(value, third[name])
        assert value.requires_grad
    trained = {id(p) for p in tuned.encoder.parameters() if p.requires_grad}
    assert trained == {id(p) for p in kept[1].parameters()}


def test_embeddings_are_trained_where_the_recipe_says_so(folder: Path) -> None:
    tuned, _ = network(folder, replace(SETTINGS, fixed_layers=-1))
    assert all(p.requires_grad for p in tuned.parameters())


def test_what_an_encoder_does_not_have_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="has 3 layers, the recipe asks for layer 4"):
        network(folder, replace(SETTINGS, layers=(1, 4), pooled_layers=(1,)))


def test_padding_and_company_change_nothing_and_the_context_does(folder: Path) -> None:
    tuned, pairs = network(folder)
    tuned.eval()
    with torch.no_grad():
        both = tuned(*tensors(pairs, ["ban the firm", "open"], ["china", ""]))["logits"]
        alone = tuned(*tensors(pairs, ["open"], [""]))["logits"]
        other = tuned(*tensors(pairs, ["ban the firm"], ["open"]))["logits"]
    assert both.shape == (2, 5)
    np.testing.assert_allclose(both[1], alone[0], atol=1e-5)
    assert not np.allclose(both[0], other[0], atol=1e-5)


def test_a_missing_label_counts_for_nothing(folder: Path) -> None:
    from stancekit.training.network import IGNORED

    tuned, pairs = network(folder)
    tuned.eval()
    given = tensors(pairs, ["ban the firm", "open"], ["", ""])
    loss = tuned(*given, torch.tensor([[0, 1], [IGNORED, 2]]))["loss"]
    logits = tuned(*given)["logits"]
    cross_entropy = torch.nn.functional.cross_entropy
    first = cross_entropy(logits[:1, :2], torch.tensor([0]))
    second = cross_entropy(logits[:, 2:], torch.tensor([1, 2]))
    torch.testing.assert_close(loss, (first + second) / 2)
    nothing = tuned(*given, torch.full((2, 2), IGNORED))["loss"]
    assert float(nothing.detach()) == 0


def test_learning_rates_fall_from_the_heads_to_the_embeddings(folder: Path) -> None:
    tuned, _ = network(folder, replace(SETTINGS, fixed_layers=-1))
    groups = tuned.parameter_groups(1e-3, 1e-2, 0.5)
    assert [group["lr"] for group in groups] == pytest.approx([1e-2, 1e-3, 5e-4, 2.5e-4])
    parameters = [id(p) for group in groups for p in group["params"]]
    assert sorted(parameters) == sorted(id(p) for p in tuned.parameters())


def test_the_graph_gives_what_the_network_gives(folder: Path) -> None:
    import onnxruntime

    from stancekit.training.onnx_export import to_onnx

    tuned, pairs = network(folder)
    graph = to_onnx(tuned, pairs)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for texts in (["ban"], ["ban the firm of china and open", "open", "the ban of a firm"]):
        given = tensors(pairs, texts, ["open", "", "china"][: len(texts)])
        with torch.no_grad():
            expected = tuned(*given)["logits"].numpy()
        feed = dict(zip(("ids", "mask", "types"), (part.numpy() for part in given), strict=True))
        [found] = session.run(["logits"], feed)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_graph_that_is_not_the_network_is_refused(folder: Path, codebook: Codebook) -> None:
    from stancekit.training.onnx_export import check_graph, to_onnx

    sizes = [len(task.labels) for task in codebook.tasks]
    own, pairs = network(folder, sizes=sizes)
    settings = TransformerSettings(
        longest_tokens=16, context=True, padding=pairs.settings.padding, weights="fp32"
    )
    tokenizer = load_pretrained(folder)[0].backend_tokenizer.to_str().encode()
    model = TransformerModel(to_onnx(own, pairs), tokenizer, settings, codebook, "here")
    given = ["ban the firm of china and open", "open"], ["", "china"]
    check_graph(own, model, *given)
    with torch.no_grad():
        own.heads[0].bias += torch.arange(sizes[0]) * 0.01
    with pytest.raises(ConfigurationError, match="the exported graph differs by"):
        check_graph(own, model, *given)
