import csv
import io
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from stancekit.labels.codebook import Codebook, read_codebook
from stancekit.labels.errors import InputError
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.serving.design import draw
from stancekit.serving.estimates import Estimate, OwnLabels, estimate
from stancekit.serving.estimates.adjusted import nearest_shares
from stancekit.serving.estimates.files import write_estimates
from stancekit.serving.estimates.intervals import wilson
from stancekit.serving.estimates.page import estimate_table
from stancekit.serving.estimates.periods import period
from stancekit.serving.score_table import ScoreTable, score_table

BUNDLE = "b" * 12


@pytest.fixture(scope="module")
def weather() -> Codebook:
    """Two labels with values and one without; a task of two labels that has no net value."""
    found = read_codebook(Path(__file__).parent / "own_codebook" / "codebook.toml")
    task = found.tasks[0]
    label = task.labels[0]
    mood = replace(
        task,
        name="mood",
        default="calm",
        rules=(),
        labels=(
            replace(label, name="glad", value=1, examples=()),
            replace(label, name="cross", value=-1, examples=()),
            replace(label, name="calm", value=0, examples=()),
        ),
    )
    place = replace(
        task,
        name="place",
        default="out",
        rules=(),
        labels=(
            replace(label, name="in", value=0, examples=()),
            replace(label, name="out", value=0, examples=()),
        ),
    )
    return replace(found, tasks=(mood, place))


def table_of(
    book: Codebook,
    documents: Sequence[str],
    mood: Sequence[int],
    place: Sequence[int] | None = None,
    sure: float = 0.8,
    **metadata: Sequence[object],
) -> ScoreTable:
    columns: dict[str, object] = {
        "document": list(documents),
        "sentence": list(range(len(documents))),
        "start": [10 * n for n in range(len(documents))],
        "end": [10 * n + 5 for n in range(len(documents))],
        "text": [f"s{n:04d}" for n in range(len(documents))],
        "bundle": [BUNDLE] * len(documents),
        "codebook": ["c" * 12] * len(documents),
    }
    for task, codes in zip(book.tasks, (mood, place or [0] * len(documents)), strict=True):
        columns[task.name] = [task.label_names[code] for code in codes]
        rest = (1 - sure) / (len(task.labels) - 1)
        for position, label in enumerate(task.label_names):
            said = [sure if code == position else rest for code in codes]
            columns[f"{task.name}_{label}"] = said
    return score_table(pa.table({**columns, **metadata}), book, BUNDLE, "here")


def held_out_of(book: Codebook, confusions: Sequence[Sequence[Sequence[int]]]) -> HeldOut:
    tasks = {}
    for task, counts in zip(book.tasks, confusions, strict=True):
        gold, predicted = [], []
        for row, own in enumerate(counts):
            for column, count in enumerate(own):
                gold += [row] * count
                predicted += [column] * count
        labels = len(task.labels)
        rest = 0.2 / (labels - 1)
        said = np.where(np.eye(labels)[predicted] == 1, 0.8, rest)
        documents = tuple(f"d{n % 4}" for n in range(len(gold)))
        tasks[task.name] = HeldOutTask(documents, np.array(gold), said)
    return HeldOut(tasks)


MOOD = [[80, 10, 10], [5, 90, 5], [10, 20, 70]]
PLACE = [[45, 5], [10, 40]]


@pytest.fixture(scope="module")
def held_out(weather: Codebook) -> HeldOut:
    return held_out_of(weather, [MOOD, PLACE])


def by_name(found: Sequence[Estimate], method: str, **where: object) -> dict[str, Estimate]:
    return {
        own.quantity: own
        for own in found
        if own.method == method and all(getattr(own, k) == v for k, v in where.items())
    }


def test_the_count_is_the_share_of_predictions(weather: Codebook, held_out: HeldOut) -> None:
    documents = ["a"] * 6 + ["b"] * 2
    table = table_of(weather, documents, [0, 0, 0, 1, 2, 2, 1, 1])
    found = by_name(estimate(table, held_out, methods=["count"]), "count", task="mood")
    assert [found[name].value for name in ("glad", "cross", "calm")] == [3 / 8, 3 / 8, 2 / 8]
    assert found["net"].value == 0
    assert (found["glad"].sentences, found["glad"].documents) == (8, 2)
    whole = by_name(
        estimate(table, held_out, methods=["count"], unit="document"), "count", task="mood"
    )
    assert whole["cross"].value == pytest.approx((1 / 6 + 1) / 2)
    assert whole["net"].value == pytest.approx((3 / 6 - (1 / 6 + 1)) / (3 / 6 + 1 / 6 + 1))
    for own in (*found.values(), *whole.values()):
        assert own.low <= own.value <= own.high
    assert "net" not in by_name(estimate(table, held_out, methods=["count"]), "count", task="place")


