import hashlib
import io
import json
from pathlib import Path

import pytest

from stancekit.labels.errors import InputError, StancekitError
from stancekit.serving.document import Document
from stancekit.serving.documents import (
    ReadingOptions,
    find_files,
    read_file,
    read_standard_input,
)

PLAIN = ReadingOptions()


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, options: ReadingOptions = PLAIN) -> list[Document]:
    return list(read_file(path, options))


def test_a_text_file_is_one_document_named_by_its_path(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "One.\r\nTwo.")
    [document] = read(path)
    assert (document.id, document.text) == (str(path), "One.\r\nTwo.")


def test_rows_of_jsonl_keep_identifier_and_metadata(tmp_path: Path) -> None:
    rows = [
        {"id": 7, "text": "One.", "outlet": "Daily", "year": 2020, "tags": ["a"]},
        {"text": "Two.", "outlet": None},
    ]
    path = write(tmp_path, "a.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n\n")
    first, second = read(path)
    assert first.id == "7"
    assert first.metadata == {"outlet": "Daily", "year": 2020, "tags": ["a"]}
    assert second.id == f"{path}, line 2"


def test_rows_of_csv_keep_identifier_and_metadata(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", '\ufeffkey,body,outlet\nk1,"One, ""two"".\nThree.",Daily\n')
    [document] = read(path, ReadingOptions(text_column="body", id_column="key"))
    assert (document.id, document.text) == ("k1", 'One, "two".\nThree.')
    assert document.metadata == {"outlet": "Daily"}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_delimiter_is_read_off_the_header(tmp_path: Path, delimiter: str) -> None:
    content = f"id{delimiter}text\nx{delimiter}One, two.\n"
    [document] = read(write(tmp_path, "a.csv", content))
    assert (document.id, document.text) == ("x", "One, two.")


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "id,text\n\nx,One\u2028two.\n\ny,\n")
    with pytest.raises(InputError, match="line 5: 'text' is empty"):
        read(path)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a.txt", "\ufeffOne."))[0].text == "One."


def test_sources_beside_a_text_give_it_metadata_and_mark_what_is_not_article(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "a.txt", "A note. The article.")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    write(
        tmp_path,
        "sources.toml",
        f'[[document]]\nid = "x"\nfile = "a.txt"\nsha256 = "{digest}"\ntitle = "T"\n'
        'publisher = "P"\nlanguage = "en"\ndate = "2020"\nbasis = "stated"\n'
        'excluded = [{line = 1, kind = "note", text = "A note."}]\n',
    )
    [document] = read(path)
    assert document.metadata["publisher"] == "P"
    assert document.excluded is not None
    assert [(s.start, s.end, s.kind) for s in document.excluded] == [(0, 7, "note")]
    path.write_text("Another note. The article.")
    with pytest.raises(StancekitError, match="SHA-256"):
        read(path)


def test_folders_are_searched_and_files_come_once(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    a, b = write(inside, "b.md", "B."), write(inside, "a.txt", "A.")
    write(inside, "c.docx", "C.")
    write(inside, ".hidden.txt", "D.")
    (inside / "folder.txt").mkdir()
    (inside / "link.txt").symlink_to(a)
    assert find_files([tmp_path, a]) == [b, a]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.txt", "there is no such file"),
        ("a.docx", r"is no \.txt, \.md"),
        ("", "holds no .txt"),
    ],
)
def test_a_path_that_leads_to_no_document_is_named(tmp_path: Path, name: str, message: str) -> None:
    write(tmp_path, "a.docx", "x")
    with pytest.raises(InputError, match=message):
        find_files([tmp_path / name])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "", "a.txt: is empty"),
        ("a.txt", " \n", "a.txt: is empty"),
        ("a.txt", b"caf\xe9", r"a.txt: is not UTF-8 text \(byte 3\)"),
        ("a.jsonl", "[1]\n", "a.jsonl, line 1: expected an object, given a list"),
        ("a.jsonl", '{"text": "One."}\n{"text"', "line 2: is not JSON"),
        ("a.jsonl", '{"txt": "One."}\n', "line 1: has no 'text'"),
        ("a.jsonl", '{"text": null}\n', "line 1: 'text' should be a text, given null"),
        ("a.jsonl", '{"text": ["a"]}\n', "line 1: 'text' should be a text, given a list"),
        ("a.jsonl", '{"text": ""}\n', "line 1: 'text' is empty"),
        ("a.jsonl", '{"id": 1, "text": "A."}\n{"id": 1, "text": "B."}\n', "line 2: identifier '1'"),
        ("a.csv", "id,body\n1,One.\n", r"a.csv: has no column 'text' \(it has id, body;"),
        ("a.csv", "id,text\n1,One.,more\n", "line 2: expected 2 columns"),
        ("a.csv", "id,text\n1\n", "line 2: expected 2 columns"),
        ("a.csv", "id,text\n", "a header and no row"),
        ("a.csv", 'id,text\n1,"One.\n', "is not CSV"),
        ("a.csv", "text,a,a\nOne.,1,2\n", "has several columns 'a'"),
        ("a.jsonl", '{"text": "One.", "n": NaN}\n', "line 1: is not JSON .NaN is no JSON number"),
        ("a.csv", "id,text\n1,\n", "line 2: 'text' is empty"),
    ],
)
def test_bad_input_is_named_by_file_and_line(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(write(tmp_path, name, content))


def test_an_identifier_column_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "text\nOne.\n")
    with pytest.raises(InputError, match="line 2: has no 'key' to take the identifier from"):
        read(path, ReadingOptions(id_column="key"))


def test_standard_input_is_read_as_its_format_says() -> None:
    [document] = read_standard_input(".txt", PLAIN, io.BytesIO(b"One."))
    assert document.id == "standard input"
    [document] = read_standard_input(".jsonl", PLAIN, io.BytesIO(b'{"id": "x", "text": "One."}'))
    assert document.id == "x"
