"""The benchmark's own logic: what it scores, the model of the rivals, how figures are told."""

import json
import resource
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import pytest
import torch

from stancekit.labels.errors import BundleError, ConfigurationError, DataError
from stancekit.labels.sentences import Sentence
from stancekit.models.text import normalise
from stancekit.models.transformer import TransformerModel
from stancekit.serving import Classifier
from stancekit.training.bench.checkpoint import agreement, logits, rebuilt
from stancekit.training.bench.child import run_child
from stancekit.training.bench.figures import growth, limit_shares, rates
from stancekit.training.bench.graph_weights import trained_weights
from stancekit.training.bench.kills import measure_kills
from stancekit.training.bench.machine import machine
from stancekit.training.bench.mix import in_documents, mixed, repeated
from stancekit.training.bench.picture import rate_picture
from stancekit.training.bench.plain_tfidf import plain_tfidf
from stancekit.training.bench.publish import MAKER, publish
from stancekit.training.bench.report import markdown
from stancekit.training.bench.results import Results, keep, one_machine, read_results
from stancekit.training.bench.setting import Setting
from stancekit.training.bench.side_by_side import tfidf_model
from stancekit.training.bench.system import FP32, OWN, OWN_TFIDF, PIPELINE, PLAIN_TFIDF, System
from stancekit.training.bench.timing import latencies_ms, seconds_in_turn
from stancekit.training.four_bits import FourBits
from stancekit.training.marked_section import section
from stancekit.training.onnx_export import quantised
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.tuned_model import TunedModel

ROOT = Path(__file__).parent.parent
MACHINE: dict[str, Any] = {
    **machine(), "processor": "A", "transformer": "aa", "tfidf": "bb", "date": "2026-01-01"
}  # fmt: skip
SPEED: dict[str, Any] = {
    "agreement": 0.995,
    "repeats_are": 3.3,
    "systems": {
        OWN: {"sentences": 100, "seconds": [1.0, 2.0, 1.0]},
        FP32: {"sentences": 100, "seconds": [2.0, 5.0, 2.0]},
        PIPELINE: {"sentences": 100, "seconds": [8.0, 8.0, 8.0]},
        OWN_TFIDF: {"sentences": 1000, "seconds": [0.2, 0.2, 0.2]},
        PLAIN_TFIDF: {"sentences": 1000, "seconds": [0.1, 0.2, 0.3]},
    },
    "limit": {"fp32": 1e9, "int8": 4e9, "tokens": 3000, "weights": 10**9, "attention": 10**8},
    "stages": {
        OWN: {"segmentation": 0.01, "encoding": 0.02, "scoring": 1.0},
        OWN_TFIDF: {"segmentation": 0.01, "encoding": 0.1, "scoring": 0.2},
    },
}


