"""A bundle with the model of another one, and temperatures and held-out sentences of its own."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from stancekit.models.bundle import CARD, HELD_OUT, replace_bundle
from stancekit.models.held_out import HeldOut
from stancekit.models.manifest import Manifest, Recalibration, read_manifest, verified_content

__all__ = ["write_recalibrated"]

_MARK = "Recalibrated on "


def write_recalibrated(
    folder: Path,
    source: Path,
    *,
    dataset_digest: str,
    sentences: int,
    documents: int,
    temperatures: Mapping[str, float],
    held_out: HeldOut,
) -> Manifest:
    """Write the bundle in `source` to `folder` with other temperatures and held-out sentences.

    They were made of so many `sentences` of `documents`. Raises BundleError if `source` is damaged,
    or `folder` holds anything but a bundle.
    """
    manifest = read_manifest(source)
    contents = {name: verified_content(source, manifest, name) for name in manifest.files}
    contents[HELD_OUT] = held_out.to_bytes(manifest.codebook)
    own = Recalibration(
        bundle=manifest.id,
        dataset_digest=dataset_digest,
        sentences=sentences,
        documents=documents,
    )
    contents[CARD] = _card(contents[CARD].decode(), own).encode()
    fresh = replace(
        manifest,
        written_by=f"stancekit {version('stancekit')}",
        temperatures=dict(temperatures),
        recalibration=own,
    )
    return replace_bundle(folder, fresh, contents)


def _card(card: str, own: Recalibration) -> str:
    """Return `card` with a paragraph about the recalibration behind its title."""
    title, *parts = card.split("\n\n")
    note = (
        f"{_MARK}{own.sentences:,} labelled sentences of {own.documents:,} documents (dataset"
        f" `{own.dataset_digest}`): temperatures and promises rest on them, in place of what bundle"
        f" `{own.bundle}` had. The model is the same, and all that is said below is about that one."
    )
    return "\n\n".join([title, note, *(part for part in parts if not part.startswith(_MARK))])
