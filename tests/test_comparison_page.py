"""The page of compared runs: whole, escaped, without anything from outside."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.resampling import Interval
from stancekit.training.calibration import error_by_chance
from stancekit.training.comparison import ComparedRun
from stancekit.training.comparison_page import comparison_page
from stancekit.training.comparison_tables import difference_table, label_table, score_table
from stancekit.training.contrast import FLIPS, STAYS, ContrastScore
from stancekit.training.judged import Judged, compare, compare_task, probability_table
from stancekit.training.results_table import results_table
from stancekit.training.run_differences import (
    differing_settings,
    missing_champions,
    warnings_of,
)

MADE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
VOID = {"meta", "br", "input", "path", "use"}


def judged(codebook: Codebook, seed: int, skill: float) -> tuple[Judged, ...]:
    """Rows whose gold labels are the same for every seed, predicted right with chance `skill`."""
    gold_of, draw = np.random.default_rng(0), np.random.default_rng(seed)
    rows = []
    for number in range(60):
        gold, probabilities = {}, {}
        for task in codebook.tasks:
            names = task.label_names
            gold[task.name] = names[int(gold_of.integers(len(names)))]
            best = gold[task.name] if draw.random() < skill else str(draw.choice(names))
            rest = (1 - 0.6) / (len(names) - 1)
            probabilities[task.name] = {name: 0.6 if name == best else rest for name in names}
        rows.append(
            Judged(
                id=f"d:{number}",
                document=f"<d{number % 2}>",
                text_digest=str(number),
                gold=gold,
                predicted={name: max(p, key=p.__getitem__) for name, p in probabilities.items()},
                probabilities=probabilities,
                details={"place": "<i>here</i>"},
            )
        )
    return tuple(rows)


def compared(codebook: Codebook, name: str, seed: int, skill: float) -> ComparedRun:
    return ComparedRun(
        run_id=f"{seed}" * 32,
        name=name,
        started=MADE,
        is_champion=False,
        recipe_digest=f"{seed}" * 64,
        dataset_digest="d" * 64,
        codebook_digest="c" * 64,
        codebook=codebook,
        macro_f1={task: Interval(skill, skill - 0.1, skill + 0.1) for task in codebook.task_names},
        differences={},
        metrics={"stance/calibration_error": 0.04321},
        parameters={"name": name, "head.c": str(seed), "seed": "0"},
        versions={"python": "3.11.0"},
        judged=judged(codebook, seed, skill),
        contrast=(
            ContrastScore(task="stance", phenomenon="odd_<one>", pairs=7, both=0.25, sentences=0.5),
        ),
    )


@pytest.fixture(scope="module")
def runs(codebook: Codebook) -> list[ComparedRun]:
    best = replace(compared(codebook, "best", 1, 0.8), is_champion=True)
    poor = compared(codebook, "poor", 2, 0.0)
    differences = {c.task: c for c in compare(poor.judged, best.judged, codebook, 200, 0)}
    return [best, replace(poor, differences=differences)]


class Reader(HTMLParser):
    """Collect tags, ids, addresses and text; fail where tags do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids[str(value)] += 1
            if name in ("src", "href", "xlink:href", "action", "data", "srcset"):
                self.addresses.append(str(value))
            assert not name.startswith("on")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def page(runs: list[ComparedRun], codebook: Codebook) -> str:
    store = "https://who:secret@host/store"
    return comparison_page(runs, codebook, store, MADE, ["document", "place"])


def test_the_page_needs_nothing_from_outside_and_runs_nothing(page: str) -> None:
    reader = read(page)
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
    assert all(address.startswith("#") for address in reader.addresses)
    assert {address[1:] for address in reader.addresses} <= set(reader.ids)
    assert "url(http" not in page
    assert "@import" not in page
    assert [name for name, count in reader.ids.items() if count > 1] == []
    assert re.findall(r"https?://[^\s<]*", page) == ["https://host/store"]
    assert "secret" not in page


def test_the_page_shows_scores_pictures_and_what_differs(page: str, codebook: Codebook) -> None:
    reader = read(page)
    text = " ".join("".join(reader.words).split())
    # Scores, differences to the champion, one of each label, and reliability of the two runs.
    assert reader.tags["svg"] == sum(1 + 1 + len(task.labels) + 2 for task in codebook.tasks)
    assert "0.80" in text
    assert "[0.70, 0.90]" in text
    assert "0.043" in text
    assert "odd <one>" in text
    assert "2026-01-02 03:04 UTC" in text
    assert "By document" in text
    assert "By place" in text
    assert "head.c" in text
    assert "▼" in text
    assert "Take care." not in text
    for task in codebook.tasks:
        assert all(label.display in text for label in task.labels)


def test_what_the_store_holds_is_escaped(runs: list[ComparedRun], codebook: Codebook) -> None:
    name = '<script>alert("1")</script>$x$&'
    odd = [replace(run, name=name, parameters={"p<q>": run.name}) for run in runs]
    page = comparison_page(odd, codebook, "<store>", MADE, ["place"])
    reader = read(page)
    assert "script" not in reader.tags
    assert not {"d0", "i", "store", "q", "one"} & set(reader.tags)
    # Runs of one name are told apart by their ids.
    assert any(f"{name} 11111111" in words for words in reader.words)


