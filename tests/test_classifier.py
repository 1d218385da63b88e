from pathlib import Path

import pytest

from stancekit.labels.errors import BundleError, InputError
from stancekit.labels.sentences import Sentence
from stancekit.serving import Classifier, Prediction

SEEDS = Path(__file__).parent.parent / "seeds"
TEXTS = ["China must co-create with global partners.", "Export controls hurt.", "It rained."]


def test_a_list_in_gives_a_list_of_the_same_length_and_order(classifier: Classifier) -> None:
    together = classifier.predict(TEXTS)
    assert len(together) == 3
    for text, row in zip(TEXTS, together, strict=True):
        [alone] = classifier.predict([text])
        for task, prediction in row.items():
            assert prediction.label == alone[task].label
            # Sums in another order round 8-bit numbers in products now and then the other way.
            assert prediction.probabilities == pytest.approx(alone[task].probabilities, abs=2e-3)
    assert classifier.predict([]) == []


def test_a_prediction_is_its_most_probable_label(classifier: Classifier) -> None:
    for row in classifier.predict(TEXTS):
        assert list(row) == list(classifier.codebook.task_names)
        for task, prediction in row.items():
            assert isinstance(prediction, Prediction)
            names = classifier.codebook.task(task).label_names
            assert tuple(prediction.probabilities) == names
            assert prediction.probability == max(prediction.probabilities.values())
            assert sum(prediction.probabilities.values()) == pytest.approx(1)


def test_a_prediction_has_the_labels_that_reach_their_thresholds(classifier: Classifier) -> None:
    sizes = []
    for rate in (0.02, 0.1, 0.4):
        own = Classifier(classifier.bundle, error_rate=rate)
        rows = own.predict(TEXTS)
        for row in rows:
            for task, prediction in row.items():
                thresholds = own.sets[task].thresholds
                assert prediction.labels == tuple(
                    label
                    for (label, p), threshold in zip(
                        prediction.probabilities.items(), thresholds.tolist(), strict=True
                    )
                    if p >= threshold or label == prediction.label
                )
                assert prediction.undecided == (len(prediction.labels) > 1)
        sizes.append(sum(len(own.labels) for row in rows for own in row.values()))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]


def test_an_error_rate_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="error rate: expected a number between 0 and 1, given 1"):
        Classifier.load("tfidf", error_rate=1)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["fine", None], r"texts\[1\]: expected a text, given NoneType"),
        ([3.5], r"texts\[0\]: expected a text, given float"),
        (["fine", " "], r"texts\[1\]: expected words, given nothing but white space"),
        ("one string", "expected a list of sentences, given one string"),
        ({"a sentence"}, "expected a list of sentences, given set"),
        (None, "expected a list of sentences, given NoneType"),
    ],
)
def test_what_is_no_text_is_named_by_its_place(
    classifier: Classifier, texts: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        classifier.predict(texts)


def test_contexts_must_be_as_many_as_texts(classifier: Classifier) -> None:
    assert len(classifier.predict(TEXTS, contexts=["", "a b.", ""])) == 3
    with pytest.raises(InputError, match="contexts: expected 3, one for each text, given 1"):
        classifier.predict(TEXTS, contexts=[""])
    with pytest.raises(InputError, match=r"contexts\[1\]: expected a text, given NoneType"):
        classifier.predict(TEXTS, contexts=["", None, ""])  # type: ignore[list-item]


def test_a_scored_document_has_offsets_into_its_text(classifier: Classifier) -> None:
    text = "A title\n\nTariffs rose.12 “We agreed. We did,” he said.\n\n• And so on\n"
    document = classifier.score(text, id="d", outlet="Daily")
    assert document.id == "d"
    assert document.metadata == {"outlet": "Daily"}
    assert [s.text for s in document.sentences] == [
        "Tariffs rose.", "“We agreed.", "We did,” he said.", "And so on",
    ]  # fmt: skip
    assert [s.index for s in document.sentences] == [0, 1, 2, 3]
    for sentence in document.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
    assert {span.kind for span in document.left_out} == {"heading", "footnote"}
    for shares in document.summary().values():
        assert sum(shares.values()) == pytest.approx(1)


def test_scoring_a_document_equals_predicting_its_sentences(classifier: Classifier) -> None:
    document = classifier.score((SEEDS / "003_a78cd8a92e5d3aef.txt").read_text(encoding="utf-8"))
    rows = classifier.predict([sentence.text for sentence in document.sentences])
    for sentence, row in zip(document.sentences, rows, strict=True):
        for task, prediction in row.items():
            assert sentence.predictions[task].probabilities == pytest.approx(
                prediction.probabilities
            )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "text: is empty"),
        ("😀" * 1000, r"holds no sentence to score \(only symbols\)"),
        ("Fine. \x00", "holds a NUL character at 6"),
        ("a" * 50_000 + ".", "characters 0 to 50001: a sentence of 50,001 characters"),
        (None, "expected a text, given NoneType"),
    ],
)
def test_a_text_without_sentences_is_refused(
    classifier: Classifier, text: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        classifier.score(text)


def test_the_released_model_knows_what_it_was_trained_on(
    classifier: Classifier, sentences: list[Sentence]
) -> None:
    rows = classifier.predict([s.text for s in sentences])
    for task in classifier.codebook.task_names:
        hits = [row[task].label == s.labels[task] for row, s in zip(rows, sentences, strict=True)]
        assert sum(hits) / len(hits) > 0.75


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        Classifier.load(tmp_path)