def test_known_errors_are_corrected_exactly(weather: Codebook, held_out: HeldOut) -> None:
    """Predictions as the rates make them of known shares give these shares back."""
    shares = np.array([0.2, 0.5, 0.3])
    rates = np.array(MOOD) / 100
    counts = np.round(1000 * shares @ rates).astype(int)
    mood = np.repeat(np.arange(3), counts)
    generator = np.random.default_rng(0)
    documents = [f"d{n}" for n in generator.integers(20, size=1000)]
    table = table_of(weather, documents, generator.permutation(mood).tolist())
    found = estimate(table, held_out, methods=["count", "adjusted", "em"])
    for method in ("adjusted", "em"):
        own = by_name(found, method, task="mood")
        for name, share in zip(("glad", "cross", "calm"), shares, strict=True):
            assert own[name].value == pytest.approx(share, abs=1e-6)
            assert own[name].low < share < own[name].high
        assert own["net"].value == pytest.approx(-0.3 / 0.7, abs=1e-6)
        counted = by_name(found, "count", task="mood")
        assert own["glad"].high - own["glad"].low > counted["glad"].high - counted["glad"].low


def test_groups_and_periods_are_cells_of_their_own(weather: Codebook, held_out: HeldOut) -> None:
    documents = ["a", "a", "b", "b", "c", "c", "d"]
    table = table_of(
        weather,
        documents,
        [0, 0, 1, 1, 2, 2, 0],
        outlet=["x", "x", "x", "x", None, None, "y"],
        date=["2021-09-28", "2021-09-28", "2021-08", "2021-08", "2022-01-03T10:00", "2022-01-03",
              "2021"],
    )  # fmt: skip
    found = estimate(table, held_out, by=["outlet"], over="quarter", methods=["count"])
    cells = {(own.group, own.period): own for own in found if own.quantity == "glad"}
    assert list(cells) == [(("",), "2022-Q1"), (("x",), "2021-Q3")]
    assert cells[("x",), "2021-Q3"].value == 0.5
    assert cells[("",), "2022-Q1"].documents == 1
    assert math.isnan(cells[("",), "2022-Q1"].low)
    assert cells[("",), "2022-Q1"].note == "one document, so no interval"
    years = estimate(table, held_out, over="year", methods=["count"])
    assert {own.period for own in years} == {"2021", "2022"}
    with pytest.raises(InputError, match="no column 'when'"):
        estimate(table, held_out, over="year", date_column="when", methods=["count"])
    with pytest.raises(InputError, match="'outlet' has no ISO date"):
        estimate(table, held_out, over="year", date_column="outlet", methods=["count"])
    with pytest.raises(InputError, match="expected one of day, month"):
        estimate(table, held_out, over="week", methods=["count"])
    with pytest.raises(InputError, match="given more than once"):
        estimate(table, held_out, by=["outlet", "outlet"], methods=["count"])


def test_many_columns_of_many_values_make_the_cells_that_there_are(
    weather: Codebook, held_out: HeldOut
) -> None:
    """As many as could be are more than a whole number of 64 bits can count."""
    names = [f"c{n}" for n in range(12)]
    values = [f"v{n // 2:02d}" for n in range(120)]
    columns = dict.fromkeys(names, values)
    table = table_of(weather, [f"d{n}" for n in range(120)], [0, 1] * 60, **columns)
    found = estimate(table, held_out, by=names, methods=["count"])
    groups = {own.group: own.sentences for own in found}
    assert groups == dict.fromkeys(((value,) * 12 for value in values), 2)
    assert len(draw(table, 20, names).rows) == 20