@pytest.fixture(scope="module")
def real(sentences: list[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


@pytest.fixture(scope="module")
def tiny_setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    released = ROOT / "models" / "released"
    return Setting(
        transformer=released / "mpnet",
        tfidf=released / "tfidf",
        folder=tmp_path_factory.mktemp("bench"),
        seed=0,
        sentences=4,
        repeats=1,
        calls=1,
        starts=1,
        sizes=(4,),
        tfidf_sizes=(4,),
        kills=1,
        killed_sentences=60,
    )


def test_the_mix_never_repeats_and_is_that_of_its_seed(real: list[str]) -> None:
    texts = list(islice(mixed(real, 3), 5000))
    assert texts == list(islice(mixed(real, 3), 5000))
    assert texts != list(islice(mixed(real, 4), 5000))
    assert len({text.casefold() for text in texts}) == len(texts)
    assert sorted(texts[: len(real)]) == sorted(real)


def test_the_mix_keeps_lengths_also_in_tokens(real: list[str], classifier: Classifier) -> None:
    texts = list(islice(mixed(real, 0), 10 * len(real)))
    assert {len(text) for text in texts} == {len(text) for text in real}
    model = classifier.bundle.model.model
    if isinstance(model, TransformerModel):
        own, others = model.encode(real), model.encode(texts)
        mean = np.mean([len(pair.ids) for pair in own])
        assert np.mean([len(pair.ids) for pair in others]) == pytest.approx(mean, rel=0.02)
        assert len({tuple(pair.ids) for pair in others}) == len(texts)


def test_a_mix_that_runs_dry_says_so() -> None:
    with pytest.raises(ConfigurationError, match="no more than 2 different texts"):
        list(mixed(["!", "?"], 0))


def test_what_repeats_is_only_what_is_real(real: list[str]) -> None:
    texts = repeated(real, 2 * len(real) + 1, 0)
    assert len(texts) == 2 * len(real) + 1
    assert set(texts) == set(real)


def test_documents_hold_all_texts_in_paragraphs() -> None:
    documents = list(in_documents((f"Text {n}." for n in range(1000)), 90))
    assert [document.count("Text") for document in documents] == [40, 40, 10]
    assert documents[0].count("\n\n") == 7


@pytest.mark.parametrize("weights", ["fp32", "int8", "int4"])
def test_the_rivals_model_is_that_of_the_bundle(
    weights: Literal["fp32", "int8", "int4"],
    tuned: TunedModel,
    tuned_recipe: TransformerRecipe,
    toys: list[Sentence],
) -> None:
    """Texts that tell labels apart; those of few bits differ by what their products round."""
    texts = [toy.text for toy in toys]
    model = tuned.model if weights == "fp32" else quantised(tuned.model, weights, texts[:20])
    checkpoint = rebuilt(model, tuned_recipe)
    assert agreement(checkpoint, model, texts) > 0.97
    whole = logits(rebuilt(tuned.model, tuned_recipe), texts)
    found = logits(checkpoint, texts)
    spread = float((whole - found).abs().max())
    assert spread == 0 if weights == "fp32" else 0 < spread < 1.5


def test_four_bits_come_back_as_they_are_kept(tuned: TunedModel, toys: list[Sentence]) -> None:
    whole = trained_weights(tuned.model.graph)
    small = quantised(tuned.model, "int4", [toy.text for toy in toys[:20]])
    found = trained_weights(small.graph, small.weights)
    name = next(name for name in found if name.endswith("intermediate.dense.weight"))
    np.testing.assert_allclose(found[name], FourBits.of(whole[name].T.copy()).whole.T, atol=1e-7)
    table = "encoder.embeddings.word_embeddings.weight"
    step = np.abs(whole[table]).max() / 7
    assert np.abs(found[table] - whole[table]).max() <= step


def test_the_older_four_bits_are_read_too() -> None:
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(128, 8)).astype(np.float32)
    out = "/_network/encoder/dense/MatMul_output_0"
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["rows", "weight"], [out], name="product")],
        "one product",
        [helper.make_tensor_value_info("rows", kind, ["n", 128])],
        [helper.make_tensor_value_info(out, kind, ["n", 8])],
        [onnx.numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    from onnxruntime import InferenceSession
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    quantizer = MatMulNBitsQuantizer(model, bits=4, block_size=64, is_symmetric=True)
    quantizer.process()
    content = quantizer.model.model.SerializeToString()
    [(name, found)] = trained_weights(content).items()
    assert name == "encoder.dense.weight"
    rows = rng.normal(size=(5, 128)).astype(np.float32)
    [expected] = InferenceSession(content).run([out], {"rows": rows})
    np.testing.assert_allclose(rows @ found.T, expected, atol=1e-4)


def test_another_model_is_not_measured(
    tuned: TunedModel, tuned_recipe: TransformerRecipe, toys: list[Sentence]
) -> None:
    checkpoint = rebuilt(tuned.model, tuned_recipe)
    with torch.no_grad():
        for head in checkpoint.network.heads:
            head.weight.neg_()  # type: ignore[operator]
    with pytest.raises(ConfigurationError, match="would measure another model"):
        agreement(checkpoint, tuned.model, [toy.text for toy in toys])


def test_a_graph_of_another_encoder_is_refused(
    tuned: TunedModel, tuned_recipe: TransformerRecipe
) -> None:
    fewer = replace(tuned_recipe.encoder, layers=(1,), pooled_layers=(1,))
    assert rebuilt(tuned.model, replace(tuned_recipe, encoder=fewer))
    twice = replace(tuned_recipe.encoder, layers=(1, 2), pooled_layers=(1, 2))
    with pytest.raises(BundleError, match="expected"):
        rebuilt(tuned.model, replace(tuned_recipe, encoder=twice))


def test_scikit_learn_alone_gives_the_same_probabilities(real: list[str]) -> None:
    model = tfidf_model(Classifier.load("tfidf").bundle)
    plain = [normalise(text) for text in real[:50]]
    expected = model.probabilities(plain)
    found = plain_tfidf(model).predict_proba(plain)
    for task, rows in zip(model.codebook.tasks, found, strict=True):
        order = np.argsort(task.label_names)
        np.testing.assert_allclose(rows, expected[task.name][:, order], atol=1e-9)


def test_systems_have_their_turns_on_the_texts_that_are_theirs() -> None:
    called: list[str] = []
    work = [
        (System(name, lambda given, name=name: called.append(f"{name}{len(given)}")), ["x"] * size)  # type: ignore[misc]
        for name, size in (("a", 2), ("b", 3))
    ]
    seconds = seconds_in_turn(work, 3)
    assert called == ["a2", "b3", "a2", "b3", "b3", "a2", "a2", "b3"]
    assert {name: len(own) for name, own in seconds.items()} == {"a": 3, "b": 3}
    assert list(latencies_ms(work[0][0], ["x"])) == ["p50", "p95", "p99"]


def test_ratios_are_of_what_ran_beside_each_other() -> None:
    [own, fp32, pipeline] = rates(SPEED["systems"], OWN)
    assert (own.per_second, own.ratio) == (100, 1)
    assert (fp32.per_second, fp32.ratio, fp32.low, fp32.high) == (50, 2, 2, 2.5)
    assert (pipeline.low, pipeline.high) == (4, 8)
    assert limit_shares(SPEED) == pytest.approx({OWN: 0.35, FP32: 0.55})


def test_linear_time_grows_by_one() -> None:
    sizes = ((10, 3.0), (20, 4.0), (120, 14.0), (320, 54.0))
    rows = [{"sentences": size, "seconds": seconds} for size, seconds in sizes]
    assert growth(rows) == [None, None, pytest.approx(1), pytest.approx(2)]
    assert growth(rows[:1]) == [None]


def test_phases_are_kept_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "bench" / "results.json"
    keep(path, "speed", {"a": 1}, MACHINE)
    keep(path, "kills", {"b": 2}, {**MACHINE, "date": "2026-02-01"})
    keep(path, "speed", {"a": 3}, MACHINE)
    results = read_results(path)
    assert {phase: own.get("a", own.get("b")) for phase, own in results.items()} == {
        "speed": 3, "kills": 2
    }  # fmt: skip
    assert one_machine(results) == {**MACHINE, "date": "2026-02-01"}
    keep(path, "start", {}, {**MACHINE, "cores": 64})
    with pytest.raises(DataError, match="measured with cores 64, other phases with"):
        one_machine(read_results(path))


@pytest.mark.parametrize("content", ["", "[]", '{"speed": 1}'])
def test_results_that_are_none_are_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"results\.json"):
        read_results(path)


