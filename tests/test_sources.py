import hashlib
from pathlib import Path

import pytest

from stancekit.labels.errors import ConfigurationError, DataError
from stancekit.labels.sources import read_document, read_sources

SEEDS = Path(__file__).parent.parent / "seeds"


HEAD = 'title = "T"\npublisher = "P"\nlanguage = "en"\ndate = "2020"\nbasis = "stated"\n'


def write(folder: Path, text: str, excluded: str, more: str = "") -> Path:
    (folder / "a.txt").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    path = folder / "sources.toml"
    path.write_text(
        f'[[document]]\nid = "a"\nfile = "a.txt"\nsha256 = "{digest}"\n{HEAD}{more}'
        f"excluded = [{excluded}]\n",
        encoding="utf-8",
    )
    return path


def test_the_five_documents_have_the_bytes_that_are_described() -> None:
    sources = read_sources(SEEDS / "sources.toml").document
    assert {source.file for source in sources} == {path.name for path in SEEDS.glob("*.txt")}
    for source in sources:
        text = read_document(SEEDS, source)
        for span in source.spans(text):
            assert text[span.start : span.end].strip()


def test_a_changed_document_is_refused(tmp_path: Path) -> None:
    source = read_sources(write(tmp_path, "One. Two.", "")).document[0]
    (tmp_path / "a.txt").write_text("One. Three.")
    with pytest.raises(DataError, match=r"a\.txt: SHA-256"):
        read_document(tmp_path, source)


@pytest.mark.parametrize(
    ("excluded", "message"),
    [
        ('{line = 1, kind = "note", text = "Four."}', "found 0 times"),
        ('{line = 1, kind = "note", text = "o"}', "found 2 times"),
        ('{line = 9, kind = "note", text = "One."}', "line 9"),
        ('{line = 1, kind = "menu", text = "One."}', "kind 'menu' is none of content"),
    ],
)
def test_an_excluded_text_must_stand_once_where_it_is_said(
    tmp_path: Path, excluded: str, message: str
) -> None:
    source = read_sources(write(tmp_path, "One too.", excluded)).document[0]
    with pytest.raises(DataError, match=message):
        source.spans("One too.")


def test_an_unknown_key_is_refused_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, "One.", "", more='colour = "red"\n')
    with pytest.raises(
        ConfigurationError, match=r"sources\.toml: unknown key 'document\.0\.colour'"
    ):
        read_sources(path)


def test_a_document_described_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "One.", "")
    path.write_text(path.read_text() * 2)
    with pytest.raises(DataError, match="id a is given more than once"):
        read_sources(path)


def test_the_register_may_be_left_out(tmp_path: Path) -> None:
    assert read_sources(write(tmp_path, "One.", "")).document[0].register == ""
    path = write(tmp_path, "One.", "", 'register = "op-ed"\n')
    assert read_sources(path).document[0].register == "op-ed"