def test_each_cell_is_as_if_it_were_alone(weather: Codebook, held_out: HeldOut) -> None:
    generator = np.random.default_rng(1)
    rows = 900
    documents = generator.integers(60, size=rows)
    mood, place = generator.integers(3, size=rows), generator.integers(2, size=rows)
    drawn = generator.random(rows) < 0.4

    def part(wanted: np.ndarray) -> tuple[ScoreTable, OwnLabels]:
        table = table_of(
            weather,
            [f"d{n}" for n in documents[wanted]],
            mood[wanted].tolist(),
            place[wanted].tolist(),
            sure=0.7,
            side=[str(n % 2) for n in documents[wanted]],
        )
        chosen = np.flatnonzero(drawn[wanted])
        gold = {"mood": mood[wanted][chosen], "place": 1 - place[wanted][chosen]}
        return table, OwnLabels(chosen, np.full(len(chosen), 0.4), gold)

    methods = ["count", "adjusted", "em", "sample"]
    for unit in ("sentence", "document"):
        table, own = part(np.ones(rows, dtype=bool))
        both = estimate(table, held_out, by=["side"], methods=methods, own=own, unit=unit)
        for side in (0, 1):
            table, own = part(documents % 2 == side)
            alone = estimate(table, held_out, methods=methods, own=own, unit=unit)
            beside = [found for found in both if found.group == (str(side),)]
            for first, second in zip(alone, beside, strict=True):
                assert (first.task, first.quantity) == (second.task, second.quantity)
                for name in ("value", "low", "high"):
                    assert getattr(first, name) == pytest.approx(getattr(second, name), abs=1e-6)


def test_what_cannot_be_corrected_is_missing_with_its_reason(weather: Codebook) -> None:
    documents = [f"d{n}" for n in range(40)]
    table = table_of(weather, documents, [n % 3 for n in range(40)])
    few = held_out_of(weather, [[[5, 1, 1], [5, 90, 5], [10, 20, 70]], PLACE])
    found = estimate(table, few, methods=["adjusted", "em"])
    for own in found:
        if own.task == "mood":
            assert math.isnan(own.value)
            assert math.isnan(own.low)
            assert own.note == "7 held-out sentences of 'glad', 10 are needed"
        else:
            assert not own.note
    alike = held_out_of(weather, [[[40, 30, 30], [38, 32, 30], [10, 20, 70]], PLACE])
    for method in ("adjusted", "em"):
        own = by_name(estimate(table, alike, methods=[method]), method, task="mood")["glad"]
        assert math.isnan(own.value)
        assert own.note == "the model confuses labels too much to correct for it"
    small = table_of(weather, ["a", "b", "c", "d"], [0, 1, 2, 0])
    [own, *_] = estimate(small, held_out_of(weather, [MOOD, PLACE]), methods=["adjusted"])
    assert math.isnan(own.value)
    assert own.note == "documents: 4, 5 are needed"


def test_what_nobody_labelled_is_missing_with_its_reason(weather: Codebook) -> None:
    """A label that the model never says, and a task without a held-out sentence."""
    table = table_of(weather, [f"d{n}" for n in range(40)], [n % 3 for n in range(40)])
    names = tuple(f"d{n % 4}" for n in range(60))
    said = np.tile([0.5, 0.5, 0.0], (60, 1))
    none = HeldOutTask((), np.array([], dtype=np.int64), np.zeros((0, 2)))
    methods = ["adjusted", "em"]
    never = HeldOut({"mood": HeldOutTask(names, np.arange(60) % 2, said), "place": none})
    for own in estimate(table, never, methods=methods):
        assert math.isnan(own.value)
        assert math.isnan(own.low)
        label = {"mood": "calm", "place": "in"}[own.task]
        assert own.note == f"0 held-out sentences of '{label}', 10 are needed"
    unsaid = HeldOut({"mood": HeldOutTask(names, np.arange(60) % 3, said), "place": none})
    for own in estimate(table, unsaid, methods=methods)[:8]:
        assert own.note == "the model confuses labels too much to correct for it"


def test_a_share_below_what_errors_make_is_told(weather: Codebook) -> None:
    """Some would be called glad if none was; here it is nobody, in very many documents."""
    documents = [f"d{n // 2}" for n in range(4000)]
    table = table_of(weather, documents, [1 + n % 2 for n in range(4000)])
    sure = held_out_of(weather, [[[40 * n for n in row] for row in MOOD], PLACE])
    own = by_name(estimate(table, sure, methods=["adjusted"]), "adjusted", task="mood")["glad"]
    assert own.value == 0
    assert own.low == 0 < own.high < 0.1
    assert own.note.startswith("outside of what is possible")


