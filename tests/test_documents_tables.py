"""Tables: JSONL, CSV, TSV and Parquet."""

import csv
import datetime as dt
import io
import json
import tempfile
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents import ReadingOptions, lines, read_documents
from stancekit.serving.documents.identifiers import Identifiers

PLAIN = ReadingOptions()
ANY = ReadingOptions(language=None, one_sentence=True)
ENGLISH = "The ministry said that exports would need a licence. Firms from Japan were not told."


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def documents(path: Path, options: ReadingOptions = PLAIN) -> list[Document]:
    read = list(read_documents(path, options))
    assert not [item for item in read if isinstance(item, SetAside)]
    return [item for item in read if isinstance(item, Document)]


def outcome(path: Path, options: ReadingOptions = PLAIN) -> list[str]:
    """Identifiers of what is scored, place and reason of what is not."""
    return [
        f"{item.place.removeprefix(str(path))}: {item.reason}"
        if isinstance(item, SetAside)
        else item.id
        for item in read_documents(path, options)
    ]


def test_rows_of_jsonl_keep_identifier_and_metadata(tmp_path: Path) -> None:
    rows = [
        {"id": 7, "text": "One.", "outlet": "Daily", "year": 2020, "tags": ["a"]},
        {"text": "Two.", "outlet": None},
    ]
    path = write(tmp_path, "a.ndjson", "\r\n".join(json.dumps(row) for row in rows) + "\r\n\n")
    first, second = documents(path)
    assert first.id == "7"
    assert first.metadata == {"outlet": "Daily", "year": 2020, "tags": ["a"]}
    assert second.id == second.place == f"{path}, line 2"


def test_rows_of_csv_keep_identifier_and_metadata(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", '\ufeffkey,body,outlet\nk1,"One, ""two"".\nThree.",Daily\n')
    [document] = documents(path, ReadingOptions(text_column="body", id_column="key"))
    assert (document.id, document.text) == ("k1", 'One, "two".\nThree.')
    assert document.metadata == {"outlet": "Daily"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,text\nx,One; two.\n"),
        ("a.csv", "id;text\nx;One, two.\n"),
        ("a.csv", "id\ttext\nx\tOne, two.\n"),
        ("a.tsv", "id\ttext\ta,b;c,d,e\nx\tOne, two.\t3\n"),
    ],
)
def test_the_delimiter_is_read_off_the_header_or_the_name(
    tmp_path: Path, name: str, content: str
) -> None:
    [document] = documents(write(tmp_path, name, content))
    assert (document.id, document.text[:3], document.text[4:]) == ("x", "One", " two.")


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", '\nid,text\n\nx,One\u2028two.\n\n,"A\nb."\n,"\n"\n')
    assert outcome(path) == ["x", f"{path}, line 6", ", line 8: 'text' is empty"]


def test_types_of_parquet_columns_are_kept_and_times_become_text(tmp_path: Path) -> None:
    noon = dt.datetime(2020, 1, 2, 12, 30, tzinfo=dt.UTC)
    table = pa.table(
        {
            "text": ["One."],
            "id": [5],
            "seen": pa.array([noon], pa.timestamp("ns", "UTC")),
            "local": pa.array([noon.replace(tzinfo=None)], pa.timestamp("ms")),
            "day": [noon.date()],
            "hour": pa.array([noon.time()], pa.time64("ns")),
            "words": pa.array([7], pa.int8()),
            "price": [Decimal("1.50")],
            "share": pa.array([float("nan")]),
            "open": [True],
            "tags": [["a", None]],
            "place": [{"city": "Wuhan", "since": noon.date()}],
            "raw": [b"\x01\xff"],
            "none": pa.nulls(1),
        }
    )
    path = tmp_path / "a.parquet"
    pq.write_table(table, path)
    [document] = documents(path)
    assert (document.id, document.place) == ("5", f"{path}, row 1")
    assert document.metadata == {
        "seen": "2020-01-02T12:30:00+00:00",
        "local": "2020-01-02T12:30:00",
        "day": "2020-01-02",
        "hour": "12:30:00",
        "words": 7,
        "price": 1.5,
        "share": None,
        "open": True,
        "tags": ["a", None],
        "place": {"city": "Wuhan", "since": "2020-01-02"},
        "raw": "01ff",
        "none": None,
    }
    json.dumps(document.metadata, allow_nan=False)


