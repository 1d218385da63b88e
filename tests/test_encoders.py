"""Encoders are found, verified and read without running their code; a tiny one stands for them."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import ConfigurationError
from stancekit.labels.sentences import Sentence
from stancekit.training import encoders
from stancekit.training.encoders import encoder_folder
from stancekit.training.evaluation import evaluate
from stancekit.training.fitting import fit
from stancekit.training.recipe import FrozenRecipe, read_recipe, released_recipe
from stancekit.training.regression import fit_head
from stancekit.training.sentence_vectors import Encoder, load_encoder
from stancekit.training.settings import FrozenEncoderSettings

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def settings(tiny: Path) -> FrozenEncoderSettings:
    digest = hashlib.sha256((tiny / "model.safetensors").read_bytes()).hexdigest()
    return FrozenEncoderSettings(
        source="folder", name=str(tiny), sha256=digest, longest_tokens=32, layers=(0, 1)
    )


@pytest.fixture(scope="module")
def frozen(settings: FrozenEncoderSettings) -> FrozenRecipe:
    whole = read_recipe(released_recipe("frozen-minilm"))
    assert isinstance(whole, FrozenRecipe)
    fewest = replace(whole.evaluation, bootstrap=100)
    return replace(whole, name="frozen-tiny", encoder=settings, evaluation=fewest)


def test_a_text_has_one_vector_of_length_one(settings: FrozenEncoderSettings) -> None:
    encoder = load_encoder(settings)
    texts = ["China opens.", "A ban of the firm.", "China opens.", "to " * 200]
    vectors = encoder.embed(texts)
    assert vectors.shape == (4, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors.reshape(4, 2, 16), axis=2), 1, atol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert not np.allclose(vectors[0], vectors[1])
    alone = encoder.embed(["A ban of the firm."])
    np.testing.assert_allclose(alone[0], vectors[1], atol=1e-6)
    assert encoder.embed([]).shape == (0, 32)


def test_padding_does_not_change_a_vector(settings: FrozenEncoderSettings, tiny: Path) -> None:
    fresh = Encoder(tiny, settings.longest_tokens, settings.layers)
    together = fresh.embed(["open", "the firm and the ban of china " * 3])
    alone = Encoder(tiny, settings.longest_tokens, settings.layers).embed(["open"])
    np.testing.assert_allclose(together[0], alone[0], atol=1e-6)


def test_another_encoder_than_the_recipe_names_is_refused(settings: FrozenEncoderSettings) -> None:
    with pytest.raises(ConfigurationError, match=r"has SHA-256 .* the recipe expects 0000"):
        load_encoder(replace(settings, sha256="0" * 64))


def test_an_encoder_that_is_not_there_is_named(
    settings: FrozenEncoderSettings, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"model\.safetensors: cannot be read"):
        load_encoder(replace(settings, name=str(tmp_path)))
    unknown = replace(settings, source="package", name="bert")
    with pytest.raises(ConfigurationError, match="packages are known for all-MiniLM-L6-v2, all-"):
        load_encoder(unknown)


def test_weights_that_are_damaged_are_named(
    settings: FrozenEncoderSettings, tmp_path: Path, tiny: Path
) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((tiny / name).read_bytes())
    damaged = b"not weights"
    (tmp_path / "model.safetensors").write_bytes(damaged)
    digest = hashlib.sha256(damaged).hexdigest()
    with pytest.raises(ConfigurationError, match="holds no encoder to load"):
        load_encoder(replace(settings, name=str(tmp_path), sha256=digest))


def test_code_of_an_encoder_is_not_run(
    settings: FrozenEncoderSettings, tmp_path: Path, tiny: Path
) -> None:
    for file in tiny.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {"auto_map": {"AutoModel": "evil.Evil", "AutoConfig": "evil.Evil"}, "model_type": "x"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    mark = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()\nclass Evil: ...\n")
    with pytest.raises(ConfigurationError, match="holds no encoder to load"):
        load_encoder(replace(settings, name=str(tmp_path)))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"longest_tokens": 65}, "takes 64 tokens, the recipe asks for 65"),
        ({"layers": (2,)}, "has 1 layers, the recipe asks for layer 2"),
    ],
)
def test_what_an_encoder_cannot_do_is_refused(
    settings: FrozenEncoderSettings, change: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_encoder(replace(settings, **change))  # type: ignore[arg-type]


def test_packages_that_are_missing_are_named_with_the_way_to_get_them(
    settings: FrozenEncoderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(encoders._WHOLE, "some-encoder", "no-such-package-at-all")
    wanted = replace(settings, source="package", name="some-encoder")
    with (
        pytest.raises(ConfigurationError, match="no-such-package-at-all is not installed"),
        encoder_folder(wanted),
    ):
        pass


def test_the_parts_of_an_archive_are_joined(
    settings: FrozenEncoderSettings, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    archive = tmp_path / "whole.zip"
    with zipfile.ZipFile(archive, "w") as files:
        for file in tiny.iterdir():
            files.write(file, f"tiny/{file.name}")
    content = archive.read_bytes()
    half = len(content) // 2
    parts = {"one": content[:half], "two": content[half:]}
    for name, part in parts.items():
        (tmp_path / name).write_bytes(part)
    monkeypatch.setitem(encoders._ZIPPED, "tiny", ("one", "two"))
    monkeypatch.setattr(encoders, "_package_file", lambda _, package, __: tmp_path / package)
    wanted = replace(settings, source="package", name="tiny")
    vectors = load_encoder(wanted).embed(["China opens."])
    np.testing.assert_allclose(vectors, load_encoder(settings).embed(["China opens."]), atol=1e-6)


def test_a_hub_that_cannot_be_reached_is_named(
    settings: FrozenEncoderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise OSError("no way to the hub\nmore")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    wanted = replace(settings, source="hub", name="some/encoder", revision="0" * 40)
    with pytest.raises(ConfigurationError, match=r"the hub gave none \(no way to the hub\)$"):
        load_encoder(wanted)


def test_a_hub_encoder_is_the_one_of_its_revision(
    settings: FrozenEncoderSettings, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def give(name: str, *, revision: str, allow_patterns: list[str]) -> str:
        asked.append((name, revision, "model.safetensors" in allow_patterns))
        return str(tiny)

    monkeypatch.setattr("huggingface_hub.snapshot_download", give)
    wanted = replace(settings, source="hub", name="some/other", revision="1" * 40)
    assert load_encoder(wanted).embed(["a"]).shape == (1, 32)
    assert asked == [("some/other", "1" * 40, True)]


def test_a_frozen_model_learns_and_is_the_same_each_time(
    frozen: FrozenRecipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    model, again = (fit(frozen, sentences, codebook) for _ in range(2))
    texts = [sentence.text for sentence in sentences]
    for task, rows in model.probabilities(texts).items():
        np.testing.assert_array_equal(rows, again.probabilities(texts)[task])
        np.testing.assert_allclose(rows.sum(axis=1), 1)
        assert rows.shape == (len(texts), len(codebook.task(task).labels))
    judged = evaluate(frozen, sentences, codebook)
    assert all(0 < task.macro_f1.value < 1 for task in judged.tasks.values())


def test_fewer_sentences_than_dimensions_give_the_same_regression(
    frozen: FrozenRecipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    """Fitted in the space that the sentences span, the model is that of all dimensions."""
    few = sentences[::12]
    vectors = load_encoder(frozen.encoder).embed([s.text for s in few])
    assert vectors.shape[0] < vectors.shape[1]
    model = fit(frozen, few, codebook)
    texts = [s.text for s in sentences[1::7]]
    unseen = load_encoder(frozen.encoder).embed(texts)
    for task in codebook.tasks:
        direct = fit_head(frozen, vectors, few, task).probabilities(unseen, task.label_names)
        np.testing.assert_allclose(model.probabilities(texts)[task.name], direct, atol=2e-3)


def test_a_frozen_recipe_is_judged_but_not_packed(
    stancekit: Run, frozen: FrozenRecipe, tmp_path: Path
) -> None:
    text = released_recipe("frozen-minilm").read_text(encoding="utf-8")
    text = text.replace('"package"', '"folder"').replace(
        'all-MiniLM-L6-v2"', f'{frozen.encoder.name}"'
    )
    text = text.replace(text.split('sha256 = "')[1][:64], frozen.encoder.sha256)
    text = text.replace("authored = true", "authored = false").replace("= 2000", "= 100")
    text = text.replace("longest_tokens = 128", "longest_tokens = 32").replace(
        "[3, 4, 5, 6]", "[1]"
    )
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    done = stancekit("train", "recipe.toml", "--out", "bundle")
    assert done.returncode == 2
    assert "a frozen model is a reference that is judged and tracked, but not packed" in done.stderr
    done = stancekit("train", "recipe.toml", "--no-tracking")
    assert done.returncode == 0, done.stderr
    assert "frozen-minilm" in done.stdout
    assert "bundle" not in done.stdout


def test_a_baseline_trains_without_importing_torch() -> None:
    program = (
        "import sys; import stancekit.training.experiment, stancekit.training.encoders;"
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