def test_the_net_value_of_nothing_is_missing(weather: Codebook, held_out: HeldOut) -> None:
    table = table_of(weather, [f"d{n}" for n in range(20)], [2] * 20)
    net = by_name(estimate(table, held_out, methods=["count"]), "count", task="mood")["net"]
    assert math.isnan(net.value)
    assert math.isnan(net.low)
    assert net.note == "no share with a value, so no net value"
    none = by_name(estimate(table, held_out, methods=["count"]), "count", task="mood")["glad"]
    assert none.value == 0 == none.low < none.high < 0.25


def test_documents_that_agree_leave_doubt(weather: Codebook, held_out: HeldOut) -> None:
    """One of ten sentences in each of three: what rounding makes of their variance counts as 0."""
    documents = [f"d{n // 10}" for n in range(30)]
    table = table_of(weather, documents, [int(n % 10 > 0) for n in range(30)])
    own = by_name(estimate(table, held_out, methods=["count"]), "count", task="mood")
    for found in (own["glad"], own["cross"], own["net"]):
        assert found.high - found.low > 0.5
    share, fewest, degrees = np.array([0.1]), np.array([3.0]), np.array([2.0])
    bounds = [wilson(share, np.array([own]), fewest, degrees) for own in (0.0, 1e-34)]
    assert bounds[0] == bounds[1]
    assert bounds[0][1] > 0.5


def test_own_labels_correct_whatever_the_model_says(weather: Codebook, held_out: HeldOut) -> None:
    """All are labelled, so the estimate is the truth, and only documents are left to chance."""
    generator = np.random.default_rng(2)
    truth = generator.integers(3, size=300)
    table = table_of(weather, [f"d{n // 10}" for n in range(300)], [0] * 300)
    own = OwnLabels(np.arange(300), np.ones(300), {"mood": truth, "place": truth * 0})
    found = by_name(estimate(table, held_out, methods=["sample"], own=own), "sample", task="mood")
    for position, name in enumerate(("glad", "cross", "calm")):
        assert found[name].value == pytest.approx((truth == position).mean())
        assert found[name].high - found[name].low > 0.05
    few = OwnLabels(np.arange(9), np.ones(9), {"mood": truth[:9], "place": truth[:9] * 0})
    [none, *_] = estimate(table, held_out, methods=["sample"], own=few)
    assert math.isnan(none.value)
    assert none.note == "9 own labels here, 10 are needed"
    with pytest.raises(InputError, match="'sample' needs labels of your own"):
        estimate(table, held_out, methods=["sample"])
    with pytest.raises(InputError, match="'guess': expected one of count"):
        estimate(table, held_out, methods=["guess"])


def test_a_label_that_nobody_gave_has_a_possible_share(
    weather: Codebook, held_out: HeldOut
) -> None:
    """Of the sentences called calm too many are drawn, and none of them is."""
    mood = np.repeat([0, 1, 2], [200, 180, 20])
    table = table_of(weather, [f"d{n % 40}" for n in range(400)], mood.tolist())
    rows = np.concatenate([np.arange(20), np.arange(200, 220), np.arange(380, 384)])
    gold = np.repeat([0, 1, 1], [20, 20, 4])
    own = OwnLabels(rows, np.full(44, 0.11), {"mood": gold, "place": gold * 0})
    found = by_name(estimate(table, held_out, methods=["sample"], own=own), "sample", task="mood")
    assert found["calm"].value == 0 == found["calm"].low < found["calm"].high < 0.3
    assert sum(found[name].value for name in ("glad", "cross", "calm")) == pytest.approx(1)
    for one in found.values():
        assert (-1 if one.quantity == "net" else 0) <= one.low <= one.value <= one.high <= 1


def test_a_sample_of_one_document_has_no_interval(weather: Codebook, held_out: HeldOut) -> None:
    table = table_of(weather, ["a"] * 20, [n % 3 for n in range(20)])
    gold = np.arange(20) % 3
    own = OwnLabels(np.arange(20), np.ones(20), {"mood": gold, "place": gold * 0})
    found = by_name(estimate(table, held_out, methods=["sample"], own=own), "sample", task="mood")
    for one in found.values():
        assert not math.isnan(one.value)
        assert math.isnan(one.low)
        assert one.note == "one document, so no interval"


