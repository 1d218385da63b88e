"""Files, texts, standard input and progress; each form has tests of its own beside this file."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from stancekit.labels.errors import InputError, MissingExtraError
from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents import (
    SUFFIXES,
    ReadingOptions,
    find_files,
    forms,
    read_documents,
    read_standard_input,
    read_stream,
    reading,
    streams,
)

PLAIN = ReadingOptions()
ENGLISH = "The ministry said that exports would need a licence. Firms from Japan were not told."


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(path: Path, options: ReadingOptions = PLAIN) -> Document:
    [item] = read_documents(path, options)
    assert isinstance(item, Document), item
    return item


def reason(path: Path, options: ReadingOptions = PLAIN) -> str:
    [item] = read_documents(path, options)
    assert isinstance(item, SetAside), item
    assert item.place == str(path)
    return item.reason


def test_a_text_file_is_one_document_named_by_its_path(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "One.\r\nTwo.")
    document = only(path)
    assert (document.id, document.text) == (str(path), "One.\r\nTwo.")


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert only(write(tmp_path, "a.txt", "\ufeffOne.")).text == "One."


def described(folder: Path, excluded: str = "A note.") -> Path:
    path = write(folder, "a.txt", f"A note. {ENGLISH}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    write(
        folder,
        "sources.toml",
        f'[[document]]\nid = "x"\nfile = "a.txt"\nsha256 = "{digest}"\ntitle = "T"\n'
        'publisher = "P"\nlanguage = "en"\ndate = "2020"\nbasis = "stated"\n'
        f'excluded = [{{line = 1, kind = "note", text = "{excluded}"}}]\n',
    )
    return path


def test_sources_beside_a_text_give_it_metadata_and_mark_what_is_not_article(
    tmp_path: Path,
) -> None:
    path = described(tmp_path)
    document = only(path)
    assert document.metadata["publisher"] == "P"
    assert document.excluded is not None
    assert [(s.start, s.end, s.kind) for s in document.excluded] == [(0, 7, "note")]
    path.write_text("Another note. The article.")
    assert reason(path).startswith("SHA-256 is")


def test_a_text_all_of_which_is_marked_as_no_article_is_set_aside(tmp_path: Path) -> None:
    assert reason(described(tmp_path, f"A note. {ENGLISH}")) == (
        "holds no sentence to score (only note)"
    )


def test_sources_that_cannot_be_read_set_the_text_aside(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", ENGLISH)
    write(tmp_path, "sources.toml", "x = ")
    assert "sources.toml: is not TOML" in reason(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"A\x00b.", "holds a NUL character at 1: is it a text file?"),
        (b"caf\xe9", "is not UTF-8 text (byte 3)"),
        (b"\xff\xfe\x00", "is not UTF-16 text (byte 2)"),
        ("😀".encode(), "holds no sentence to score (only symbols)"),
        (b"Share\n\n12 comments", "holds no sentence to score (only boilerplate)"),
        (b"It's odd. " * 20_001, "holds a paragraph of over 20,000 quotation marks"),
        ("中国限制镓的出口。".encode(), "is written in Chinese, expected English; --language any"),
    ],
)
def test_a_text_that_cannot_be_scored_is_set_aside_with_its_reason(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    assert reason(write(tmp_path, "a.txt", content)).startswith(expected)


def test_many_quotation_marks_in_many_paragraphs_are_no_fault(tmp_path: Path) -> None:
    assert only(write(tmp_path, "a.txt", "It's odd, but it was said so.\n\n" * 20_001))


def test_a_document_that_is_too_long_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LONGEST_DOCUMENT", 1000)
    bomb = gzip.compress(b"a " * 50_000_000, 1)
    assert len(bomb) < 500_000
    assert reason(write(tmp_path, "a.txt.gz", bomb)) == "is longer than 1,000 characters"


def test_any_language_passes_if_it_is_not_checked(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "中国限制镓的出口。")
    assert only(path, ReadingOptions(language=None)).text == "中国限制镓的出口。"
    assert only(path, ReadingOptions(language="zh"))
    with pytest.raises(InputError, match="language 'klingon': expected any, or one of af, am"):
        ReadingOptions(language="klingon")


def compress_zst(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return packed


PACKED: list[tuple[str, Callable[[bytes], bytes]]] = [
    (".gz", gzip.compress),
    (".bz2", bz2.compress),
    (".xz", lzma.compress),
    (".zst", compress_zst),
]


@pytest.mark.parametrize(("suffix", "compress"), PACKED)
def test_compressed_files_are_read_and_their_bytes_on_disk_counted(
    tmp_path: Path, suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    rows = "".join(f'{{"text": "{ENGLISH}", "n": {n}}}\n' for n in range(500))
    path = write(tmp_path, f"A.JSONL{suffix.upper()}", compress(rows.encode()))
    counted: list[int] = []
    read = list(read_documents(path, PLAIN, counted.append))
    assert [item.metadata["n"] for item in read if isinstance(item, Document)] == [*range(500)]
    assert sum(counted) == path.stat().st_size
    assert min(counted) > 0


@pytest.mark.parametrize(("suffix", "compress"), PACKED)
def test_rows_before_the_damage_of_a_compressed_file_are_read(
    tmp_path: Path, suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    rows = "".join(f'{{"text": "{ENGLISH} {os.urandom(40).hex()}"}}\n' for _ in range(8_000))
    content = compress(rows.encode())
    path = write(tmp_path, f"a.jsonl{suffix}", content[: len(content) * 9 // 10])
    counted: list[int] = []
    first, *_, last = read_documents(path, ReadingOptions(language=None), counted.append)
    assert isinstance(first, Document)
    assert isinstance(last, SetAside)
    assert (last.place, last.reason[:14]) == (str(path), "cannot be read")
    assert sum(counted) == path.stat().st_size


@pytest.mark.parametrize("suffix", [suffix for suffix, _ in PACKED])
def test_a_file_that_is_not_compressed_as_its_name_says_is_set_aside(
    tmp_path: Path, suffix: str
) -> None:
    assert reason(write(tmp_path, f"a.csv{suffix}", ENGLISH)).startswith("cannot be read (")


def test_progress_comes_while_a_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", f'{{"text": "{ENGLISH}"}}\n' * 40_000)
    counted: list[int] = []
    reading = read_documents(path, PLAIN, counted.append)
    next(reading)
    assert 0 < sum(counted) < path.stat().st_size / 2
    reading.close()  # type: ignore[attr-defined]


def test_what_is_no_readable_file_is_set_aside_without_waiting(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    assert reason(tmp_path / "folder.txt") == "is no plain file"
    assert reason(tmp_path / "pipe.txt") == "is no plain file"
    assert reason(tmp_path / "loop.txt") == "cannot be read (Too many levels of symbolic links)"
    assert reason(tmp_path / "gone.txt") == "cannot be read (No such file or directory)"


def test_folders_are_searched_and_files_come_once(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    (inside / ".hidden").mkdir(parents=True)
    (inside / "round").symlink_to(tmp_path)
    a, b = write(inside, "b.md", "B."), write(inside, "a.txt", "A.")
    packed = write(inside, "c.tsv.gz", "C.")
    write(inside, "c.odt", "C.")
    write(inside, ".hidden.txt", "D.")
    write(inside / ".hidden", "e.txt", "E.")
    (inside / "folder.txt").mkdir()
    (inside / "link.txt").symlink_to(a)
    assert find_files([tmp_path, a]) == [b, a, packed]


def test_what_a_run_writes_and_keeps_is_no_input_of_it(tmp_path: Path) -> None:
    article = write(tmp_path, "a.txt", "A.")
    out, errors = write(tmp_path, "s.csv", "x"), write(tmp_path, "s.errors.jsonl", "x")
    kept, own = tmp_path / "s.csv.unfinished", tmp_path / "drafts.unfinished"
    kept.mkdir()
    own.mkdir()
    write(kept, "journal.jsonl", "x")
    draft = write(own, "d.txt", "D.")
    written = [out, errors]
    assert find_files([tmp_path], written) == [article, draft]
    assert find_files([tmp_path / "**" / "*"], written) == [article, draft]
    assert find_files([article, kept, own], written) == [article, draft]
    assert find_files([tmp_path]) == [article, draft, out, errors]
    for path in written:
        with pytest.raises(InputError, match="would be written over; choose another name for --o"):
            find_files([article, path], written)
    with pytest.raises(InputError, match="is what a run that was stopped keeps, no documents"):
        find_files([kept])
    article.unlink()
    draft.unlink()
    for path in (tmp_path, tmp_path / "*"):
        with pytest.raises(InputError, match=r"(holds no|fits no) \.txt"):
            find_files([path], written)


def test_a_pattern_that_the_shell_left_is_expanded(tmp_path: Path) -> None:
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tmp_path / "x" / "round").symlink_to(tmp_path)
    found = [
        write(tmp_path / "x" / "y", "a.txt", "A."),
        write(tmp_path / "x" / "y", "b[1].md", "B"),
    ]
    write(tmp_path / "x", ".c.txt", "C.")
    write(tmp_path / "x", "c.odt", "C.")
    assert find_files([tmp_path / "**" / "*.txt"]) == found[:1]
    assert find_files([tmp_path / "x" / "**"]) == found
    assert find_files([tmp_path / "x" / "?" / "*.[mt]*"]) == found
    assert find_files([tmp_path / "x" / "y" / "b[1].md"]) == found[1:]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.txt", "there is no such file"),
        ("a.odt", r"is no \.txt, \.md, \.html"),
        ("", "holds no .txt"),
        ("*.txt", r"\*\.txt: fits no \.txt"),
        ("a**b", "is no pattern"),
        ("pipe.txt", "is no plain file"),
        ("x" * 5000 + ".txt", "cannot be read"),
    ],
)
def test_a_path_that_leads_to_no_document_is_named(tmp_path: Path, name: str, message: str) -> None:
    if name:
        os.mkfifo(tmp_path / "pipe.txt")
    write(tmp_path, "a.odt", "x")
    with pytest.raises(InputError, match=message):
        find_files([tmp_path / name])


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"cannot be read \(Permission denied\)"):
        find_files([tmp_path])


@pytest.mark.parametrize("name", ["a.html", "a.HTM.gz", "a.pdf"])
def test_a_missing_extra_is_named_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(forms, "find_spec", lambda _: None)
    path = write(tmp_path, name, "x")
    for ask in (lambda: find_files([tmp_path]), lambda: read_documents(path, PLAIN)):
        with pytest.raises(MissingExtraError, match=r"a\..*'documents' .*pip install '\.\[doc"):
            ask()
    write(tmp_path, "b.docx", "x")
    path.unlink()
    assert find_files([tmp_path]) == [tmp_path / "b.docx"]


def test_a_file_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"a\.odt: is no \.txt"):
        read_documents(Path("a.odt"), PLAIN)
    with pytest.raises(InputError, match=r"is no \.txt"):
        read_standard_input(".odt", PLAIN)


class Endless(io.RawIOBase):
    """A pipe that always has another row."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        row = f'{{"text": "{ENGLISH}"}}\n'.encode()
        part = row[self.given % len(row) :][: len(buffer)]
        buffer[: len(part)] = part
        self.given += len(part)
        return len(part)


