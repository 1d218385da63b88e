"""The page of the server, in a browser: what an analyst does, and what nobody may do to them."""

import csv
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "serving" / "http" / "page"
WAIT_MS = 60_000

ARTICLE = """The gate at Lianhe

China must end its dependence on foreign chips. Foreign firms remain welcome in Suzhou, and the
city has doubled its joint laboratories. The province counts eleven universities.

Photo: The gate, seen from the river.

The fund decides which of the foundries gets built. Price alone explains why the taxi fleets went
over to the cheaper battery. Washington put nine more start-ups on the list of firms that American
suppliers may not serve.
"""
ASTRAL = (
    "🚀🚀 China must end its dependence on foreign chips. 𠮷野家 and 国产 makers 🎉 welcome firms"
    " from Japan. 👩‍🔬 researchers will share the laboratory with Dutch partners."
)
ATTACK = "<img src=x onerror=window.hacked=1>"

Opened = Callable[..., Any]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with the `tfidf` bundle."""
    program = "from stancekit.serving.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--model", "tfidf", "--port", "0"]
    path = tmp_path_factory.mktemp("served") / "log"
    with path.open("w") as log, subprocess.Popen(command, stderr=log) as server:
        until = time.monotonic() + WAIT_MS / 1000
        while not (found := re.search(r"http://\S+", path.read_text())):
            assert server.poll() is None, path.read_text()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield found[0]
        server.terminate()


@pytest.fixture
def opened(browser: Any, served: str) -> Iterator[Opened]:
    """Open the page in a context of its own; at the end nothing may have gone wrong unseen."""
    contexts, faults = [], []

    def open_page(
        fragment: str = "", width: int = 1280, scheme: str = "light", before: Any = None
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 860}, color_scheme=scheme, accept_downloads=True
        )
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: _complaint(message, faults))
        page.on("dialog", lambda dialog: faults.append(f"a dialog: {dialog.message}"))
        if before is not None:
            before(page)
        page.goto(f"{served}/{fragment}")
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for context in contexts:
        hacked = [page.url for page in context.pages if page.evaluate("window.hacked")]
        faults += [f"injected code ran in {url}" for url in hacked]
        context.close()
    assert faults == []


def _complaint(message: Any, faults: list[str]) -> None:
    # The browser notes each answer that is no success; the tests of problems ask for those.
    if message.type == "error" and "Failed to load resource" not in message.text:
        faults.append(message.text)


def read(page: Any, text: str) -> None:
    page.fill("#text", text)
    page.click("#read")
    page.wait_for_selector(".pane")


def example(page: Any, number: int) -> None:
    page.locator(".card").nth(number).click()
    page.wait_for_selector(".pane")


def sentences(page: Any, pane: int = 0) -> Any:
    return page.locator(".pane").nth(pane).locator(".article .s")


def saved(page: Any, button: str) -> str:
    with page.expect_download() as download:
        page.click(button)
    return cast(str, Path(download.value.path()).read_text(encoding="utf-8-sig"))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def answers(page: Any, path: str) -> Any:
    return page.evaluate("path => fetch(path).then(answer => answer.json())", path)


def set_slider(page: Any, value: int) -> None:
    page.locator("#threshold").fill(str(value))


# What an analyst does


def test_from_a_pasted_article_to_the_downloaded_scores(opened: Opened) -> None:
    page = opened()
    read(page, ARTICLE)
    assert sentences(page).count() == 6
    assert page.locator(".pane-title").inner_text() == "The gate at Lianhe"
    assert "Photo: The gate" in page.locator(".left-out").inner_text()
    assert "caption, not scored" in page.locator(".left-out").inner_text()

    codebook = answers(page, "v1/codebook")
    first = codebook["tasks"][0]
    sentences(page).nth(0).click()
    panel = page.locator("#panel")
    panel.locator(".words").nth(len(codebook["tasks"]) - 1).wait_for()
    for number, task in enumerate(codebook["tasks"]):
        verdict = panel.locator(".verdict").nth(number)
        assert verdict.locator(".bar-name").all_inner_texts() == [
            label["display"] for label in task["labels"]
        ]
        shares = verdict.locator(".bar-number").all_inner_texts()
        assert sum(int(re.sub(r"\D", "", share)) for share in shares) == pytest.approx(100, abs=2)
        best = verdict.locator(".best .bar-name").inner_text()
        [label] = [label for label in task["labels"] if label["display"] == best]
        assert verdict.locator(".definition").inner_text() == label["definition"]
    assert "dependence" in panel.locator(".word").all_inner_texts()

    scores = rows(saved(page, "#csv"))
    whole = json.loads(saved(page, "#json"))
    sure = [
        max(sentence["predictions"][first["name"]]["probabilities"].values())
        for sentence in whole["documents"][0]["sentences"]
    ]
    for threshold in (99, 80, 0):
        set_slider(page, threshold)
        unsure = [share < threshold / 100 for share in sure]
        shown = page.locator(".chip").last.locator(".chip-share").inner_text()
        assert shown == f"{100 * sum(unsure) / len(unsure):.0f}%"
        for node, is_unsure in zip(sentences(page).all(), unsure, strict=True):
            assert (node.get_attribute("data-mark") == "?") is is_unsure
            assert node.get_attribute("aria-label").startswith("Undecided, ") is is_unsure

    [document] = whole["documents"]
    assert document["text"] == ARTICLE
    assert whole["codebook"]["digest"] == codebook["digest"]
    columns = ["document", "sentence", "start", "end", "text", "voice", "speaker"]
    for task in codebook["tasks"]:
        columns += [
            task["name"],
            *(f"{task['name']}_{label['name']}" for label in task["labels"]),
            *(f"{task['name']}_{part}" for part in ("set", "undecided")),
        ]
    assert list(scores[0]) == [*columns, "bundle", "codebook", "error_rate"]
    for row, sentence in zip(scores, document["sentences"], strict=True):
        assert ARTICLE[int(row["start"]) : int(row["end"])] == row["text"] == sentence["text"]
        predicted = sentence["predictions"][first["name"]]
        assert row[first["name"]] == predicted["label"]
        for name, share in predicted["probabilities"].items():
            assert float(row[f"{first['name']}_{name}"]) == share

    wanted = scores[0][first["name"]]
    at = [label["name"] for label in first["labels"]].index(wanted)
    page.locator(".chip").nth(at).click()
    matching = [row for row in scores if row[first["name"]] == wanted]
    assert page.locator("#count").inner_text() == f"{len(matching)} of 6 sentences"
    shown = page.locator(".article .s:not(.off)").all_inner_texts()
    assert shown == [" ".join(row["text"].split()) for row in matching]
    page.check("#only")
    assert page.locator(".article .s:visible").count() == len(matching)
    page.get_by_text("Show all").click()
    page.fill("#filter", "PRICE alone")
    assert page.locator(".article .s:not(.off)").count() == 1


def test_the_other_task_is_a_click_away(opened: Opened) -> None:
    page = opened()
    example(page, 0)
    tasks = answers(page, "v1/codebook")["tasks"]
    before = [node.get_attribute("class") for node in sentences(page).all()]
    page.get_by_role("button", name="Framing", exact=True).click()
    after = [node.get_attribute("class") for node in sentences(page).all()]
    assert all(a != b for a, b in zip(before, after, strict=True) if "undecided" not in f"{a}{b}")
    names = page.locator(".chip-name").all_inner_texts()
    assert names == [*(label["display"] for label in tasks[1]["labels"]), "Undecided"]


QUOTING = (
    '"China must end its dependence on foreign chips," said Lin Wei. Foreign firms remain'
    ' welcome in Suzhou. "We will open the laboratories," Lin Wei said. Ana Ruiz said that price'
    " alone decides. According to officials, the province counts eleven universities."
)


def test_whom_a_reader_hears_is_a_choice(opened: Opened) -> None:
    page = opened()
    read(page, QUOTING)
    scores = rows(saved(page, "#csv"))
    speakers = [row["speaker"] for row in scores]
    assert speakers.count("Lin Wei") == 2
    offered = page.locator("#speaker option").all_inner_texts()
    assert offered[0] == "Whoever speaks"
    assert "The author (1)" in offered
    assert "Lin Wei (2)" in offered
    assert offered.index("Lin Wei (2)") < offered.index("Ana Ruiz (1)")

    page.select_option("#speaker", label="Lin Wei (2)")
    own = [row for row in scores if row["speaker"] == "Lin Wei"]
    shown = page.locator(".article .s:not(.off)").all_inner_texts()
    assert shown == [" ".join(row["text"].split()) for row in own]
    assert page.locator("#count").inner_text() == "2 of 5 sentences"
    task = answers(page, "v1/codebook")["tasks"][0]
    set_slider(page, 0)
    counts = [sum(row[task["name"]] == label["name"] for row in own) for label in task["labels"]]
    wanted = [f"{100 * count / 2:.0f}%" for count in [*counts, 0]]
    assert page.locator(".chip-share").all_inner_texts() == wanted

    page.locator(".article .s:not(.off)").nth(0).click()
    assert page.locator(".said").inner_text() == "Said by Lin Wei, as the article reports"
    page.get_by_text("Show all").click()
    assert page.locator("#speaker").input_value() == ""
    assert page.locator(".article .s.off").count() == 0
    page.click("#new")
    example(page, 0)
    page.locator("#speaker option", has_text="Lin Wei").first.wait_for(state="detached")


def test_labels_that_are_possible_may_count_as_doubt(opened: Opened) -> None:
    page = opened()
    example(page, 0)
    task = answers(page, "v1/codebook")["tasks"][0]
    display = {label["name"]: label["display"] for label in task["labels"]}
    scores = rows(saved(page, "#csv"))
    sets = [row[f"{task['name']}_set"].split("|") for row in scores]
    assert 0 < sum(len(own) > 1 for own in sets) < len(sets)
    set_slider(page, 0)
    assert page.locator(".article .s[data-mark='?']").count() == 0
    page.check("#sets")
    for node, own in zip(sentences(page).all(), sets, strict=True):
        assert (node.get_attribute("data-mark") == "?") is (len(own) > 1)
    shown = page.locator(".chip").last.locator(".chip-share").inner_text()
    assert shown == f"{100 * sum(len(own) > 1 for own in sets) / len(sets):.0f}%"
    sentences(page).nth(0).click()
    names = " or ".join(display[name] for name in sets[0])
    assert page.locator(".possible").nth(0).inner_text() == f"Possible at 90%: {names}"


def test_a_file_is_chosen_or_dropped(opened: Opened, tmp_path: Path) -> None:
    page = opened()
    path = tmp_path / "gate.txt"
    path.write_text(ARTICLE)
    page.set_input_files("#file", path)
    page.wait_for_selector(".pane")
    assert sentences(page).count() == 6

    page = opened()
    lines = [
        {"id": "one", "text": ARTICLE, "outlet": "Daily"},
        {"id": "two", "text": ""},
        {"id": "three", "text": "Firms from Japan were invited.", "outlet": "Weekly"},
    ]
    content = "\n".join(json.dumps(line) for line in lines)
    dropped = page.evaluate_handle(
        """content => { const given = new DataTransfer();
        given.items.add(new File([content], "corpus.jsonl")); return given; }""",
        content,
    )
    page.dispatch_event("body", "drop", {"dataTransfer": dropped})
    page.wait_for_selector(".pane")
    notice = page.locator("#read-notices").inner_text()
    assert "1 of 3 documents were set aside" in notice
    assert "two: " in notice
    assert page.locator(".facts dd").all_inner_texts() == ["Daily"]
    page.locator(".pane-choice select").select_option(label="three")
    assert page.locator(".facts dd").all_inner_texts() == ["Weekly"]
    assert sentences(page).count() == 1


def test_two_articles_stand_side_by_side(opened: Opened) -> None:
    page = opened()
    example(page, 0)
    page.click("#compare")
    example(page, 1)
    page.locator(".pane").nth(1).wait_for()
    boxes = [page.locator(".pane").nth(at).bounding_box() for at in range(2)]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1
    assert all(" · " in share for share in page.locator(".chip-share").all_inner_texts())
    documents = {row["document"] for row in rows(saved(page, "#csv"))}
    assert documents == {"foundry", "harbour"}
    sentences(page, 1).nth(2).click()
    assert page.url.endswith("#a=example:foundry&b=example:harbour&s=3&in=b")
    page.locator(".pane-close").nth(0).click()
    assert page.locator(".pane").count() == 1
    assert page.url.endswith("#a=example:harbour")


def test_a_link_to_a_sentence_of_an_example_opens_it_everywhere(opened: Opened) -> None:
    page = opened("#a=example:battery&s=4&task=framing")
    page.wait_for_selector("#panel.open")
    assert page.locator("#panel-title").inner_text() == "Sentence 4 of 20"
    assert page.locator(".tasks [aria-pressed=true]").inner_text() == "Framing"
    current = page.locator(".s[aria-current]")
    assert current.get_attribute("data-index") == "3"
    assert current.evaluate("node => node.getBoundingClientRect().top < innerHeight")


def test_a_link_into_a_pasted_text_says_where_it_works(opened: Opened) -> None:
    page = opened()
    read(page, ARTICLE)
    sentences(page).nth(1).click()
    fragment = page.url[page.url.index("#") :]
    page.locator("#panel .link").click()
    page.locator("#status").get_by_text("not stored on the server").wait_for()
    page.reload()
    page.wait_for_selector("#panel.open")  # this tab still knows the text
    assert page.locator("#panel-title").inner_text() == "Sentence 2 of 6"

    other = opened(fragment)
    assert "not here" in other.locator("#intake-notices").inner_text()
    read(other, ARTICLE)
    other.wait_for_selector("#panel.open")
    assert other.locator("#panel-title").inner_text() == "Sentence 2 of 6"


def test_all_is_reached_by_keyboard_alone(opened: Opened) -> None:
    page = opened()

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def focused(what: str) -> Any:
        return page.evaluate(f"document.activeElement.{what}")

    for _ in range(30):
        press("Tab")
        if focused("className") == "card":
            break
    press("Enter")
    page.wait_for_selector(".pane")
    assert focused("className") == "pane-title"
    press("j")
    assert focused("dataset.index") == "0"
    press("j", "ArrowDown", "ArrowDown", "k")
    assert focused("dataset.index") == "2"
    press("Enter")
    page.wait_for_selector("#panel.open")
    assert focused("id") == "panel-title"
    assert page.locator("#panel-title").inner_text().startswith("Sentence 3 ")
    press("j")
    assert page.locator("#panel-title").inner_text().startswith("Sentence 4 ")
    press("Escape")
    assert page.locator("#panel.open").count() == 0
    assert focused("dataset.index") == "3"
    press("t")
    assert page.locator(".tasks [aria-pressed=true]").inner_text() == "Framing"
    press("/")
    assert focused("id") == "filter"
    page.keyboard.type("party secretary")
    press("Enter")
    assert "party secretary" in focused("textContent")
    press("End")
    assert focused("dataset.index") == "20"
    page.locator(".strip").focus()
    press("Home", "ArrowRight", "ArrowRight")
    assert focused("ariaValueNow") == "3"
    assert focused("ariaValueText").startswith("Sentence 3 of 21: ")
    press("Enter")
    assert page.locator("#panel-title").inner_text().startswith("Sentence 3 ")
    press("Escape", "?")
    assert page.locator("#keys").is_visible()
    page.uncheck("#letters")
    press("Escape", "t")
    assert page.locator(".tasks [aria-pressed=true]").inner_text() == "Framing"


# What nobody may do to them


def test_nothing_that_comes_in_is_run_or_becomes_markup(opened: Opened, tmp_path: Path) -> None:
    page = opened()
    read(page, f"{ATTACK} China opens its market.\n\n<script>window.hacked=1</script> Firms come.")
    assert ATTACK in page.locator(".article").inner_text()
    sentences(page).nth(0).click()
    page.wait_for_selector(".words")

    name = "<img src=x onerror='window.hacked=1'>.txt"
    path = tmp_path / name
    path.write_text("China opens its market. Firms from Japan were invited.")
    page.click("#new")
    page.set_input_files("#file", path)
    page.locator(".pane-title").get_by_text(name).wait_for()

    path = tmp_path / "corpus.jsonl"
    row = {"id": "=1+1", "text": "China opens its market.", ATTACK: f"{ATTACK}!", "title": ATTACK}
    path.write_text(json.dumps(row) + "\n" + json.dumps({"id": ATTACK, "text": ""}))
    page.click("#new")
    page.set_input_files("#file", path)
    page.wait_for_selector("#read-notices .notice")
    assert page.locator(".facts dl").inner_text().count(ATTACK) == 2
    assert page.locator("img:not(.brand img)").count() == 0
    assert page.locator("script:not([src])").count() == 0


CELLS: dict[str, object] = {
    "'=1+1": "=1+1",
    "'+1": "+1",
    "'-1": "-1",
    "'@SUM(A1)": "@SUM(A1)",
    '"\'\t=1"': "\t=1",
    "'＝1": "＝1",
    '"\' =A1&""x"""': ' =A1&"x"',
    '"a, b"': "a, b",
    '"two\nlines"': "two\nlines",
    "plain - text": "plain - text",
    "-0.5": -0.5,
    "": None,
    '"[""=1""]"': ["=1"],
}