@pytest.fixture
def results() -> Results:
    speed = {**SPEED, "machine": MACHINE}
    memory = {"rows": [{"system": OWN, "sentences": 98, "seconds": 3.0, "peak": 2**29}]}
    kills = {"sentences": 60, "runs": 20, "killed": 19, "kept": 15, "identical": 20}
    return {
        "speed": speed,
        "memory": {**memory, "machine": MACHINE},
        "kills": {**kills, "machine": MACHINE},
    }


def test_the_report_tells_what_was_measured(results: Results) -> None:
    text = markdown(results)
    assert f"| **{OWN}** | 100 | 1 | – | – | – |" in text
    assert f"| {FP32} | 50.0 | 2.00 [2.00, 2.50] |" in text
    assert f"| {OWN} | 98 | 3.0 | 512 | – |" in text
    assert "20 ended in the same bytes" in text
    assert "- A, " in text
    assert text == markdown(json.loads(json.dumps(results)))
    assert max(map(len, markdown({"speed": results["speed"]}).splitlines())) < 1000


def test_the_picture_is_the_same_each_time_and_has_a_dark_side(results: Results) -> None:
    picture = rate_picture(results["speed"]["systems"])
    assert picture == rate_picture(results["speed"]["systems"])
    assert "prefers-color-scheme: dark" in picture
    assert "takes 8.0 times as long" in picture


def test_what_is_published_replaces_what_was(results: Results, tmp_path: Path) -> None:
    (tmp_path / "serving").mkdir()
    readme = tmp_path / "README.md"
    readme.write_text(
        f"before\n<!-- made by {MAKER} -->\n<!-- end of what {MAKER} made -->\nafter\n"
    )
    path = tmp_path / "results.json"
    for phase, result in results.items():
        keep(path, phase, result, MACHINE)
        if "speed" in read_results(path):
            publish(path, tmp_path)
    own = (tmp_path / "serving" / "benchmark.md").read_text()
    page = readme.read_text()
    assert page.count(own) == 1
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert (tmp_path / "serving" / "benchmark.svg").exists()
    with pytest.raises(DataError, match="once each"):
        section(own, MAKER, "README.md")


def test_figures_without_a_speed_are_not_published(tmp_path: Path) -> None:
    keep(tmp_path / "results.json", "kills", {}, MACHINE)
    with pytest.raises(DataError, match="holds no speed"):
        publish(tmp_path / "results.json", tmp_path)


def test_a_process_is_measured_without_that_which_started_it() -> None:
    ended = run_child(["/bin/sh", "-c", "sleep 0.2"])
    assert 0.2 <= ended.seconds < 60
    assert ended.peak < 50 * 2**20 < resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with pytest.raises(ConfigurationError, match="ended with 7: no"):
        run_child(["/bin/sh", "-c", "echo no >&2; exit 7"])


def test_killed_runs_end_as_undisturbed_ones(tiny_setting: Setting) -> None:
    [counts] = measure_kills(tiny_setting)
    assert (counts["runs"], counts["identical"]) == (1, 1)
    assert not list(tiny_setting.folder.iterdir())
