"""In what language a text is written, told offline and only where it is sure.

Three steps, the cheapest first. Letters of another script than the expected language's are certain,
however short the text. A text with many English function words is English. Only what is left goes
to py3langid, whose probabilities count if the text is long enough.
"""

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["LANGUAGES", "foreign_language", "identified", "is_english"]

LANGUAGES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian",
    "bg": "Bulgarian", "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "eo": "Esperanto", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati",
    "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "ht": "Haitian Creole",
    "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian",
    "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada",
    "ko": "Korean", "ku": "Kurdish", "ky": "Kyrgyz", "la": "Latin", "lo": "Lao",
    "lt": "Lithuanian", "lv": "Latvian", "mg": "Malagasy", "mk": "Macedonian", "ml": "Malayalam",
    "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "mt": "Maltese", "my": "Burmese",
    "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish",
    "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "si": "Sinhala",
    "sk": "Slovak", "sl": "Slovenian", "so": "Somali", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "tg": "Tajik", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "ug": "Uyghur", "uk": "Ukrainian", "ur": "Urdu",
    "uz": "Uzbek", "vi": "Vietnamese", "xh": "Xhosa", "yo": "Yoruba", "zh": "Chinese",
    "zu": "Zulu",
}  # fmt: skip
"""Code -> name of the languages that a document can be expected in."""

# Varieties that the detector tells apart from a language and a reader would not.
_KIN = {"en": ("pcm",), "es": ("ext", "an"), "zh": ("wuu", "yue"), "no": ("nn", "da"),
        "fr": ("wa", "gcf", "gcr"), "de": ("lb",), "it": ("vec", "lij"), "ar": ("ary", "arz"),
        "id": ("ms",), "ms": ("id",), "sr": ("hr", "bs"), "hr": ("sr", "bs"), "bs": ("hr", "sr"),
        "uz": ("uzs",), "ku": ("sdh",)}  # fmt: skip

_LATIN = "Latin"
_SCRIPTS = {
    _LATIN: "A-Za-zªºÀ-ÖØ-öø-ʯḀ-ỿＡ-Ｚａ-ｚ",  # noqa: RUF001  (full-width letters are meant)
    "Han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "Kana": "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "Cyrillic": "\u0400-\u052f",
    "Arabic": "\u0620-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Hebrew": "\u05d0-\u05ea",
    "Indic": "\u0900-\u0dff",
    "Thai": "\u0e01-\u0e5b",
}
_LETTERS = {script: re.compile(f"[{letters}]") for script, letters in _SCRIPTS.items()}
_WIDTH = {"Han": 2, "Hangul": 2}
"""Latin letters that one letter of the script stands for."""

_NOT_LATIN = {
    "am", "ar", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km",
    "kn", "ko", "ky", "lo", "mk", "ml", "mn", "mr", "my", "ne", "pa", "ps", "ru", "si", "sr",
    "ta", "te", "tg", "th", "ug", "uk", "ur", "zh",
}  # fmt: skip
_NAMED = {"Han": "Chinese", "Kana": "Japanese", "Hangul": "Korean", "Greek": "Greek",
          "Hebrew": "Hebrew", "Thai": "Thai"}  # fmt: skip

# None of these is a word of another language with many speakers, as "to", "of" or "in" are.
_ENGLISH = re.compile(
    r"\b(?:the|and|that|which|with|from|its|their|this|these|would|should|could|have|has|been"
    r"|were|are|is|by|than|between|about|into|what|when|who|not|they|it|for)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_SHARE = 0.1

_STRETCH = 1000
"""Characters at the beginning, middle and end of a text that are looked at."""

_FEWEST_LETTERS = 30
_FEWEST_SMALL_WORDS = 3  # a list of foreign names has none
_SURE = 0.7
_LIKELY = 0.5
_EXCLUDED = 0.02
_DOUBTFUL = ("zxx", "la")
"""No language at all, and one that lists of technical terms are taken for."""


def foreign_language(text: str, expected: str) -> str | None:
    """Return in what `text` is written ("French") if it is surely not in language `expected`.

    None is the answer for the expected language and for all that is in doubt: short texts, names,
    a foreign quotation in a text of the expected language.

    >>> foreign_language("Le ministère a annoncé mardi de nouvelles mesures.", "en")
    'French'
    >>> foreign_language("Huawei (华为), Xiaomi (小米)", "en") is None
    True
    """
    sample = _sample(text)
    scripts = _scripts(sample)
    if expected not in _NOT_LATIN and scripts:
        latin = scripts.pop(_LATIN, 0)
        if sum(scripts.values()) > latin:
            return _named_by_script(sample, scripts)
        for script in scripts:
            sample = _LETTERS[script].sub(" ", sample)
        if expected == "en" and is_english(sample):
            return None
    best, probabilities = identified(sample)
    kin = sum(probabilities.get(code, 0.0) for code in (expected, *_KIN.get(expected, ())))
    if best in _DOUBTFUL or probabilities[best] < _SURE or kin > _EXCLUDED or _is_little(sample):
        return None
    return LANGUAGES.get(best, "another language")


def identified(text: str) -> tuple[str, dict[str, float]]:
    """Return the likeliest language and code -> probability of all that the detector knows."""
    ranking = _detector().rank(text)
    return ranking[0][0], dict(ranking)


@cache
def _detector() -> "LanguageIdentifier":
    # Reading its model takes half a second, which a run on English articles never spends.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _sample(text: str) -> str:
    if len(text) <= 3 * _STRETCH:
        return text
    middle = (len(text) - _STRETCH) // 2
    return " ".join([text[:_STRETCH], text[middle : middle + _STRETCH], text[-_STRETCH:]])


def _scripts(text: str) -> Counter[str]:
    """Return script -> letters of `text` in it, in widths of Latin letters."""
    if text.isascii():
        letters = sum(map(len, _WORD.findall(text)))
        return Counter({_LATIN: letters} if letters else {})
    counts = {
        script: len(pattern.findall(text)) * _WIDTH.get(script, 1)
        for script, pattern in _LETTERS.items()
    }
    return Counter({script: count for script, count in counts.items() if count})


def _named_by_script(text: str, scripts: Counter[str]) -> str:
    """Return the language of a text whose script is certain, the script where many write it."""
    if scripts["Kana"] * 20 > scripts["Han"]:
        scripts["Kana"] += scripts.pop("Han", 0)
    script = scripts.most_common(1)[0][0]
    if script in _NAMED:
        return _NAMED[script]
    best, probabilities = identified(text)
    if best in _NOT_LATIN and probabilities[best] >= _LIKELY:
        return LANGUAGES.get(best, f"{script} letters")
    return f"{script} letters"


def _is_little(text: str) -> bool:
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    small = sum(word.islower() for word in words)
    few = small < _FEWEST_SMALL_WORDS and not text.isupper() and len(words) > 1
    return letters < _FEWEST_LETTERS or few


def is_english(text: str) -> bool:
    """Whether so many words of `text` are English function words that it needs no detector."""
    words = len(_WORD.findall(text))
    return words > 0 and len(_ENGLISH.findall(text)) >= _ENGLISH_SHARE * words