def test_equal_input_gives_an_equal_page(runs: list[ComparedRun], codebook: Codebook) -> None:
    pages = {comparison_page(runs[:1], codebook, "s", MADE) for _ in range(2)}
    assert len(pages) == 1


def test_a_paired_difference_is_shown_with_its_direction(
    runs: list[ComparedRun], codebook: Codebook
) -> None:
    task = codebook.tasks[0]
    best, poor = difference_table(runs, task, 0).rows
    assert (best.cells[0].kind, best.cells[1].kind) == ("same", "better")
    assert (poor.cells[0].kind, poor.cells[1].kind) == ("worse", "same")
    assert best.cells[1].text[1:] == poor.cells[0].text[1:]
    assert score_table(runs, task).rows[1].cells[1].text == poor.cells[0].text
    many = [replace(run, run_id=f"{n}{run.run_id}") for n in range(4) for run in runs]
    assert len(difference_table(many, task, 0).head) == 1  # the best one is the first


def test_runs_of_another_codebook_are_shown_without_what_cannot_be_compared(
    runs: list[ComparedRun], codebook: Codebook
) -> None:
    foreign = replace(
        runs[1],
        codebook_digest="e" * 64,
        macro_f1={},
        contrast=(),
        judged=tuple(replace(row, gold={"t": "x"}, predicted={"t": "x"}) for row in runs[1].judged),
    )
    page = comparison_page([runs[0], foreign], codebook, "s", MADE)
    text = "".join(read(page).words)
    assert "Labelled by different codebooks: cccccccccccc (best), eeeeeeeeeeee (poor)" in text
    assert "Judged on different sentences or gold labels; 0 are common to all" in text
    assert "no sentence in common" in text
    assert {c.text for c in label_table([foreign], codebook.tasks[0], 0).rows[0].cells} == {"–"}


def test_only_settings_that_differ_are_shown(runs: list[ComparedRun]) -> None:
    [row] = differing_settings(runs).rows
    assert (row.name, [cell.text for cell in row.cells]) == ("head.c", ["1", "2"])
    newer = replace(runs[1], parameters=runs[0].parameters, versions={"python": "3.12.0"})
    [row] = differing_settings([runs[0], newer]).rows
    assert row.name == "version of python"
    assert differing_settings([runs[0], runs[0]]).rows == ()


def test_other_data_is_warned_of(runs: list[ComparedRun]) -> None:
    assert warnings_of(runs) == []
    [warning] = warnings_of([runs[0], replace(runs[1], dataset_digest="a" * 64)])
    assert warning.startswith("Trained on different data: dddddddddddd (best), aaaaaaaaaaaa (poor)")
    [warning] = warnings_of([runs[0], replace(runs[1], judged=runs[1].judged[:50])])
    assert "50 are common to all (60 sentences (best), 50 sentences (poor))" in warning


def test_a_champion_that_is_gone_is_told_of(runs: list[ComparedRun], codebook: Codebook) -> None:
    assert missing_champions(runs) == []
    gone = [replace(run, differences={}, no_champion="the champion <is> gone") for run in runs]
    assert missing_champions(gone) == ["The champion <is> gone."]
    text = "".join(read(comparison_page(gone, codebook, "s", MADE)).words)
    assert "The champion <is> gone." in text


def test_a_table_for_a_readme_has_every_figure_of_its_runs(
    runs: list[ComparedRun], codebook: Codebook
) -> None:
    best, poor = runs
    task = codebook.tasks[0].name
    logged = {
        f"references/{task}.majority.macro_f1": 0.25,
        f"references/{task}.majority.macro_f1_low": 0.2,
        f"references/{task}.majority.macro_f1_high": 0.3,
        f"{task}/macro_f1_seed_mean": 0.712,
        f"{task}/macro_f1_seed_deviation": 0.0123,
        f"{task}/calibration_error": 0.0511,
        "training/seconds": 61.4,
    }
    pairs = tuple(
        ContrastScore(task=task, phenomenon=name, pairs=9, both=both, sentences=0.5)
        for name, both in ((FLIPS, 0.25), (STAYS, 0.75))
    )
    full = replace(poor, metrics=logged, contrast=pairs)
    lines = results_table([full, best], codebook, against=best).splitlines()
    assert "| minus best |" in lines[0]
    assert len({line.count("|") for line in lines}) == 1
    [of_majority] = [line for line in lines if "| majority |" in line]
    assert "| 0.25 [0.20, 0.30] |" in of_majority
    first = next(line for line in lines if line.startswith(f"| {task} | poor |"))
    assert "| 0.71 ± 0.012 |" in first
    chance = error_by_chance(probability_table(full.judged, codebook.tasks[0])).value
    assert f"| 0.051 ({chance:.3f}) | 0.25 / 0.75 | 61 |" in first
    own = compare_task(full.judged, best.judged, codebook.tasks[0], 2000, 0).difference
    assert f"| {own.value:+.2f} [{own.low:+.2f}, {own.high:+.2f}] |" in first
    last = next(line for line in lines if line.startswith(f"| {task} | best |"))
    chance = error_by_chance(probability_table(best.judged, codebook.tasks[0])).value
    assert last.endswith(f"| – | – | 0.043 ({chance:.3f}) | – | – |")
    assert "difference" in results_table([best], codebook).splitlines()[0]
    counted = replace(full, metrics={**logged, f"{task}/macro_f1_seeds": 3.0})
    assert "| 0.71 ± 0.012 (3) |" in results_table([counted], codebook)