def test_no_cell_of_the_table_is_a_formula(opened: Opened) -> None:
    called = "values => import('/csv.js').then(module => values.map(module.cell))"
    assert opened().evaluate(called, list(CELLS.values())) == list(CELLS)


def test_the_table_of_an_attacker_is_harmless(opened: Opened, tmp_path: Path) -> None:
    page = opened()
    path = tmp_path / "corpus.jsonl"
    row = {"id": "=cmd", "text": "China opens its market.", "=head": "@x", "stance": "+y"}
    path.write_text(json.dumps(row))
    page.set_input_files("#file", path)
    page.wait_for_selector(".pane")
    [found] = rows(saved(page, "#csv"))
    assert found["document"] == "'=cmd"
    assert found["'=head"] == "'@x"
    assert found["stance_in"] == "'+y"


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            names = dict(attrs)
            assert "style" not in names
            assert tag != "style"
            assert not [name for name in names if name.startswith("on")]
            assert tag != "script" or names.get("src")

    Tags().feed((PAGE / "index.html").read_text(encoding="utf-8"))
    for path in PAGE.rglob("*.*"):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|(?:src|href)=[\"']//", text), path
        if path.suffix == ".js":
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|document\.write", text
            )


def test_no_file_of_the_page_knows_a_label(opened: Opened) -> None:
    tasks = answers(opened(), "v1/codebook")["tasks"]
    names = {label["name"] for task in tasks for label in task["labels"] if label["name"] != "none"}
    for path in [*PAGE.glob("*.js"), *PAGE.glob("*.css"), *PAGE.glob("*.html")]:
        words = set(re.findall(r"\w+", path.read_text(encoding="utf-8").lower()))
        assert not words & names, path