def test_a_row_of_parquet_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    buffers = [
        None,
        pa.py_buffer(b"\0\0\0\0\2\0\0\0\4\0\0\0\6\0\0\0"),
        pa.py_buffer(b"A.\xff\xffC."),
    ]
    broken = pa.Array.from_buffers(pa.string(), 3, buffers)
    pq.write_table(pa.table({"text": broken, "id": ["a", "b", "c"]}), tmp_path / "a.parquet")
    first, second, third = outcome(tmp_path / "a.parquet")
    assert (first, third) == ("a", "c")
    assert second.startswith(", row 2: holds a value that cannot be read ('utf-8' codec")


LINE = '{"id": %d, "text": "One."}\n'
JSONL = [
    ("[1]\n", ": expected an object, given a list"),
    ('{"text"\n', ": is not JSON (Expecting ':' delimiter"),
    ("[" * 100_000 + "\n", ": is not JSON (maximum recursion"),
    ('{"text": "A.", "n": %s}\n' % ("[" * 100 + "]" * 100), ": holds more than 100 lists or obj"),
    ('{"txt": "One."}\n', ": has no 'text' (choose one with --text-column)"),
    ('{"text": null}\n', ": 'text' should be a text, given null"),
    ('{"text": ["a"]}\n', ": 'text' should be a text, given a list"),
    ('{"text": true}\n', ": 'text' should be a text, given true or false"),
    ('{"text": 1.5}\n', ": 'text' should be a text, given a number"),
    ('{"text": ""}\n', ": 'text' is empty"),
    ('{"id": 1, "text": "B."}\n', ": identifier '1' is that of line 1, too"),
    ('{"text": "One.", "n": NaN}\n', ": is not JSON (NaN is no JSON number)"),
    ('{"text": "One.", "n": 1e999}\n', ": is not JSON (1e999 is no JSON number)"),
    ('{"text": "A.", "n": "\\ud800"}\n', ": holds half of a character (a lone surrogate)"),
    ('{"text": "A\\u0000b."}\n', ": holds a NUL character at 1: is it a text file?"),
    ('{"text": "123"}\n', ": holds no sentence to score (only symbols)"),
    (b'{"text": "Caf\xe9."}\n', ": holds bytes that are not utf-8 text"),
    (
        '{"text": "Die Firmen haben noch nichts davon gehört."}\n',
        ": is written in German, expected",
    ),
]


@pytest.mark.parametrize(("row", "expected"), JSONL)
def test_a_bad_line_of_jsonl_is_set_aside_and_reading_goes_on(
    tmp_path: Path, row: str | bytes, expected: str
) -> None:
    # Valid UTF-8 elsewhere makes a single wrong byte the damage that it is.
    good = (LINE % 1).encode() + '{"id": 9, "text": "“One” – two…"}\n'.encode()
    middle = row.encode() if isinstance(row, str) else row
    path = write(tmp_path, "a.jsonl", good + middle + (LINE % 2).encode())
    first, also, bad, last = outcome(path)
    assert (first, also, last) == ("1", "9", "2")
    assert bad.startswith(f", line 3{expected}")


CSV = [
    ("1,One.,more", ": expected 2 columns, as in the header, given 3"),
    ("1", ": expected 2 columns, as in the header, given 1"),
    ("1,", ": 'text' is empty"),
    ("0,Two.", ": identifier '0' is that of line 2, too"),
    ('1,"One."x', ": is not CSV (',' expected after '\"')"),
    ('1,"One.\nTwo."x', ": is not CSV (',' expected after '\"'; the row ends in line 4)"),
    ("1,One.\x00", ": holds a NUL character at 4: is it a text file?"),
]


@pytest.mark.parametrize(("row", "expected"), CSV)
def test_a_bad_row_of_csv_is_set_aside_and_reading_goes_on(
    tmp_path: Path, row: str, expected: str
) -> None:
    path = write(tmp_path, "a.csv", f"id,text\n0,One.\n{row}\n9,One.\n")
    assert outcome(path) == ["0", f", line 3{expected}", "9"]


def test_a_damaged_byte_of_csv_costs_its_row_only(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'id,text\n1,"“One” – two…"\n2,Caf'.encode() + b"\xe9.\n3,A.\n")
    assert outcome(path) == ["1", ", line 3: holds bytes that are not utf-8 text", "3"]


def test_a_quotation_mark_that_nothing_closes_takes_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'id,text\n1,One.\n2,"Two.\n3,Three.\n4,Four.\n')
    assert outcome(path) == [
        "1",
        ", line 3: opens a quotation mark that nothing closes; the rest of the file is in it",
    ]


