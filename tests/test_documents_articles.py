"""Files with an article in them: web pages, PDF, Word."""

import gzip
import io
import socket
import tracemalloc
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from pypdf import PdfWriter

from stancekit.labels.segmentation import segment
from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents import ReadingOptions, docx, html, pdf, read_documents, read_stream

PLAIN = ReadingOptions()
ENGLISH = "The ministry said that exports would need a licence. Firms from Japan were not told."


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(path: Path) -> Document:
    [item] = read_documents(path, PLAIN)
    assert isinstance(item, Document), item
    return item


def reason(path: Path) -> str:
    [item] = read_documents(path, PLAIN)
    assert isinstance(item, SetAside), item
    assert (item.document, item.place) == (str(path), str(path))
    return item.reason


PAGE = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>Chips and rules | The Daily</title><meta name="author" content="Jane Doe">
<meta property="og:title" content="Chips and rules"><meta property="og:site_name" content="The Daily">
<meta property="article:published_time" content="2024-03-05T10:00:00Z">
<link rel="canonical" href="https://example.org/chips"></head><body>
<nav><a href="/">Home</a> <a href="/more">Subscribe to our newsletter</a></nav>
<article><h1>Chips and rules</h1><p>{ENGLISH}</p>
<script>document.write("Scripted words are no article.");</script>
<img src="https://example.org/picture.png"><p>“Café” owners in Wuhan (武汉) said that they would
stay. {ENGLISH}</p><p>A third paragraph is there so that the page is long enough. It has two
sentences.</p></article>
<footer>All rights reserved. <a href="/privacy">Privacy</a></footer></body></html>"""  # noqa: E501


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("offline")
def test_a_page_gives_its_article_and_what_it_says_of_itself(tmp_path: Path) -> None:
    document = only(write(tmp_path, "a.html", PAGE))
    assert document.metadata == {
        "title": "Chips and rules",
        "publisher": "The Daily",
        "author": "Jane Doe",
        "date": "2024-03-05",
        "address": "https://example.org/chips",
    }
    sentences = [
        document.text[s.start : s.end] for s in segment(document.text) if s.kind == "content"
    ]
    assert sentences == [
        *ENGLISH.replace(". ", ".|").split("|"),
        "“Café” owners in Wuhan (武汉) said that they would stay.",
        *ENGLISH.replace(". ", ".|").split("|"),
        "A third paragraph is there so that the page is long enough.",
        "It has two sentences.",
    ]
    for word in ("Scripted", "Subscribe", "Privacy", "reserved"):
        assert word not in document.text


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("gb2312", "gb18030"),
        ("utf-8", "utf-8-sig"),
        ("iso-8859-1", "cp1252"),
        ("nonsense", "cp1252"),
        ("iso-8859-1", "utf-8"),
    ],
)
def test_a_page_is_read_as_it_says_of_itself_unless_it_is_utf8(
    tmp_path: Path, declared: str, encoding: str
) -> None:
    page = PAGE.replace("utf-8", declared)
    if encoding == "cp1252":
        page = page.replace("(武汉) ", "")
    text = only(write(tmp_path, "a.htm.gz", gzip.compress(page.encode(encoding)))).text
    assert "“Café” owners in Wuhan" in text


def test_entities_of_a_page_are_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret", "The secret was told.")
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 50 if n else "boom"}">' for n in range(9))
    page = PAGE.replace(
        "<!DOCTYPE html>",
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">{bomb}]>',
    ).replace("third paragraph", "third &x; &e8; paragraph")
    text = only(write(tmp_path, "a.html", page)).text
    assert "secret was told" not in text
    assert "boomboom" not in text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is empty"),
        ("<html><body></body></html>", "holds no article text"),
        ("<div>" * 100_000, "holds no article text"),
        (b"\x00\x01" * 100, "holds a NUL character at 0: is it a text file?"),
        (b"<p>Caf\xe9.", "is not UTF-8 text (byte 6), and no other encoding is certain"),
    ],
)
def test_a_page_without_an_article_is_set_aside(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    assert reason(write(tmp_path, "a.html", content)) == expected


def test_a_page_that_is_too_large_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "LARGEST_PAGE", 1000)
    assert reason(write(tmp_path, "a.html", PAGE)) == "is a page of more than 1,000 bytes"


def make_pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Return a PDF with a line of Helvetica for each string."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for lines in pages:
        shown = b" ".join(b"(%b) Tj 0 -14 Td" % line.encode("cp1252") for line in lines)
        body = b"BT /F1 11 Tf 72 760 Td %b ET" % shown
        parts.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(body), body))
        parts.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(parts)
        )
        kids.append(b"%d 0 R" % len(parts))
    parts[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), b" ".join(kids))
    content, offsets = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        offsets.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(parts) + 1, b"".join(offsets))
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return content + table + trailer % (len(parts) + 1, len(content))


FIRST = [
    "Rules for rare metals",
    "The ministry said on Tuesday that exports of gallium would need a lic-",
    "ence from August on, and that state-",
    "owned firms had been told. State-owned firms are many.",
    "A second paragraph begins here, with a line that is as long as any, and",
    "goes on to the next page without",
]
SECOND = [
    "a stop. It ends here.",
    "Prices rose",
    "Buyers in Japan paid twice as much as in the spring, a bank has said.",
]
BRIEFS = [
    ["The Brief", "7", *FIRST],
    ["The Brief", "8", *SECOND],
    ["The Brief", "9", "The end was near."],
]


def test_the_lines_of_a_pdf_are_paragraphs_again(tmp_path: Path) -> None:
    text = only(write(tmp_path, "a.pdf", make_pdf(BRIEFS))).text
    assert text.split("\n\n") == [
        "Rules for rare metals",
        (
            "The ministry said on Tuesday that exports of gallium would need a licence from"
            " August on, and that state-owned firms had been told. State-owned firms are many."
        ),
        (
            "A second paragraph begins here, with a line that is as long as any, and goes on to the"
            " next page without a stop. It ends here."
        ),
        "Prices rose",
        "Buyers in Japan paid twice as much as in the spring, a bank has said. The end was near.",
    ]


def test_a_pdf_can_be_compressed(tmp_path: Path) -> None:
    path = write(tmp_path, "a.pdf.gz", gzip.compress(make_pdf(BRIEFS)))
    counted: list[int] = []
    [item] = read_documents(path, PLAIN, counted.append)
    assert isinstance(item, Document)
    assert sum(counted) == path.stat().st_size


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(make_pdf(BRIEFS)))
    writer.encrypt(password, "owner", algorithm="AES-256")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_a_pdf_that_only_forbids_printing_is_read(tmp_path: Path) -> None:
    assert "second paragraph" in only(write(tmp_path, "a.pdf", encrypted(""))).text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (encrypted("secret"), "is encrypted: a password opens it"),
        (make_pdf([[], []]), "holds no text: is it a scan? (text recognition would be needed)"),
        (b"", "is not PDF that can be read ("),
        (ENGLISH.encode(), "is not PDF that can be read ("),
        (make_pdf(BRIEFS)[:300], "is not PDF that can be read ("),
    ],
)
def test_a_pdf_that_cannot_be_read_is_set_aside(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    assert reason(write(tmp_path, "a.pdf", content)).startswith(expected)


def test_a_pdf_that_is_too_long_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "LONGEST_DOCUMENT", 100)
    expected = "is longer than 100 characters"
    assert reason(write(tmp_path, "a.pdf", make_pdf(BRIEFS))) == expected


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
PROPERTIES = """<cp:coreProperties
 xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
