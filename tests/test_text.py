import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.errors import InputError
from stancekit.models.text import LONGEST_SENTENCE, check_text, normalise


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("China’s “market”", 'China\'s "market"'),
        ("a\u00a0b\n  c", "a b c"),
        ("see https://example.org/x now", "see now"),
        ("[the report](https://example.org/x) says", "the report says"),
        ("ﬁve ① ｆｕｌｌ", "five 1 full"),
    ],
)
def test_a_text_is_read_in_its_plain_form(given_text: str, expected: str) -> None:
    assert normalise(given_text) == expected


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once or "](" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "here: expected a text, given NoneType"),
        (7, "given int"),
        (float("nan"), "given float"),
        ("", "given nothing but white space"),
        (" \n", "given nothing but white space"),
        ("😀" * 1000, "here: expected words, given '😀"),
        ("12.5 %", "expected words"),
        ("a\ud83d", "half of a character"),
        ("a\x00b", "NUL character at 1"),
        ("a" * 50_000, "a sentence of 50,000 characters, expected at most 10,000"),
    ],
)
def test_what_is_no_sentence_is_refused(text: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_text(text, "here")


def test_a_long_sentence_is_still_a_sentence() -> None:
    text = "word " * (LONGEST_SENTENCE // 5)
    assert check_text(text, "here") is text
