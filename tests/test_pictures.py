"""Pictures are drawn whatever the scores are."""

from types import SimpleNamespace
from typing import cast

from stancekit.labels.codebook import Codebook
from stancekit.labels.resampling import Interval
from stancekit.training.evaluation import Evaluation
from stancekit.training.pictures import score_picture


def test_an_interval_beside_its_value_is_drawn(codebook: Codebook) -> None:
    def judged(name: str, interval: Interval) -> Evaluation:
        tasks = {task: SimpleNamespace(macro_f1=interval) for task in codebook.task_names}
        return cast(Evaluation, SimpleNamespace(system=name, tasks=tasks))

    above, below = Interval(0.08, 0.09, 0.2), Interval(1.0, 0.5, 0.9)
    figure = score_picture([judged("poor", above), judged("good", below)], codebook)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(codebook.task_names)
