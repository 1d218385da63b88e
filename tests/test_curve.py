"""The curve of written sentences: what is drawn, that it repeats, how it is told."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import ConfigurationError
from stancekit.labels.sentences import AUTHORED, Sentence, dataset_digest, released_sentences
from stancekit.training.curve import (
    ALONE,
    IN_ORDER,
    SIZES,
    Curve,
    CurveRecipe,
    curve_sentences,
    draw_curve,
    read_curve,
    read_curve_recipe,
)
from stancekit.training.curve_report import curve_table, log_curve, write_curve
from stancekit.training.evaluation import evaluate
from stancekit.training.recipe import Recipe, read_recipe, released_recipe
from stancekit.training.store import connect

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")
Run = Callable[..., subprocess.CompletedProcess[str]]
SMALL = CurveRecipe(
    name="small", seed=3, draws=2, sizes=(0, 40), slice_size=30, recipes=("tfidf.toml",)
)
RELEASED = released_sentences().parent / "curve"


@pytest.fixture(scope="module")
def few(everything: list[Sentence]) -> list[Sentence]:
    """Some sentences of all documents and of two slices."""
    slices = [
        s for s in everything if s.origin == AUTHORED and s.document in ("slice-1", "slice-2")
    ]
    return [s for s in everything if s.origin != AUTHORED][::3] + slices[::12]


@pytest.fixture(scope="module")
def light(recipe: Recipe) -> Recipe:
    features = replace(recipe.features, character_ngrams=(3, 3))  # type: ignore[attr-defined]
    return replace(recipe, features=features)  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def curve(few: list[Sentence], light: Recipe, codebook: Codebook) -> Curve:
    return draw_curve(SMALL, [light], few, codebook)


def test_every_series_is_drawn(curve: Curve, few: list[Sentence], codebook: Codebook) -> None:
    written = sum(s.origin == AUTHORED for s in few)
    first = codebook.task_names[0]
    own = [p for p in curve.points if p.task == first]
    assert [(p.sentences, len(p.macro_f1)) for p in own if p.series == SIZES] == [
        (0, 1), (40, 2), (written, 1)
    ]  # fmt: skip
    assert [(p.part, p.sentences, len(p.macro_f1)) for p in own if p.series == ALONE] == [
        ("slice-1", 30, 2), ("slice-2", 30, 2)
    ]  # fmt: skip
    in_order = [p for p in own if p.series == IN_ORDER]
    assert [p.part for p in in_order] == ["up to slice-1", "up to slice-2"]
    assert in_order[-1].sentences == written
    assert in_order[-1].macro_f1 == [p for p in own if p.series == SIZES][-1].macro_f1
    assert curve.dataset == dataset_digest(few)


def test_its_ends_are_what_an_evaluation_gives(
    curve: Curve, few: list[Sentence], light: Recipe, codebook: Codebook
) -> None:
    for sentences, end in (([s for s in few if s.origin != AUTHORED], 0), (few, -1)):
        for task, judged in evaluate(light, sentences, codebook).tasks.items():
            own = [p for p in curve.points if p.task == task and p.series == SIZES]
            assert own[end].macro_f1 == (pytest.approx(judged.macro_f1.value, abs=1e-6),)


def test_the_same_recipe_draws_the_same_curve_and_another_seed_another(
    curve: Curve, few: list[Sentence], light: Recipe, codebook: Codebook
) -> None:
    assert draw_curve(SMALL, [light], few, codebook) == curve
    other = draw_curve(replace(SMALL, seed=4), [light], few, codebook)
    assert other.points != curve.points


def test_it_is_written_and_read_back(curve: Curve, codebook: Codebook, tmp_path: Path) -> None:
    paths = write_curve(tmp_path / "new", curve, codebook)
    assert read_curve(paths[0]) == curve
    assert paths[1].read_text(encoding="utf-8") == curve_table(curve) + "\n"
    assert paths[2].read_bytes().startswith(b"\x89PNG")


def test_the_table_has_a_row_a_point(curve: Curve) -> None:
    lines = curve_table(curve).splitlines()
    assert lines[0].startswith("| trained on, beside the other documents | stance, tfidf |")
    assert len(lines) == 2 + 3 + 2 + 2
    assert lines[2].startswith("| no written sentence | 0.")
    assert lines[5].startswith("| 30 of slice-1 | 0.")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("draws = 5", "draws = 0", "'draws': input should be greater than or equal to 1"),
        ("draws = 5", "draw = 5", "unknown key 'draw'"),
        ('"frozen-mpnet.toml"', '"nothing.toml"', r"nothing\.toml: cannot be read"),
        ('"frozen-mpnet.toml"', '"tfidf.toml"', "two of its recipes have the same name"),
        ('"tfidf.toml"', '"tfidf-documents.toml"', "'tfidf-documents' and 'frozen-mpnet' are of"),
        ('"tfidf.toml"', '"minilm-quick.toml"', "'minilm-quick' does not train on documents"),
        ("sizes = [0,", "sizes = [-1,", "'sizes.0': input should be greater"),
    ],
)
def test_a_faulty_recipe_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    for name in ("curve", "tfidf", "frozen-mpnet", "tfidf-documents", "minilm-quick"):
        path = released_recipe(name)
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = released_recipe("curve").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "curve.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message):
        read_curve_recipe(tmp_path / "curve.toml")


def test_mlflow_has_it_as_a_curve_with_a_band(
    mlflow_store: Path, curve: Curve, codebook: Codebook
) -> None:
    assert mlflow_store.is_dir()
    connect()
    run = mlflow.get_run(log_curve(SMALL, curve, codebook))
    names = {file.path for file in MlflowClient().list_artifacts(run.info.run_id)}
    assert {"curve.png", "curve.md", "curve.json"} <= names
    [child] = MlflowClient().search_runs(
        [run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
    )
    own = [p for p in curve.points if p.task == "stance" and p.series == SIZES]
    for ending, choose in (("", lambda p: p.mean), ("_low", lambda p: min(p.macro_f1))):
        logged = MlflowClient().get_metric_history(child.info.run_id, f"stance/macro_f1{ending}")
        assert [(m.step, m.value) for m in sorted(logged, key=lambda m: m.step)] == [
            (p.sentences, pytest.approx(choose(p))) for p in own
        ]


def test_the_released_curve_is_of_the_released_sentences(
    everything: list[Sentence], codebook: Codebook
) -> None:
    """Whoever changes sentences or recipes draws it again: make curve."""
    released = read_curve(RELEASED / "curve.json")
    chosen, recipes = read_curve_recipe(released_recipe("curve"))
    assert released.dataset == dataset_digest(curve_sentences(chosen, everything))
    assert released.codebook == codebook.digest
    assert released.recipe == chosen.digest
    assert list(dict.fromkeys(p.system for p in released.points)) == [r.name for r in recipes]
    table = curve_table(released)
    assert (RELEASED / "curve.md").read_text(encoding="utf-8") == table + "\n"
    datasheet = (released_sentences().parent / "README.md").read_text(encoding="utf-8")
    assert table in datasheet


def test_slices_can_be_left_out_of_a_curve(everything: list[Sentence]) -> None:
    chosen, _ = read_curve_recipe(released_recipe("curve"))
    kept = curve_sentences(chosen, everything)
    assert {s.document for s in everything} - {s.document for s in kept} == set(chosen.without)
    with pytest.raises(ConfigurationError, match="there is no slice 'slice-0' to leave out"):
        curve_sentences(replace(chosen, without=("slice-0",)), everything)


def test_the_released_curve_has_the_scores_of_the_baseline(
    sentences: list[Sentence], codebook: Codebook
) -> None:
    released = read_curve(RELEASED / "curve.json")
    whole = read_recipe(released_recipe("tfidf"))
    fewest = replace(whole, evaluation=replace(whole.evaluation, bootstrap=100))
    for task, judged in evaluate(fewest, sentences, codebook).tasks.items():
        [point] = [
            p for p in released.points
            if (p.system, p.task, p.series, p.sentences) == ("tfidf", task, SIZES, 0)
        ]  # fmt: skip
        assert point.macro_f1 == (pytest.approx(judged.macro_f1.value, abs=1e-6),)


def test_the_command_draws_and_writes(stancekit: Run, tmp_path: Path) -> None:
    for name in ("curve", "tfidf"):
        path = released_recipe(name)
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = released_recipe("curve").read_text(encoding="utf-8")
    text = text.replace("[0, 250, 500, 1000, 2000]", "[0]").replace("draws = 5", "draws = 1")
    text = text.replace("slice_size = 400", "slice_size = 5")
    text = text.replace(', "frozen-mpnet.toml"', "")
    (tmp_path / "curve.toml").write_text(text, encoding="utf-8")
    tfidf = (tmp_path / "tfidf.toml").read_text(encoding="utf-8")
    tfidf = tfidf.replace("authored = true", "authored = false")
    (tmp_path / "tfidf.toml").write_text(tfidf, encoding="utf-8")
    done = stancekit("curve", "curve.toml", "--no-tracking", "--out", "drawn")
    assert done.returncode == 0, done.stderr
    assert "| no written sentence | 0." in done.stdout
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == [
        "curve.json", "curve.md", "curve.png"
    ]  # fmt: skip