def test_another_codebook_shows_its_own_tasks_and_labels(opened: Opened) -> None:
    def label(name: str, colour: str) -> dict[str, Any]:
        return {"name": name, "display": name.title(), "value": 0, "colour": colour,
                "definition": f"About {name}.", "examples": []}  # fmt: skip

    labels = [label("waiting", "#FFFF00"), label("wages", "#000000"), label("food", "#777777")]
    task: dict[str, Any] = {
        "name": "topic_of_letter",
        "title": "",
        "question": "?",
        "default": "waiting",
    }
    task["labels"] = labels
    text = "We waited. The food was cold."
    given = {
        "topic_of_letter": {
            "label": "food",
            "probabilities": {"waiting": 0.1, "wages": 0.2, "food": 0.7},
            "labels": ["wages", "food"],
            "undecided": True,
        }
    }
    scored = [
        {
            "index": at,
            "start": start,
            "end": end,
            "text": text[start:end],
            "context": "",
            "predictions": given,
        }
        for at, (start, end) in enumerate([(0, 10), (11, 29)])
    ]
    document = {"id": "x", "metadata": {}, "sentences": scored, "left_out": [], "summary": {}}
    answer = {"bundle": "b", "codebook": "c", "error_rate": 0.1, "documents": [document]}
    codebook = {"version": "1", "title": "Letters", "scope": "", "tasks": [task], "digest": "d"}

    def before(page: Any) -> None:
        page.route("**/v1/codebook", lambda route: route.fulfill(json=codebook))
        page.route("**/v1/score", lambda route: route.fulfill(json=answer))

    page = opened(before=before)
    read(page, text)
    assert page.locator(".tasks button").all_inner_texts() == ["Topic of letter"]
    assert page.locator(".chip .mark").all_inner_texts() == ["Wai", "Wag", "F", "?"]
    table = rows(saved(page, "#csv"))
    assert [row["topic_of_letter"] for row in table] == ["food", "food"]
    assert {row["topic_of_letter_set"] for row in table} == {"wages|food"}
    assert {row["topic_of_letter_undecided"] for row in table} == {"True"}


