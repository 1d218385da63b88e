"""What the service says of its codebook and of its bundle."""

from dataclasses import asdict

from stancekit.labels.codebook import Codebook
from stancekit.models.manifest import Manifest

__all__ = ["shown_bundle", "shown_codebook"]

_OF_THE_BUNDLE = (
    "id", "name", "kind", "written_by", "codebook_digest", "dataset_digest", "recipe", "seed",
    "temperatures", "scores",
)  # fmt: skip


def shown_codebook(codebook: Codebook) -> dict[str, object]:
    """Return tasks, labels and rules, without what only their making needs."""
    content = asdict(codebook)
    del content["unit"]
    for task in content["tasks"]:
        for label in task["labels"]:
            del label["lexicon"]
    return {**content, "digest": codebook.digest}


def shown_bundle(manifest: Manifest) -> dict[str, object]:
    """Return what made the model, and how good it is."""
    content = asdict(manifest)
    return {name: content[name] for name in _OF_THE_BUNDLE}
