"""Pictures of what probabilities are worth: reliability, and errors against coverage."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stancekit.labels.codebook import Codebook
from stancekit.models.predictor import FloatArray, IntArray
from stancekit.training.calibration import reliability, risk_coverage
from stancekit.training.evaluation import Evaluation, gold_indices
from stancekit.training.pictures import COLOURS, row_of_axes, tidy

__all__ = ["reliability_picture", "risk_coverage_picture"]


def reliability_picture(evaluation: Evaluation, codebook: Codebook) -> Figure:
    """Return accuracy over confidence before and after the temperature, one panel a task."""
    figure = Figure(figsize=(4.6 * len(evaluation.tasks), 4.2), layout="constrained")
    panels = row_of_axes(figure, len(evaluation.tasks))
    for axes, (name, task) in zip(panels, evaluation.tasks.items(), strict=True):
        gold = gold_indices(task.sentences, codebook, name)
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
        own = task.calibration
        _draw(axes, task.probabilities, gold, COLOURS[1], f"as the model says ({own.before:.2f})")
        _draw(axes, own.probabilities, gold, COLOURS[0], f"with a temperature ({own.after:.2f})")
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that is right")
        axes.set_title(name, loc="left")
        axes.set_aspect("equal")
        axes.legend(frameon=False, fontsize=9, loc="upper left", title="calibration error")
        tidy(axes, grid="y")
    return figure


def risk_coverage_picture(evaluation: Evaluation, codebook: Codebook) -> Figure:
    """Return the share of errors if only the surest sentences are answered, one line a task."""
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    [axes] = row_of_axes(figure, 1)
    for colour, (name, task) in zip(COLOURS, evaluation.tasks.items(), strict=False):
        gold = gold_indices(task.sentences, codebook, name)
        coverage, risk = risk_coverage(task.calibration.probabilities, gold)
        axes.plot(coverage, risk, color=colour, label=name)
    axes.set(xlim=(0, 1), ylim=(0, None), xlabel="share of sentences answered")
    axes.set_ylabel("share of errors among them")
    axes.legend(frameon=False)
    tidy(axes, grid="y")
    return figure


def _draw(axes: Axes, probabilities: FloatArray, gold: IntArray, colour: str, name: str) -> None:
    bins = reliability(probabilities, gold)
    axes.plot(
        [part.confidence for part in bins],
        [part.accuracy for part in bins],
        color=colour,
        marker="o",
        label=name,
    )
