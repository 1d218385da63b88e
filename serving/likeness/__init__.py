"""Whether what was scored is like the text that the model was trained on."""

from stancekit.serving.likeness.counts import LikenessCounts
from stancekit.serving.likeness.likeness import Likeness, likeness_of, likeness_of_table
from stancekit.serving.likeness.reference import Reference
from stancekit.serving.likeness.shift import Shift

__all__ = [
    "Likeness",
    "LikenessCounts",
    "Reference",
    "Shift",
    "likeness_of",
    "likeness_of_table",
]