def test_standard_input_is_read_as_its_format_says() -> None:
    [item] = read_standard_input(".txt", PLAIN, io.BytesIO(b"One."))
    assert isinstance(item, Document)
    assert (item.id, item.text) == ("standard input", "One.")
    row = b'{"id": "x", "text": "One."}'
    for suffix, content in ((".jsonl", row), (".jsonl.gz", gzip.compress(row))):
        [item] = read_standard_input(suffix, PLAIN, io.BytesIO(content))
        assert isinstance(item, Document)
        assert item.id == "x"
    [item] = read_standard_input(".pdf", PLAIN, io.BytesIO(b"no"))
    assert isinstance(item, SetAside)
    assert item.place == "standard input"


def test_a_fault_that_nobody_thought_of_sets_the_rest_of_a_file_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object) -> Iterator[Document]:
        yield Document("x", ENGLISH)
        raise ZeroDivisionError("half a \ud800 character")

    monkeypatch.setitem(reading._READERS, ".txt", faulty)
    path = write(tmp_path, "a.txt", "x")
    for read in (read_documents(path, PLAIN), read_stream(io.BytesIO(b"x"), str(path), PLAIN)):
        first, rest = read
        assert isinstance(first, Document)
        assert rest == SetAside(str(path), str(path), r"cannot be read (half a \ud800 character)")


def test_sources_are_read_anew_once_they_changed(tmp_path: Path) -> None:
    path = described(tmp_path)
    assert only(path).metadata["title"] == "T"
    sources = tmp_path / "sources.toml"
    sources.write_text(sources.read_text().replace('title = "T"', 'title = "U"'))
    os.utime(sources, ns=(1, 1))
    assert only(path).metadata["title"] == "U"


def test_an_endless_standard_input_gives_its_rows() -> None:
    reading = read_standard_input(".jsonl", PLAIN, io.BufferedReader(Endless()))
    assert all(isinstance(next(reading), Document) for _ in range(100))


def test_every_form_has_a_reader(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        [item] = read_documents(write(tmp_path, f"a{suffix}", b""), PLAIN)
        assert isinstance(item, SetAside)
