"""The gate: who takes the alias, and the sentence that says why or why not."""

import pytest

from stancekit.labels.resampling import Interval
from stancekit.training.judged import Comparison
from stancekit.training.promotion import decide, guarded

TASKS = ("first", "second")
SAME = {
    f"{task}/{name}": value
    for task in TASKS
    for name, value in (
        ("calibration_error", 0.06),
        ("contrast.label_flips", 0.30),
        ("contrast.label_stays", 0.90),
    )
}


def compared(first: float, second: float, width: float = 0.01) -> list[Comparison]:
    return [
        Comparison(task, Interval(value, value - width, value + width), 50, 50, 50)
        for task, value in zip(TASKS, (first, second), strict=True)
    ]


@pytest.mark.parametrize(("first", "second"), [(0.05, 0.05), (0.05, 0.0), (0.05, -0.019)])
def test_better_on_one_task_and_not_worse_on_the_other_is_enough(
    first: float, second: float
) -> None:
    decision = decide(compared(first, second), guarded(TASKS, SAME, SAME))
    assert decision.promoted
    assert decision.reason.startswith("better than the champion: first +0.050 [+0.040, +0.060]")
    assert "not compared" not in decision.reason


@pytest.mark.parametrize(
    ("metric", "value", "said"),
    [
        (
            "second/calibration_error",
            0.081,
            "calibration error of second (0.081, the champion's 0.060, margin 0.02)",
        ),
        (
            "first/contrast.label_flips",
            0.26,
            "flipping contrast pairs of first (0.260, the champion's 0.300, margin 0.03)",
        ),
        (
            "second/contrast.label_stays",
            0.86,
            "staying contrast pairs of second (0.860, the champion's 0.900, margin 0.03)",
        ),
    ],
)
def test_a_better_model_is_refused_for_what_it_loses(metric: str, value: float, said: str) -> None:
    decision = decide(compared(0.05, 0.05), guarded(TASKS, {**SAME, metric: value}, SAME))
    assert not decision.promoted
    assert said in decision.reason
    assert decision.reason.count("margin") == 1
    assert "\n" not in decision.reason


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("first/calibration_error", 0.08),
        ("first/calibration_error", 0.01),
        ("first/contrast.label_flips", 0.27),
        ("first/contrast.label_flips", 0.99),
    ],
)
def test_what_stays_within_the_margin_or_gains_is_no_loss(metric: str, value: float) -> None:
    assert decide(compared(0.05, 0.05), guarded(TASKS, {**SAME, metric: value}, SAME)).promoted


def test_a_figure_that_is_no_number_is_a_loss() -> None:
    broken = {**SAME, "first/calibration_error": float("nan")}
    assert not decide(compared(0.05, 0.05), guarded(TASKS, broken, SAME)).promoted


def test_what_an_older_champion_lacks_is_not_compared_and_that_is_said() -> None:
    older = {name: value for name, value in SAME.items() if "label_flips" not in name}
    poor = {**SAME, "first/contrast.label_flips": 0.0}
    decision = decide(compared(0.05, 0.05), guarded(TASKS, poor, older))
    assert decision.promoted
    assert (
        "not compared, as the champion lacks it: flipping contrast pairs of first,"
        " flipping contrast pairs of second"
    ) in decision.reason


def test_what_the_champion_has_and_a_new_model_lacks_keeps_it_a_candidate() -> None:
    fewer = {name: value for name, value in SAME.items() if name != "second/contrast.label_stays"}
    decision = decide(compared(0.05, 0.05), guarded(TASKS, fewer, SAME))
    assert not decision.promoted
    assert decision.reason.endswith(
        "; but it lacks what the champion has: staying contrast pairs of second"
    )
    poor = {**fewer, "first/calibration_error": 0.5}
    decision = decide(compared(0.05, 0.05), guarded(TASKS, poor, SAME))
    assert "but worse in calibration error of first (0.500" in decision.reason
    assert "; and it lacks what the champion has" in decision.reason
    assert decide(compared(0.05, 0.05), guarded(TASKS, {}, {})).promoted


def test_shares_of_other_pairs_are_not_compared_and_that_is_said() -> None:
    poor = {**SAME, "first/contrast.label_flips": 0.0}
    metrics = [name for name in SAME if "contrast" in name]
    same = dict.fromkeys(metrics, True)
    decision = decide(compared(0.05, 0.05), guarded(TASKS, poor, SAME, same))
    assert not decision.promoted
    assert "without knowing" not in decision.reason
    changed = {**same, "first/contrast.label_flips": False}
    decision = decide(compared(0.05, 0.05), guarded(TASKS, poor, SAME, changed))
    assert decision.promoted
    assert decision.reason.endswith(
        "; not compared, as the pairs have changed: flipping contrast pairs of first"
    )


def test_pairs_that_an_older_run_did_not_record_are_compared_and_that_is_said() -> None:
    said = "; compared without knowing whether the pairs are the same: flipping contrast pairs of"
    good = decide(compared(0.05, 0.05), guarded(TASKS, SAME, SAME))
    assert good.promoted
    assert f"{said} first, flipping contrast pairs of second, staying" in good.reason
    assert "calibration" not in good.reason
    poor = {**SAME, "second/contrast.label_flips": 0.0}
    refused = decide(compared(0.05, 0.05), guarded(TASKS, poor, SAME))
    assert not refused.promoted
    assert refused.reason.endswith(f"{said} second")


def test_the_sentences_in_common_are_counted_of_one_task() -> None:
    difference = Interval(0.1, 0.05, 0.15)
    comparisons = [
        Comparison("first", difference, 300, 302, 302),
        Comparison("second", difference, 100, 100, 250),
    ]
    decision = decide(comparisons)
    assert not decision.promoted
    assert "(100 of 250 in common on second)" in decision.reason


def test_guarded_figures_help_no_model_that_is_not_better() -> None:
    superb = {name: 0.0 if "error" in name else 1.0 for name in SAME}
    assert not decide(compared(0.005, 0.0), guarded(TASKS, superb, SAME)).promoted
    decision = decide(compared(0.05, -0.021), guarded(TASKS, superb, SAME))
    assert decision.reason.startswith("worse than the champion: second -0.021")


@pytest.mark.parametrize(
    ("changed", "promoted"), [((1, 0), True), ((5, 0), True), ((6, 0), False), ((12, 3), False)]
)
def test_pairs_count_as_lost_where_more_are_than_chance_would_have_it(
    changed: tuple[int, int], promoted: bool
) -> None:
    """Of five that changed all are lost once in 32 trials by chance, of six once in 64."""
    metric = "first/contrast.label_stays"
    poor = {**SAME, metric: 0.80}
    known = {name: True for name in SAME if "contrast" in name}
    figures = guarded(TASKS, poor, SAME, known, {metric: changed})
    decision = decide(compared(0.05, 0.05), figures)
    assert decision.promoted is promoted
    said = f"{changed[0]} pairs lost, {changed[1]} won"
    assert (f"no more than chance lost in staying contrast pairs of first (0.800, the champion's"
            f" 0.900: {said})" in decision.reason) is promoted  # fmt: skip
    within = guarded(TASKS, {**SAME, metric: 0.88}, SAME, known, {metric: (20, 0)})
    assert decide(compared(0.05, 0.05), within).promoted  # the margin holds, too
