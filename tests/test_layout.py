import pytest

from stancekit.labels.layout import KINDS, lay_out

ARTICLE = "The ministry opened the market to foreign firms on Monday.\n\n"


def kinds(text: str) -> list[tuple[str, str]]:
    return [(text[b.start : b.end], b.kind) for b in lay_out(text)]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Tariffs and their friends", "heading"),
        ("## Key findings", "heading"),
        ("Photo: Agency", "caption"),
        ("Figure 3. Exports by province", "caption"),
        ("By Jane Doe and Li Ming", "byline"),
        ("September 28th, 2021", "byline"),
        ("6 comments | 51 shares", "boilerplate"),
        ("Click here to subscribe to the newsletter.", "boilerplate"),
        ("https://example.org/a/b", "boilerplate"),
        ("| a | b |", "boilerplate"),
        ("***", "symbols"),
        ("—  —", "symbols"),
        ("Figure 3 shows that exports rose in every province.", "content"),
        ("Table 3 lists the tariffs that Washington raised. They hit firms.", "content"),
        ("The big picture: China's firms supply a third. So be it.", "content"),
        ("Share of foreign chips fell.", "content"),
        ("Sign up to the deal, China urged Japan.", "content"),
        (
            "Firms that accept terms of use of a platform sold more. Then tariffs rose by a tenth.",
            "content",
        ),
        ("The leaders met on Monday. Photo: Reuters", "caption"),
        ("• Firms invest abroad without a full stop", "content"),
    ],
)
def test_a_line_is_known_by_its_form(line: str, kind: str) -> None:
    assert kinds(ARTICLE + line)[1][1] == kind
    assert kind in KINDS


def test_a_lone_headline_is_content() -> None:
    assert kinds("Beijing bans exports of gallium") == [
        ("Beijing bans exports of gallium", "content")
    ]


def test_list_signs_do_not_belong_to_the_text() -> None:
    assert kinds("• First item.\n2. Second item.\n- 🞛 Third item.") == [
        ("First item.", "content"),
        ("Second item.", "content"),
        ("Third item.", "content"),
    ]


def test_lines_broken_by_an_editor_are_joined_and_others_are_not() -> None:
    wrapped = (
        "The ministry said on Monday that the rules on foreign capital would change\n"
        "before the end of the year, and that firms from every country were welcome\n"
        "to comment on the draft."
    )
    assert len(lay_out(wrapped)) == 1
    assert len(lay_out("Chip exports fell.\nPrices rose.\nNobody was surprised by it.")) == 3


def test_a_sentence_goes_on_however_its_lines_were_broken() -> None:
    rules = "The ministry said that\nrules on foreign\nCapital would stay."
    ragged = f"Chips for all\n{rules}\nFirms\nwait."
    assert [own for own, _ in kinds(ragged)] == [
        "Chips for all",
        rules,
        "Firms\nwait.",
    ]
    assert [kind for _, kind in kinds(ragged)] == ["heading", "content", "content"]


@pytest.mark.parametrize("menu", ["contact and imprint\nnews\nabout us", "Home\nNews\nAbout us."])
def test_words_below_each_other_are_no_sentence(menu: str) -> None:
    assert [own for own, _ in kinds(ARTICLE + menu)][1:] == menu.split("\n")


def test_everything_behind_about_the_author_is_byline() -> None:
    found = kinds(
        ARTICLE + "About the author\n\nJane Doe works in London. She writes.\n\n6 Comments"
    )
    assert [kind for _, kind in found] == ["content", "byline", "byline", "boilerplate"]


def test_a_box_about_the_author_ends() -> None:
    blocks = "\n\n".join(f"Paragraph {n} is here." for n in range(9))
    found = [kind for _, kind in kinds(f"{ARTICLE}About the author\n\n{blocks}")]
    assert found == ["content"] + ["byline"] * 7 + ["content"] * 3


def test_a_fence_that_nothing_closes_hides_nothing() -> None:
    assert [kind for _, kind in kinds(ARTICLE + "```\n\nThe rest is here.")][-1] == "content"


def test_fenced_code_is_no_content() -> None:
    found = kinds(ARTICLE + "```\nprint('The end.')\n```\n\nAfter it.")
    assert [kind for _, kind in found] == ["content"] + ["boilerplate"] * 3 + ["content"]
