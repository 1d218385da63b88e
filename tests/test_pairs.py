"""What an encoder is given to read of a sentence and the one before it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.errors import BundleError
from stancekit.models.pairs import EncodedPair, PairEncoder, PairSettings
from stancekit.models.transformer import batches
from stancekit.training.fixed_batches import fixed_batches

LONG = "ban the firm of china and open "
SETTINGS = PairSettings(longest_tokens=16, context=True, padding=0)


@pytest.fixture(scope="module")
def content(tiny: Path) -> str:
    return (tiny / "tokenizer.json").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pairs(content: str) -> PairEncoder:
    return PairEncoder(content, SETTINGS, "here")


def tokens(pairs: PairEncoder, text: str) -> list[int]:
    [encoded] = pairs.encode([text], None)
    return encoded.ids[1:-1]


def test_a_sentence_comes_first_and_its_context_after_it(pairs: PairEncoder) -> None:
    [pair] = pairs.encode(["China opens."], ["The ban."])
    china, ban = tokens(pairs, "China opens."), tokens(pairs, "The ban.")
    assert pair.ids == [2, *china, 3, *ban, 3]
    assert pair.types == [0] * (len(china) + 2) + [1] * (len(ban) + 1)


def test_the_context_is_cut_before_the_sentence_and_from_its_beginning(
    pairs: PairEncoder, content: str
) -> None:
    sentence, context = "ban the firm of china", LONG * 5 + "open"
    [pair] = pairs.encode([sentence], [context])
    own = tokens(pairs, sentence)
    assert len(pair.ids) == 16
    assert pair.ids[1 : len(own) + 1] == own
    kept = pair.ids[len(own) + 2 : -1]
    assert len(kept) == 16 - 3 - len(own)
    roomy = PairEncoder(content, replace(SETTINGS, longest_tokens=400), "here")
    assert kept == tokens(roomy, context)[-len(kept) :]


def test_a_sentence_that_is_too_long_alone_is_cut_and_the_context_left_out(
    pairs: PairEncoder,
) -> None:
    [pair] = pairs.encode([LONG * 9], ["open"])
    assert len(pair.ids) == 16
    assert set(pair.types) == {0}
    assert pair.ids == pairs.encode([LONG * 9], [""])[0].ids


def test_without_context_nothing_but_the_sentence_is_read(content: str) -> None:
    plain = PairEncoder(content, replace(SETTINGS, context=False), "here")
    [with_one], [without] = plain.encode(["ban"], ["open"]), plain.encode(["ban"], None)
    assert with_one == without


def test_pairs_are_filled_up_with_the_padding_of_their_encoder(content: str) -> None:
    pairs = PairEncoder(content, replace(SETTINGS, padding=1), "here")
    batch = pairs.pad(pairs.encode(["ban", "ban the firm"], ["", "open"]))
    assert batch.ids.shape == batch.types.shape == batch.mask.shape
    assert batch.mask.sum(axis=1).tolist() == [3, 7]
    assert set(batch.ids[batch.mask == 0]) == {1}
    assert batch.ids.dtype == np.int64


def test_what_is_no_tokenizer_is_refused() -> None:
    with pytest.raises(BundleError, match="here: is not a tokenizer"):
        PairEncoder("{}", SETTINGS, "here")


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_pair_is_too_long_and_every_sentence_keeps_what_fits(
    pairs: PairEncoder, text: str, context: str
) -> None:
    [alone], [pair] = pairs.encode([text], None), pairs.encode([text], [context])
    assert len(pair.ids) == len(pair.types) <= 16
    own = [token for token, of in zip(pair.ids, pair.types, strict=True) if of == 0]
    whole = tokens(pairs, text)
    assert alone.ids == [2, *whole, 3]
    assert own[1:-1] == whole


def test_batches_hold_every_pair_once_and_keep_to_their_size(pairs: PairEncoder) -> None:
    encoded = pairs.encode(["ban", LONG, "open the firm"] * 7, None)
    found = list(batches(encoded, tokens=40))
    assert sorted(row for batch in found for row in batch) == list(range(21))
    for batch in found:
        lengths = [len(encoded[row].ids) for row in batch]
        assert max(lengths) * len(batch) <= 40
    assert list(batches([], tokens=40)) == []
    assert [len(batch) for batch in batches(encoded, tokens=1)] == [1] * 21


def test_what_training_starts_from_is_batched_as_ever() -> None:
    """Another cut rounds vectors otherwise, and a recipe would no longer name one model."""
    lengths = [3, 200, 90, 1500, 64, 64, 500, 5, *[31] * 40]
    encoded = [EncodedPair([1] * length, [0] * length) for length in lengths]
    found = [[lengths[row] for row in rows] for rows in fixed_batches(encoded)]
    assert found == [[1500], [500, 200], [90, 64, 64, *[31] * 8], [*[31] * 32, 5], [3]]
    assert list(fixed_batches([])) == []
