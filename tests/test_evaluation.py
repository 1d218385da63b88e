from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence, dataset_digest
from stancekit.models.bundle import read_bundle, released_bundle
from stancekit.models.calibration import scaled
from stancekit.training.evaluation import Evaluation, evaluate
from stancekit.training.fitting import fit
from stancekit.training.judged import compare, judged_sentences
from stancekit.training.promotion import decide
from stancekit.training.recipe import Recipe, read_recipe
from stancekit.training.references import evaluate_references

RECIPE = Path(__file__).parent.parent / "training" / "recipes" / "tfidf.toml"


@pytest.fixture(scope="module")
def evaluation(recipe: Recipe, sentences: list[Sentence], codebook: Codebook) -> Evaluation:
    return evaluate(recipe, sentences, codebook)


def test_every_sentence_is_judged_by_a_model_that_never_saw_its_document(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook, evaluation: Evaluation
) -> None:
    assert sorted(s.id for s in evaluation.sentences) == sorted(s.id for s in sentences)
    document = evaluation.sentences[-1].document
    rest = [s for s in sentences if s.document != document]
    own = [n for n, s in enumerate(evaluation.sentences) if s.document == document]
    model = fit(recipe, rest, codebook)
    expected = model.probabilities([evaluation.sentences[n].text for n in own])
    for task, matrix in expected.items():
        assert np.array_equal(evaluation.tasks[task].probabilities[own], matrix)


def test_every_score_carries_a_signature_that_names_how_it_came_about(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook, evaluation: Evaluation
) -> None:
    for score in evaluation.scores():
        parts = dict(part.split(":", 1) for part in score.signature.split("|")[1:])
        assert parts["task"] == score.task
        assert dataset_digest(sentences).startswith(parts["data"])
        assert codebook.digest.startswith(parts["codebook"])
        assert recipe.digest.startswith(parts["recipe"])
        assert parts["folds"] == "leave-one-document-out:5"
        assert (parts["seed"], parts["bootstrap"]) == ("0", "200")
        assert parts["version"]
        assert score.low <= score.value <= score.high


def test_an_evaluation_repeats_exactly(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook, evaluation: Evaluation
) -> None:
    assert evaluate(recipe, sentences, codebook).scores() == evaluation.scores()


def test_the_majority_is_beaten_on_both_tasks(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook, evaluation: Evaluation
) -> None:
    majority = evaluate_references(recipe, sentences, codebook)[0]
    rows = judged_sentences(evaluation, codebook)
    reference = judged_sentences(majority, codebook)
    for comparison in compare(rows, reference, codebook, 500, 0):
        assert comparison.difference.low > 0, comparison.task


def test_the_released_bundle_is_what_recipe_and_data_give(
    everything: list[Sentence], codebook: Codebook
) -> None:
    sentences = everything
    bundle = read_bundle(released_bundle("tfidf"))
    whole = read_recipe(RECIPE)
    assert bundle.manifest.recipe == whole.to_json()
    assert bundle.manifest.dataset_digest == dataset_digest(sentences)
    assert bundle.manifest.codebook_digest == codebook.digest
    texts = [s.text for s in sentences]
    fresh = fit(whole, sentences, codebook).probabilities(texts)
    judged = evaluate(whole, sentences, codebook)
    assert bundle.manifest.temperatures == pytest.approx(judged.temperatures, abs=1e-3)
    for task, matrix in bundle.model.probabilities(texts).items():
        expected = scaled(fresh[task], bundle.manifest.temperatures[task])
        assert np.allclose(matrix, expected, atol=1e-6)
    found = {score.task: score for score in judged.scores()}
    for score in bundle.manifest.scores:
        assert score.value == pytest.approx(found[score.task].value, abs=1e-4)
        assert score.signature == found[score.task].signature


def test_a_champion_falls_to_a_better_model_and_to_nothing_else(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook, evaluation: Evaluation
) -> None:
    good = judged_sentences(evaluation, codebook)
    poor = judged_sentences(evaluate_references(recipe, sentences, codebook)[0], codebook)

    def verdict(new: list, champion: list):  # type: ignore[no-untyped-def, type-arg]
        return decide(compare(new, champion, codebook, 300, 0))

    assert decide(None).promoted
    assert verdict(good, poor).promoted
    assert "better than the champion: stance +0." in verdict(good, poor).reason
    assert not verdict(poor, good).promoted
    assert "worse than the champion" in verdict(poor, good).reason
    assert not verdict(good, good).promoted
    assert "not better than the champion" in verdict(good, good).reason


def test_models_judged_on_other_labels_are_not_compared(
    codebook: Codebook, evaluation: Evaluation
) -> None:
    rows = judged_sentences(evaluation, codebook)
    relabelled = [
        replace(row, gold={**row.gold, "stance": "engagement"}) if n % 2 else row
        for n, row in enumerate(rows)
    ]
    decision = decide(compare(rows, relabelled, codebook, 100, 0))
    assert not decision.promoted
    assert "judged on other sentences or labels" in decision.reason
    none_shared = compare(rows, [], codebook, 100, 0)
    assert [c.shared for c in none_shared] == [0, 0]
    assert not decide(none_shared).promoted


def test_authored_sentences_do_not_enter_the_score(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    authored = [replace(s, id=f"a:{n}", text=f"{s.text} Indeed.", origin="authored", document="a")
                for n, s in enumerate(sentences[:40])]  # fmt: skip
    judged = evaluate(recipe, [*sentences, *authored], codebook).sentences
    assert {s.origin for s in judged} == {"document"}


def test_one_document_is_judged_in_parts(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    own = [s for s in sentences if s.document == sentences[0].document]
    judged = evaluate(recipe, own, codebook)
    assert sorted(s.id for s in judged.sentences) == sorted(s.id for s in own)
    assert all("|folds:stratified:" in score.signature for score in judged.scores())


def test_a_task_without_labels_cannot_be_evaluated(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    bare = [replace(s, labels={"stance": s.labels["stance"]}) for s in sentences]
    with pytest.raises(DataError, match="task 'framing': no sentence to judge by has a label"):
        evaluate(recipe, bare, codebook)
