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


def test_guarded_figures_help_no_model_that_is_not_better() -> None:
    superb = {name: 0.0 if "error" in name else 1.0 for name in SAME}
    assert not decide(compared(0.005, 0.0), guarded(TASKS, superb, SAME)).promoted
    decision = decide(compared(0.05, -0.021), guarded(TASKS, superb, SAME))
    assert decision.reason.startswith("worse than the champion: second -0.021")