def test_the_weight_of_a_label_is_what_it_stands_for(weather: Codebook, held_out: HeldOut) -> None:
    """One of two labels is drawn ten times as often; the estimate is not that of the sample."""
    generator = np.random.default_rng(3)
    truth = (generator.random(20_000) < 0.5).astype(int)
    table = table_of(weather, [f"d{n // 20}" for n in range(20_000)], [0] * 20_000)
    chances = np.where(truth == 0, 0.1, 0.01)
    drawn = np.flatnonzero(generator.random(20_000) < chances)
    own = OwnLabels(drawn, chances[drawn], {"mood": truth[drawn], "place": truth[drawn]})
    found = by_name(estimate(table, held_out, methods=["sample"], own=own), "sample", task="mood")
    assert (truth[drawn] == 0).mean() > 0.85
    assert found["glad"].value == pytest.approx((truth == 0).mean(), abs=0.06)
    assert found["glad"].low < (truth == 0).mean() < found["glad"].high


@given(st.lists(st.floats(-2, 3), min_size=2, max_size=6))
@settings(max_examples=100, deadline=None)
def test_the_nearest_shares_are_shares_and_the_nearest(values: list[float]) -> None:
    given_shares = np.array([values])
    found = nearest_shares(given_shares)[0]
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    distance = ((found - values) ** 2).sum()
    for other in np.random.default_rng(0).dirichlet(np.ones(len(values)), size=50):
        assert distance <= ((other - values) ** 2).sum() + 1e-9


@given(st.dates().filter(lambda day: day.year >= 1000))
def test_every_day_is_in_its_periods(day: object) -> None:
    text = str(day)
    assert period(text, "day") == text
    assert period(text, "month") == period(text[:7], "month") == text[:7]
    assert period(text, "year") == period(f"{text} 23:59:59+00:00", "year") == text[:4]
    assert period(text, "quarter")[:6] == f"{text[:4]}-Q"
    assert not period(text[:4], "month")
    assert not period(text[:7], "day")


@pytest.mark.parametrize("date", ["", "2021-13", "2021-02-30", "28.9.2021", "20210928", "n.d."])
def test_what_is_no_date_has_no_period(date: str) -> None:
    assert not period(date, "year")


def test_columns_called_like_ours_or_like_markup_are_kept(
    weather: Codebook, held_out: HeldOut, tmp_path: Path
) -> None:
    names = ["value", "value_in", "x[/y]", "x [en]"]
    columns = {name: [name.upper()] * 4 for name in names}
    table = table_of(weather, ["a", "a", "b", "b"], [0, 1, 2, 0], **columns)
    found = estimate(table, held_out, by=names, methods=["count"])
    write_estimates(tmp_path / "e.csv", found, names)
    [row, *_] = csv.DictReader((tmp_path / "e.csv").read_text(encoding="utf-8").splitlines())
    assert float(row["value"]) == found[0].value
    kept = [row[name] for name in ("value_in_in", "value_in", "x[/y]", "x [en]")]
    assert kept == [name.upper() for name in names]
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(estimate_table(found, names))
    header, *_ = console.export_text().splitlines()
    assert all(name in header for name in names)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 1), st.booleans()),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from(["sentence", "document"]),
    st.sampled_from([0.4, 0.8, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_every_estimate_is_within_its_interval_or_has_a_reason(
    weather: Codebook,
    held_out: HeldOut,
    rows: list[tuple[int, int, int, bool]],
    unit: str,
    sure: float,
) -> None:
    documents, mood, place, drawn = zip(*rows, strict=True)
    names = [f"d{n}" for n in documents]
    table = table_of(weather, names, mood, place, sure=sure, side=[str(n % 2) for n in documents])
    chosen = np.flatnonzero(np.array(drawn))
    gold = {"mood": np.array(mood)[chosen[::-1]], "place": np.array(place)[chosen]}
    own = OwnLabels(chosen, np.full(len(chosen), 0.5), gold)
    methods = ["count", "adjusted", "em", "sample"]
    for found in estimate(table, held_out, by=["side"], unit=unit, methods=methods, own=own):
        least = -1 if found.quantity == "net" else 0
        if math.isnan(found.low):
            assert found.note
        else:
            assert least <= found.low <= found.value <= found.high <= 1
