from dataclasses import replace

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError, DataError
from stancekit.labels.sentences import Sentence
from stancekit.models.tfidf import TfidfModel
from stancekit.training.fitting import fit
from stancekit.training.recipe import Recipe


@pytest.fixture(scope="module")
def model(recipe: Recipe, sentences: list[Sentence], codebook: Codebook) -> TfidfModel:
    return fit(recipe, sentences[:120], codebook)


TEXTS = ["China opened its market.", "Export controls hurt the firm.", "One."]


def test_probabilities_are_those_of_scikit_learn(
    sentences: list[Sentence], codebook: Codebook, model: TfidfModel
) -> None:
    from sklearn.linear_model import LogisticRegression

    train = sentences[:120]
    features = model.features([s.text for s in train])
    for task in codebook.tasks:
        plain = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000, random_state=0)
        plain.fit(features, [s.labels[task.name] for s in train])
        expected = plain.predict_proba(model.features(TEXTS))
        found = model.probabilities(TEXTS)[task.name]
        columns = [task.label_names.index(label) for label in plain.classes_]
        assert np.allclose(found[:, columns], expected, atol=1e-12)


def test_rows_sum_to_one_in_the_order_of_the_codebook(
    model: TfidfModel, codebook: Codebook
) -> None:
    for task, matrix in model.probabilities(TEXTS).items():
        assert matrix.shape == (3, len(codebook.task(task).labels))
        assert np.allclose(matrix.sum(axis=1), 1)
        assert (matrix >= 0).all()


def test_no_text_gives_no_row(model: TfidfModel) -> None:
    assert [matrix.shape for matrix in model.probabilities([]).values()] == [(0, 3), (0, 3)]


def test_a_text_is_judged_alike_alone_and_in_company(model: TfidfModel) -> None:
    together = model.probabilities(TEXTS)
    for row, text in enumerate(TEXTS):
        for task, matrix in model.probabilities([text]).items():
            assert np.allclose(matrix[0], together[task][row], atol=1e-12)


def test_white_space_and_curly_quotes_change_nothing(model: TfidfModel) -> None:
    one, other = model.probabilities(["China's “open”  door", 'China’s "open" door']).values()
    assert np.array_equal(one[0], one[1])
    assert np.array_equal(other[0], other[1])


def test_the_same_recipe_and_data_give_the_same_bytes(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook, model: TfidfModel
) -> None:
    assert fit(recipe, sentences[:120], codebook).to_bytes() == model.to_bytes()
    assert fit(recipe, sentences[:121], codebook).to_bytes() != model.to_bytes()


def test_a_model_predicts_the_same_when_read_again(model: TfidfModel, codebook: Codebook) -> None:
    again = TfidfModel.from_bytes(model.to_bytes(), model.settings, codebook, "here")
    for task, matrix in model.probabilities(TEXTS).items():
        assert np.array_equal(matrix, again.probabilities(TEXTS)[task])


def test_labels_that_training_never_saw_get_no_probability(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    train = [s for s in sentences if s.labels["stance"] != "engagement"]
    matrix = fit(recipe, train, codebook).probabilities(TEXTS)["stance"]
    assert (matrix[:, 0] == 0).all()
    assert np.allclose(matrix.sum(axis=1), 1)


def test_one_label_alone_cannot_be_learnt(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    same = [replace(s, labels={**s.labels, "stance": "neutral"}) for s in sentences[:30]]
    with pytest.raises(DataError, match="task 'stance': training needs two labels or more"):
        fit(recipe, same, codebook)


def test_equal_weights_favour_the_commonest_label_more(
    recipe: Recipe, sentences: list[Sentence], codebook: Codebook
) -> None:
    equal = replace(recipe, head=replace(recipe.head, class_weights="equal"))
    texts = [s.text for s in sentences]
    share = {
        name: (fit(r, sentences, codebook).probabilities(texts)["framing"].argmax(1) == 0).mean()
        for name, r in (("balanced", recipe), ("equal", equal))
    }
    assert share["equal"] > share["balanced"]


def test_arrays_that_do_not_fit_the_codebook_are_refused(
    model: TfidfModel, codebook: Codebook
) -> None:
    task = codebook.tasks[0]
    other = replace(codebook, tasks=(replace(task, name="mood"), codebook.tasks[1]))
    with pytest.raises(BundleError, match="do not fit its codebook"):
        TfidfModel.from_bytes(model.to_bytes(), model.settings, other, "here")
