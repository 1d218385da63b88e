"""Bytes are read as the text that they surely are, or not at all."""

from pathlib import Path

import pytest

from stancekit.serving.document import Document
from stancekit.serving.documents import ReadingOptions, read_documents
from stancekit.serving.documents.encodings import decode, detected
from stancekit.serving.documents.unreadable import Unreadable

QUOTED = "The ministry’s firm said – “we will not decouple” – that the café would close."
NAMES = "The firms of Müller, Nestlé, Núñez and Björn in São Paulo were told that they could stay."
CHINESE = "The Ministry of Commerce (商务部) said that Huawei (华为技术有限公司) was told."
FRENCH = "Le ministère a annoncé à la société qu'elle n'était plus autorisée à exporter."
GERMAN = "Das Ministerium kündigte am Dienstag an, die Ausfuhr von Gallium zu beschränken."
RUSSIAN = "Министерство объявило во вторник, что Китай ограничит экспорт галлия."

TRADITIONAL = (
    "商務部週二宣布，中國將限制鎵的出口，外國公司受到影響。"
    "發言人表示，這一措施符合國際慣例，旨在維護國家安全。"
)

UNICODE = ("utf-8", "utf-8-sig", "utf-16")
CERTAIN = [
    *((text, name) for text in (QUOTED, CHINESE, RUSSIAN) for name in UNICODE),
    (QUOTED, "cp1252"),
    ("The price rose to €3m, or £2m – that is “too much”.", "cp1252"),
    *((text, "latin-1") for text in (NAMES, FRENCH, GERMAN)),
    (CHINESE, "gb18030"),
    ("The ministry said that “we will not decouple” from the world.", "gb18030"),
    ("商务部周二宣布，中国将限制镓的出口，外国公司受到影响。这符合国际惯例。", "gb18030"),
    (TRADITIONAL, "big5"),
    ("中国商務省は火曜日、ガリウムの輸出を制限すると発表した。影響が及ぶ見通しだ。", "cp932"),
    ("中国商務省は火曜日、ガリウムの輸出を制限すると発表した。影響が及ぶ見通しだ。", "euc_jp"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8_r"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), CERTAIN)
def test_text_comes_back_from_the_encoding_that_it_was_written_in(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


# What is written in these would read as mojibake in a commoner encoding.
UNCERTAIN = [
    (QUOTED, "mac_roman"),
    (NAMES, "mac_roman"),
    (NAMES, "cp850"),
    (NAMES, "cp437"),
    (RUSSIAN, "cp866"),
    (RUSSIAN, "mac_cyrillic"),
    ("Café.", "latin-1"),
    ("Firm Huawei (华为)", "gb18030"),
]


@pytest.mark.parametrize(("text", "encoding"), UNCERTAIN)
def test_text_in_an_encoding_that_is_not_certain_is_refused(text: str, encoding: str) -> None:
    content = text.encode(encoding, errors="replace")
    try:
        assert decode(content) == content.decode(encoding)
    except Unreadable as fault:
        assert str(fault).startswith("is not UTF-8 text (byte ")  # noqa: PT017


def test_an_english_text_that_fits_two_code_pages_is_read_as_the_western_one() -> None:
    assert decode("The shipyard of Gdańsk was told that it could stay.".encode("cp1250")) == (
        "The shipyard of Gdañsk was told that it could stay."
    )


def test_damaged_utf8_is_not_taken_for_another_encoding() -> None:
    content = QUOTED.encode()
    damaged = content.replace("é".encode(), b"\xe9")
    assert detected(damaged) == "utf-8"
    with pytest.raises(Unreadable, match=r"is not UTF-8 text \(byte 74\)"):
        decode(damaged)


def test_bytes_that_are_no_text_are_refused() -> None:
    for content in (bytes(range(256)) * 3, b"\x89PNG\r\n\x1a\n\x00\xff\xa0" * 40, b"\xff\xfe\x00"):
        with pytest.raises(Unreadable, match="is not UTF-"):
            decode(content)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "gb18030"])
@pytest.mark.parametrize("suffix", [".txt", ".csv", ".jsonl"])
def test_files_are_read_in_their_encoding(tmp_path: Path, suffix: str, encoding: str) -> None:
    text = CHINESE if encoding == "gb18030" else QUOTED
    path = tmp_path / f"a{suffix}"
    rows = {".txt": text, ".csv": f'text\n"{text}"\n', ".jsonl": f'{{"text": "{text}"}}\n'}
    path.write_bytes(rows[suffix].encode(encoding))
    [document] = read_documents(path, ReadingOptions())
    assert isinstance(document, Document)
    assert (document.text, document.metadata) == (text, {})
