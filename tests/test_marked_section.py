"""What a command makes anew in a page, between two marks."""

from pathlib import Path

import pytest

from stancekit.labels.errors import DataError
from stancekit.training.marked_section import has_section, replace_section, section

BEGIN, END = "<!-- made by make it -->", "<!-- end of what make it made -->"


def test_what_stands_between_the_marks_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter, été\n", encoding="utf-8")
    assert has_section(page, "make it")
    assert not has_section(page, "make")
    replace_section(page, "make it", "new\n")
    text = page.read_text(encoding="utf-8")
    assert text == f"before\n{BEGIN}\nnew\n{END}\nafter, été\n"
    assert section(text, "make it", "page") == "\nnew\n"


def test_a_page_without_marks_has_no_section(tmp_path: Path) -> None:
    assert not has_section(tmp_path / "absent.md", "make it")
    (tmp_path / "page.md").write_text("nothing\n")
    assert not has_section(tmp_path / "page.md", "make it")
    with pytest.raises(DataError, match=r"page\.md: expected '<!-- made by make it -->' and"):
        replace_section(tmp_path / "page.md", "make it", "new\n")


@pytest.mark.parametrize("text", [f"{END}\n{BEGIN}\n", f"{BEGIN}\n", f"{BEGIN}{BEGIN}{END}"])
def test_marks_that_are_not_in_order_are_refused_before_anything_is_written(
    text: str, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    for ask in (has_section, lambda path, maker: replace_section(path, maker, "new\n")):
        with pytest.raises(DataError, match="once each, in this order"):
            ask(page, "make it")
    assert page.read_text() == text