# Texts that are hard


def test_places_count_code_points_beyond_the_basic_plane(opened: Opened) -> None:
    page = opened()
    read(page, ASTRAL)
    whole = json.loads(saved(page, "#json"))["documents"][0]["sentences"]
    assert len(whole) == 3
    assert sentences(page).all_inner_texts() == [sentence["text"] for sentence in whole]
    for row in rows(saved(page, "#csv")):
        assert ASTRAL[int(row["start"]) : int(row["end"])] == row["text"]
    sentences(page).nth(1).click()
    page.wait_for_selector(".words")
    evidence = page.locator(".evidence-text").first
    assert evidence.inner_text() == whole[1]["text"]
    words = set(whole[1]["text"].split())
    marked = evidence.locator("span").all_inner_texts()
    assert marked
    assert set(marked) <= words


def test_a_long_article_costs_no_more_than_what_changes(opened: Opened) -> None:
    few = [
        "China must end its dependence on foreign chips.",
        "The province counts nine schools.",
        "Foreign firms remain welcome in the port of Suzhou.",
        "The fund picks the foundries.",
    ]
    text = " ".join(few * 500)  # one paragraph without an end
    page = opened()
    page.evaluate(
        """() => {
          window.largest = 0;
          new MutationObserver((records) => {
            let made = 0;
            for (const { addedNodes } of records)
              for (const node of addedNodes)
                if (node.querySelectorAll) made += node.querySelectorAll(".article .s").length
                  + (node.matches(".article .block") ? node.querySelectorAll(".s").length : 0);
            window.largest = Math.max(window.largest, made);
          }).observe(document.body, {childList: true, subtree: true});
        }"""
    )
    read(page, text)
    sentences(page).nth(1999).wait_for(state="attached")
    assert sentences(page).count() == 2000
    assert page.evaluate("window.largest") <= 500, "the article is made in slices"
    assert page.evaluate("document.querySelectorAll('.article *').length") <= 2100
    block = page.locator(".article .block").nth(30)
    assert block.evaluate("node => getComputedStyle(node).contentVisibility") == "auto"
    assert block.locator(".s").count() <= 40

    counted = """act => new Promise((resolve) => {
      const touched = new Set();
      const observer = new MutationObserver((records) => {
        for (const { target } of records) if (target.matches?.(".s")) touched.add(target);
      });
      observer.observe(document.querySelector(".article"), {attributes: true, subtree: true});
      const slider = document.querySelector("#threshold");
      slider.value = act; slider.dispatchEvent(new Event("input", {bubbles: true}));
      setTimeout(() => { observer.disconnect(); resolve(touched.size); }, 50);
    })"""
    page.evaluate(counted, 0)
    assert page.evaluate(counted, 1) == 0, "no sentence is that unsure, so none is touched"
    assert page.evaluate(counted, 99) == page.locator(".article .s[data-mark='?']").count() > 500
    page.locator(".strip").click(position={"x": 500, "y": 20})
    shown = page.locator(".s[tabindex='0']:not(.specimen)")
    assert 1000 < int(shown.get_attribute("data-index")) < 1900
    assert shown.evaluate(
        "node => [node.getBoundingClientRect()].every(({top}) => top > 0 && top < innerHeight)"
    )