<dc:title>Chips and rules</dc:title><dc:creator>Jane Doe</dc:creator>
<dcterms:created>2024-03-05T10:00:00Z</dcterms:created></cp:coreProperties>"""
BODY = """<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>Chips and rules</w:t></w:r></w:p>
<w:p/><w:p><w:r><w:t xml:space="preserve">The ministry </w:t></w:r><w:ins><w:r><w:t>said</w:t></w:r>
</w:ins><w:del><w:r><w:delText>denied</w:delText></w:r></w:del><w:r><w:t xml:space="preserve"> that
exports</w:t><w:br/><w:t>would stop.</w:t><w:instrText>PAGE 3</w:instrText></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>A cell.</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
<w:p><mc:AlternateContent><mc:Choice><w:p><w:r><w:t>A box.</w:t></w:r></w:p></mc:Choice>
<mc:Fallback><w:p><w:r><w:t>A box.</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>
<w:moveFrom><w:r><w:t>Moved away.</w:t></w:r></w:moveFrom>
<w:r><w:t>State</w:t><w:noBreakHyphen/><w:t>owned firms.</w:t></w:r></w:p>"""


def make_docx(body: str = BODY, properties: str = PROPERTIES, head: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml",
            f'{head}<w:document xmlns:w="{WORD}" xmlns:mc="{COMPATIBILITY}"><w:body>{body}</w:body>'
            "</w:document>",
        )
        if properties:
            archive.writestr("docProps/core.xml", properties)
    return stream.getvalue()


def test_a_word_file_gives_its_paragraphs_and_what_it_says_of_itself(tmp_path: Path) -> None:
    document = only(write(tmp_path, "a.docx", make_docx()))
    assert document.text.split("\n\n") == [
        "Chips and rules",
        "The ministry said that\nexports\nwould stop.",
        "A cell.",
        "A box.",
        "State-owned firms.",
    ]
    title = {"title": "Chips and rules", "author": "Jane Doe", "date": "2024-03-05T10:00:00Z"}
    assert document.metadata == title
    bare = only(write(tmp_path, "b.docx.gz", gzip.compress(make_docx(properties=""))))
    assert (bare.text, bare.metadata) == (document.text, dict.fromkeys(title, ""))


def misnamed_docx() -> bytes:
    """A file in which another one has a name that is said to be UTF-8 and is not."""
    stream = io.BytesIO(make_docx())
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("ö.xml", "x")
    return stream.getvalue().replace("ö".encode(), b"\xff\xfe")


BILLION_LAUGHS = '<!DOCTYPE w:document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is not DOCX (File is not a zip file)"),
        (b"\xd0\xcf\x11\xe0" * 100, "is encrypted, or a .doc file under another name"),
        (make_docx()[:-30], "is not DOCX (File is not a zip file)"),
        (make_docx("<w:p>"), "is not DOCX (mismatched tag"),
        (make_docx("&b;", head=BILLION_LAUGHS), "is not DOCX (its XML declares a document type)"),
        (make_docx(""), "is empty"),
        (make_docx(properties="<x"), "is not DOCX ("),
        (
            make_docx(head='<?xml version="1.0" encoding="x-none"?>'),
            "is not DOCX (unknown encoding",
        ),
        (misnamed_docx(), "is not DOCX ('utf-8' codec"),
        (make_docx("<w:p>" * 1001 + "</w:p>" * 1001), "holds more than 1,000 elements within"),
    ],
)
def test_a_word_file_that_cannot_be_read_is_set_aside(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    assert reason(write(tmp_path, "a.docx", content)).startswith(expected)


def test_a_zip_bomb_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "LONGEST_DOCUMENT", 100_000)
    long = make_docx(f"<w:p><w:r><w:t>{'a ' * 100_000}</w:t></w:r></w:p>")
    assert reason(write(tmp_path, "a.docx", long)) == "is longer than 100,000 characters"
    bomb = make_docx("<w:p/>" * 1_000_000)
    assert len(bomb) < 50_000
    assert reason(write(tmp_path, "b.docx", bomb)) == "holds more than 2,000,000 bytes of XML"


def test_an_element_that_was_read_takes_no_memory(tmp_path: Path) -> None:
    said = "<w:p><w:r><w:t>Tariffs rose.</w:t></w:r></w:p>"
    path = write(tmp_path, "a.docx", make_docx(said + "<w:p/>" * 100_000 + said))
    tracemalloc.start()
    assert only(path).text == "Tariffs rose.\n\nTariffs rose."
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_page_in_an_encoding_that_decodes_nothing_is_read_all_the_same() -> None:
    page = PAGE.replace('charset="utf-8"', 'charset="undefined"').replace("武汉", "")
    [item] = read_stream(io.BytesIO(page.encode("cp1252")), "a.html", PLAIN)
    assert isinstance(item, Document)
    assert "“Café” owners" in item.text
