"""The simulation finds what it should, and the README says what it found."""

from pathlib import Path

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.held_out import HeldOut
from stancekit.models.manifest import read_manifest
from stancekit.serving.estimates.confusion import confusion
from stancekit.serving.estimates.simulation import Setting, simulate
from stancekit.training.coverage.publish import MAKER
from stancekit.training.marked_section import section

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def held_out() -> HeldOut:
    return read_held_out(released_bundle(), read_manifest(released_bundle()))


def test_corrected_intervals_hold_and_the_count_does_not(
    codebook: Codebook, held_out: HeldOut
) -> None:
    task = codebook.tasks[0]
    found = simulate(task, held_out.tasks[task.name], 0, 0.05, Setting(), 300, seed=9)
    own = {row.method: row for row in found if row.quantity == task.label_names[0]}
    assert own["count"].covers < 0.1
    assert own["count"].bias > 0.03
    for method in ("adjusted", "em", "sample"):
        assert 0.91 <= own[method].covers <= 0.99
        assert abs(own[method].bias) < 0.012
        assert own[method].missing < 0.05
    again = simulate(task, held_out.tasks[task.name], 0, 0.05, Setting(), 300, seed=9)
    assert again == found


def test_the_likeness_within_documents_is_found() -> None:
    """Documents of ten, in which a sentence is that of its document with a chance of a half."""
    generator = np.random.default_rng(0)
    documents = np.repeat(np.arange(400), 10)
    own = generator.random(400) < 0.3
    said = np.where(generator.random(4000) < 0.5, own[documents], generator.random(4000) < 0.3)
    gold = np.arange(4000) % 2
    columns = np.column_stack([said, ~said]).astype(np.float64)
    found = confusion(gold, columns, documents)
    assert float(found.alike) == pytest.approx(0.25, abs=0.05)
    alone = confusion(gold, columns, np.arange(4000))
    assert float(alone.alike) == 0
    ratio = found.covariances[0, 0, 0] / alone.covariances[0, 0, 0]
    assert ratio == pytest.approx(1 + 4 * float(found.alike))


def test_the_readme_says_what_make_coverage_found() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = (ROOT / "serving" / "coverage.md").read_text(encoding="utf-8")
    shown = section(readme, MAKER, "README.md").split("\n\n", 1)[1]
    assert page.startswith(shown.strip())
    assert (ROOT / "serving" / "coverage.svg").read_text(encoding="utf-8").startswith("<?xml")