# What the server says


def test_problems_are_shown_calmly_and_may_be_tried_again(opened: Opened) -> None:
    page = opened()
    page.click("#read")
    assert "There is no text yet" in page.locator(".problem").inner_text()

    problem = {
        "type": "about:blank",
        "title": "Too busy",
        "status": 503,
        "detail": "Try <b>later</b>.",
    }
    page.route(
        "**/v1/score",
        lambda route: route.fulfill(
            status=503, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    page.fill("#text", ARTICLE)
    page.click("#read")
    page.get_by_text("Too busy").wait_for()
    assert "Try <b>later</b>." in page.locator(".problem").inner_text()
    page.unroute("**/v1/score")
    page.route("**/v1/score", lambda route: route.abort())
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("cannot be reached").wait_for()
    page.unroute("**/v1/score")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".pane")


def test_a_text_in_another_language_is_scored_only_if_asked_for(opened: Opened) -> None:
    page = opened()
    page.fill("#text", "Le gouvernement a annoncé hier une nouvelle politique industrielle. Les"
                       " entreprises doivent investir davantage dans la recherche.")  # fmt: skip
    page.click("#read")
    page.get_by_text("written in French").wait_for()
    page.get_by_role("button", name="Score it anyway").click()
    page.wait_for_selector(".pane")
    assert sentences(page).count() == 2


def test_a_token_is_asked_for_and_kept_in_this_tab(opened: Opened) -> None:
    problem = json.dumps({"title": "A token is needed", "status": 401, "detail": "Send a token."})

    def guard(route: Any) -> None:
        if route.request.headers.get("authorization") == "Bearer sesame":
            route.continue_()
        else:
            route.fulfill(status=401, content_type="application/problem+json", body=problem)

    def answer(page: Any) -> None:
        page.route("**/v1/**", guard)
        # The page waits for the token before it is ready.
        page.add_init_script(
            """addEventListener("DOMContentLoaded", () => {
              const tries = ["wrong", "sesame"];
              new MutationObserver(() => {
                const input = document.querySelector("#token");
                if (!input || input.value) return;
                input.value = tries.shift();
                setTimeout(() => input.form.requestSubmit());
              }).observe(document.body, {childList: true});
            })"""
        )

    page = opened(before=answer)
    assert page.evaluate("sessionStorage['stancekit.token']") == "sesame"
    assert page.evaluate("localStorage.length") == 0
    read(page, ARTICLE)
    assert sentences(page).count() == 6


def test_the_page_says_how_far_its_numbers_go(opened: Opened) -> None:
    page = opened()
    bundle = answers(page, "v1/bundle")
    page.click("#about-button")
    page.wait_for_selector(".scores")
    text = page.locator("#about").inner_text()
    for score in bundle["scores"]:
        assert f"{score['value']:.2f} [{score['low']:.2f}, {score['high']:.2f}]" in text
    assert "Read a sample" in text
    page.keyboard.press("Escape")
    example(page, 2)
    assert "biased" in page.locator(".caveat").inner_text()


# Everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Opened, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def check(page: Any, where: str) -> None:
        # axe is run past the page's policy, as an extension of the browser would be.
        found = axe.run(page, options={"resultTypes": ["violations"]})
        grave = [
            (where, violation["id"], [node["target"] for node in violation["nodes"]][:3])
            for violation in found.response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert grave == []

    page = opened(scheme=scheme)
    page.wait_for_selector(".card")
    check(page, "start")
    page.click("#about-button")
    page.wait_for_selector(".scores")
    check(page, "about")
    page.keyboard.press("Escape")
    example(page, 1)
    page.locator(".chip").nth(0).click()
    sentences(page).nth(3).click()
    page.wait_for_selector(".words")
    page.locator("#panel details").first.evaluate("node => { node.open = true; }")
    check(page, "sentence")
    page.keyboard.press("t")
    page.click("#compare")
    check(page, "dialog")
    example(page, 0)
    page.locator(".pane").nth(1).wait_for()
    check(page, "comparison")


@pytest.mark.parametrize("width", [320, 390, 820])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int) -> None:
    page = opened(width=width)
    fits = "document.scrollingElement.scrollWidth <= innerWidth"
    page.wait_for_selector(".card")
    assert page.evaluate(fits)
    read(page, f"{ARTICLE}\n\nThe firm {'unbroken' * 60} remains welcome in Suzhou.")
    assert page.evaluate(fits)
    sentences(page).nth(4).click()
    page.wait_for_selector(".words")
    assert page.evaluate(fits)
    sheet = page.locator("#panel").bounding_box()
    sentence = page.locator(".s[aria-current]").bounding_box()
    assert sentence["y"] < sheet["y"], "the sheet leaves the sentence in view"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_it_says_what_the_marks_mean_and_what_made_them(
    opened: Opened, scheme: str
) -> None:
    page = opened(scheme=scheme)
    read(page, ARTICLE)
    page.emulate_media(media="print", color_scheme=scheme)
    for shown in (".chip", ".tasks button[aria-pressed=true]", ".made", ".share-bar", ".caveat"):
        assert page.locator(shown).first.is_visible(), shown
    for hidden in (
        ".top button",
        "#filter",
        ".doubt input",
        ".speakers",
        ".sets",
        ".guide",
        ".panel",
        "#status",
    ):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".tasks button:visible").count() == 1
    assert re.fullmatch(
        "Scored by bundle [0-9a-f]{12}, codebook [0-9a-f]{12}", page.inner_text(".made")
    )
    ink, paper = page.evaluate(
        "[getComputedStyle(document.querySelector('.tasks [aria-pressed=true]')).color,"
        " getComputedStyle(document.documentElement).colorScheme]"
    )
    assert paper == "light"
    assert max(map(int, re.findall(r"\d+", ink)[:3])) < 90
