"""In what encoding bytes are text: what they begin with, UTF-8, else what alone reads well.

Outside Unicode nearly any bytes can be read in several ways, most of them mojibake. An encoding
is taken only if the text that it gives has no sign of mojibake (a capital within a word, a sign
between two letters, rare characters), is in a language that is written in that encoding, and is
the only such text. A text in a western language is read as cp1252, which is Latin-1 with quotation
marks. (charset-normalizer, which chooses by how clean a text looks, reads Spanish as cp1250.)
"""

import codecs
import re
import unicodedata
from itertools import islice

from stancekit.serving.documents.language import identified, is_english
from stancekit.serving.documents.unreadable import Unreadable

__all__ = ["SAMPLE", "decode", "detected"]

SAMPLE = 2**20
"""Bytes from the beginning of a table that its encoding is told by."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_WESTERN = {
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "nn", "fi", "is", "ca", "gl",
    "eu", "ga", "af", "pcm", "ext", "an", "wa", "oc", "lb", "fo",
}  # fmt: skip
_CENTRAL = {"pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro", "sq"}
_CYRILLIC = {"ru", "uk", "be", "bg", "mk", "sr"}
_CHINESE = {"en", "zh", "wuu", "yue"}
_HOMES = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1251": _CYRILLIC,
    "koi8_r": _CYRILLIC,
    "gb18030": _CHINESE,
    "big5": _CHINESE,
    "cp932": {"en", "ja"},
    "euc_jp": {"en", "ja"},
    "cp949": {"en", "ko"},
}
"""Encoding -> the languages of the texts that are written in it."""

# The rows of a character set that hold what most texts are made of.
_COMMON_ROWS = {
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "big5": ("big5", range(0xA4, 0xC7)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
}
_KANA = re.compile("[\u3041-\u30ff]")
_EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x80-\xbf]{3}"
)
_PROSE = re.compile(r"[^\W\d_]+(?:[ ,]+[^\W\d_]+){3,}")

_JOINING = "’‐‑–—·\xad\u200b\u200c\u200d"  # noqa: RUF001  (signs that stand within words)
_TWO_SIGNS = re.compile("[\xa1-\xaa\xac-\xba\xbc-\xbf]{2}(?<!¿¡|¡¿)")
_ASCII_LETTER = re.compile("[A-Za-z]")
_LONE_CAPITALS = "ÀÁÉÈ"
_LOOKED_AT = 20_000
_LIKELY = 0.7
_MOSTLY = 0.85


def decode(content: bytes) -> str:
    """Return the text that `content` is; raises Unreadable if its encoding is not certain."""
    encoding = detected(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        name = "UTF-8" if encoding.startswith("utf-8") else encoding.upper()
        raise Unreadable(f"is not {name} text (byte {fault.start})") from None


def detected(sample: bytes) -> str:
    """Return the encoding of a text that begins with `sample`, which may end within a character.

    UTF-8 is also the answer where single bytes of it are damaged. Raises Unreadable if the encoding
    is not certain.
    """
    for mark, encoding in _MARKS.items():
        if sample.startswith(mark):
            return encoding
    fault = _fault("utf-8", sample)
    if fault < 0 or _is_damaged_utf8(sample):
        return "utf-8"
    texts: dict[str, str] = {}
    for encoding, languages in _HOMES.items():
        text = _text(encoding, sample)
        if text is not None and _reads_well(text, encoding) and _language(text) in languages:
            texts.setdefault(text, encoding)
    if len(texts) != 1:
        raise Unreadable(f"is not UTF-8 text (byte {fault}), and no other encoding is certain")
    return next(iter(texts.values()))


def _fault(encoding: str, sample: bytes) -> int:
    """Return the first byte that is not in `encoding`, -1 if all are."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError as fault:
        return fault.start
    return -1


def _text(encoding: str, sample: bytes) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return None


def _is_damaged_utf8(sample: bytes) -> bool:
    whole = sum(map(len, _UTF8_CHARACTER.findall(sample)))
    high = len(sample) - len(sample.translate(None, bytes(range(0x80, 0x100))))
    return whole > 0.75 * high


def _language(text: str) -> str:
    prose = " ".join(match.group() for match in islice(_PROSE.finditer(text), 200)) or text[:3000]
    if is_english(prose):
        return "en"
    best, probabilities = identified(prose)
    return best if probabilities[best] >= _LIKELY else ""


def _reads_well(text: str, encoding: str) -> bool:
    found = list(islice(_NOT_ASCII.finditer(text), _LOOKED_AT))
    padded = f" {text} "
    for match in found:
        place = match.start()
        if _is_odd(match.group(), padded[place], padded[place + 2]):
            return False
    return _is_common("".join(match.group() for match in found), encoding)


def _is_odd(sign: str, before: str, after: str) -> bool:
    """Whether a character between two others is a sign of mojibake."""
    if unicodedata.category(sign) in ("Cc", "Cn", "Co"):
        return True
    if _EAST_ASIAN.match(sign):
        return False
    if not sign.isalpha():
        within = before.isalpha() and after.isalpha() and not _EAST_ASIAN.match(before + after)
        return (within and sign not in _JOINING) or bool(_TWO_SIGNS.match(before + sign))
    if sign.isupper() and before.islower():
        return True
    if sign >= "\u0370":
        return bool(_ASCII_LETTER.search(before + after))
    alone = not before.isalpha() and not after.isalpha()
    return sign.isupper() and alone and sign not in _LONE_CAPITALS


def _is_common(signs: str, encoding: str) -> bool:
    """Whether the characters outside ASCII are those that texts in `encoding` are made of."""
    letters = "".join(_EAST_ASIAN.findall(signs))
    kana = len(_KANA.findall(signs))
    if encoding in ("cp932", "euc_jp"):
        return kana > 0.15 * len(letters)
    if encoding not in _COMMON_ROWS:
        return True
    charset, rows = _COMMON_ROWS[encoding]
    codes = (letter.encode(charset, errors="ignore") for letter in letters)
    common = sum(bool(code) and code[0] in rows for code in codes)
    if not letters:  # quotation marks of a Chinese keyboard in an English text
        return encoding == "gb18030" and all(sign.encode("gb18030")[0] == 0xA1 for sign in signs)
    return not kana and common >= _MOSTLY * len(letters)