def parquet(**columns: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


WHOLE = [
    ("a.jsonl", b"", "is empty"),
    ("a.csv", b" \n", "is empty"),
    ("a.csv", b"\xef\xbb\xbf", "is empty"),
    ("a.csv", b"\xef\xbb\xbf\r\n\n", "is empty"),
    ("a.tsv", "\xa0".encode(), "is empty"),
    ("a.jsonl", b"\xef\xbb\xbf", "is empty"),
    ("a.jsonl", "\xa0\n".encode(), "is empty"),
    ("a.csv", "text,“a” – b…".encode() + b"\xe9\nOne.,1\n", "has a header with bytes that are not"),
    ("a.csv", b"id,body\n1,One.\n", "has no column 'text' (it has id, body;"),
    ("a.csv", b"id,text\n\n", "has a header and no row"),
    ("a.csv", b"text,a,a\nOne.,1,2\n", "has several columns 'a'"),
    ("a.tsv", b"id,text\n1,One.\n", "has no column 'text' (it has id,text;"),
    ("a.parquet", b"", "is not Parquet ("),
    ("a.parquet", ENGLISH.encode(), "is not Parquet ("),
    ("a.parquet", parquet(text=["One."])[:-9], "is not Parquet ("),
    ("a.parquet", parquet(body=["One."]), "has no column 'text' (it has body;"),
    ("a.parquet", parquet(text=pa.array([], pa.string())), "has columns and no row"),
]


@pytest.mark.parametrize(("name", "content", "expected"), WHOLE)
def test_a_table_that_is_wrong_as_a_whole_is_set_aside_once(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    [found] = outcome(write(tmp_path, name, content))
    assert found.startswith(f": {expected}")


def test_a_damaged_page_of_parquet_ends_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [ENGLISH]}), path, write_page_checksum=True)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"ministry", b"ministre"))
    [found] = outcome(path)
    assert found.startswith(": cannot be read from row 1 on (")


def test_rows_that_have_no_identifier_where_one_is_asked_for_are_set_aside(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "text\nOne.\n")
    [found] = outcome(path, ReadingOptions(id_column="key"))
    assert found == ", line 2: has no 'key' to take the identifier from"


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_row_that_is_too_long_ends_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(lines, "LONGEST_DOCUMENT", 1000)
    start = 'text\nOne.\n"' if name == "a.csv" else '{"text": "One."}\n{"text": "'
    path = write(tmp_path, name, start + "a b\n" * 1000)
    if name == "a.jsonl":
        path = write(tmp_path, name, start + "a b " * 1000)
    *_, last = outcome(path)
    assert "is longer than 1,000 characters; what follows is not read" in last


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": WORDS.map(lambda text: f"A word {text}.\n\r\tÄ"), "note": WORDS}
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, suffix=st.sampled_from([".jsonl", ".csv", ".tsv", ".parquet"]))
def test_what_a_table_holds_comes_back_as_it_was(rows: list[dict[str, str]], suffix: str) -> None:
    stream = io.StringIO(newline="")
    if suffix == ".jsonl":
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    elif suffix != ".parquet":
        writer = csv.DictWriter(
            stream,
            ["text", "note"],
            delimiter="\t" if suffix == ".tsv" else ",",
            quoting=csv.QUOTE_ALL,
        )
        writer.writeheader()
        writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), f"a{suffix}", stream.getvalue())
        if suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        found = documents(path, ANY)
    assert [{"text": item.text, **item.metadata} for item in found] == rows


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_large_table_takes_little_memory(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    body = f"{ENGLISH} " * 30
    if suffix == ".parquet":
        # Each text is its own, or a dictionary would make the file small.
        texts = [f"{n} {body}" for n in range(20_000)]
        pq.write_table(pa.table({"text": texts}), path, compression="none", row_group_size=20_000)
        del texts
    else:
        row = f'{{"text": "{body}"}}\n' if suffix == ".jsonl" else f'"{body}"\n'
        path.write_text(("text\n" if suffix == ".csv" else "") + row * 20_000)
    assert path.stat().st_size > 45_000_000
    options = ReadingOptions(language=None, one_sentence=True)
    held = pa.total_allocated_bytes()
    most = 0
    tracemalloc.start()
    for count, _ in enumerate(read_documents(path, options), start=1):
        if count % 1000 == 0:
            most = max(most, pa.total_allocated_bytes() - held)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak + most < 12_000_000


def test_identifiers_are_remembered_in_little_memory() -> None:
    tracemalloc.start()
    seen = Identifiers()
    for row in range(1, 60_001):
        assert seen.first(f"identifier of an article {row}", row) == 0
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 40 * 60_000
    assert seen.first("identifier of an article 1", 60_001) == 1
    assert seen.first("identifier of an article 59999", 60_001) == 59_999
