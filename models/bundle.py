"""The bundle: a folder with all that scoring needs, and the digests that prove it is whole.

`bundle.json` names the codebook, the data and the recipe behind a model, the scores it reached, and
the SHA-256 of every other file. Loading verifies each of them, refuses what it does not know, and
runs no code from the folder.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError
from stancekit.models.calibration import CalibratedModel
from stancekit.models.held_out import HeldOut
from stancekit.models.kinds import Packable, pack, unpack
from stancekit.models.manifest import (
    FORMAT,
    MANIFEST,
    Manifest,
    Score,
    read_manifest,
    verified_content,
)
from stancekit.models.training_text import TrainingText

__all__ = [
    "CARD",
    "HELD_OUT",
    "RELEASED",
    "Bundle",
    "check_bundle_folder",
    "read_bundle",
    "read_held_out",
    "read_training_text",
    "released_bundle",
    "replace_bundle",
    "write_bundle",
]

CARD = "CARD.md"
HELD_OUT = "held_out.json"
TRAINING_TEXT = "training_text.json"
RELEASED = "mpnet"
"""What scores if nothing else is asked for; `tfidf` ships beside it."""

_DRAFT = ".bundle-"


@dataclass(frozen=True)
class Bundle:
    """A verified bundle: what it says of itself, its model, its known errors, its training text."""

    manifest: Manifest
    model: CalibratedModel
    held_out: HeldOut
    training_text: TrainingText

    @property
    def codebook(self) -> Codebook:
        """The codebook that the model was trained with."""
        return self.manifest.codebook

    @property
    def id(self) -> str:
        """The first 12 digits of the manifest's SHA-256, as scores name it."""
        return self.manifest.id[:12]


def released_bundle(name: str = RELEASED) -> Path:
    """Return the folder of a bundle that ships with stancekit: the default one, or that `name`.

    There may be none of that name.
    """
    return Path(__file__).parent / "released" / name


def write_bundle(
    folder: Path,
    model: Packable,
    *,
    name: str,
    dataset_digest: str,
    recipe: str,
    seed: int,
    temperatures: Mapping[str, float],
    scores: tuple[Score, ...],
    held_out: HeldOut,
    training_text: TrainingText,
    card: str,
) -> Manifest:
    """Write `model` as a bundle to `folder`, whole or not at all; equal input gives equal bytes.

    An older bundle in `folder` is replaced; raises BundleError if it holds anything else, or cannot
    be written.
    """
    kind, files = pack(model)
    contents = {
        **files,
        HELD_OUT: held_out.to_bytes(model.codebook),
        TRAINING_TEXT: training_text.to_bytes(),
        CARD: card.encode(),
    }
    manifest = Manifest(
        format=FORMAT,
        id="",
        name=name,
        written_by=f"stancekit {version('stancekit')}",
        kind=kind,
        settings=model.settings,
        codebook=model.codebook,
        codebook_digest=model.codebook.digest,
        dataset_digest=dataset_digest,
        recipe=recipe,
        seed=seed,
        temperatures=dict(temperatures),
        scores=scores,
        files={},
    )
    return replace_bundle(folder, manifest, contents)


def read_bundle(folder: Path, threads: int = 0) -> Bundle:
    """Read and verify the bundle in `folder`; one call of it may use `threads` cores, 0 for all.

    Raises BundleError naming the file if one is missing, added, or differs by a single byte, if the
    format is newer than this version knows, or if a model file holds an unsafe type.
    """
    manifest = read_manifest(folder)
    contents = {name: verified_content(folder, manifest, name) for name in manifest.files}
    strangers = sorted({path.name for path in folder.iterdir()} - {MANIFEST, *manifest.files})
    if strangers:
        raise BundleError(f"{folder}: holds {strangers[0]}, which {MANIFEST} does not name")
    own = (CARD, HELD_OUT, TRAINING_TEXT)
    files = {name: data for name, data in contents.items() if name not in own}
    model = unpack(manifest.kind, files, manifest.settings, manifest.codebook, str(folder), threads)
    return Bundle(
        manifest,
        CalibratedModel(model, manifest.temperatures),
        read_held_out(folder, manifest),
        read_training_text(folder, manifest),
    )


def read_held_out(folder: Path, manifest: Manifest) -> HeldOut:
    """Return what is known of the errors of the bundle in `folder`, without loading its model.

    Raises BundleError if the file is missing, was changed, or is damaged.
    """
    content = verified_content(folder, manifest, HELD_OUT)
    return HeldOut.from_bytes(content, manifest.codebook, str(folder / HELD_OUT))


def read_training_text(folder: Path, manifest: Manifest) -> TrainingText:
    """Return what the bundle in `folder` knows of its training text, without loading its model.

    Raises BundleError if the file is missing, was changed, or is damaged.
    """
    content = verified_content(folder, manifest, TRAINING_TEXT)
    return TrainingText.from_bytes(content, str(folder / TRAINING_TEXT))


def check_bundle_folder(folder: Path) -> None:
    """Raise BundleError if a bundle cannot be written to `folder`, or not without losing a file.

    Whether it can is tried with an empty folder beside it, which goes again.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise BundleError(f"{folder}: is a file, expected a folder")
        strangers = _strangers(folder) if folder.exists() else []
        place = folder.resolve().parent
        while not place.exists():
            place = place.parent
        with tempfile.TemporaryDirectory(dir=place, prefix=_DRAFT):
            pass
    except OSError as fault:
        raise BundleError(f"{folder}: cannot be written ({fault.strerror})") from None
    if strangers:
        raise BundleError(
            f"{folder}: holds {strangers[0]}, which is no part of a bundle; not replaced"
        )


def _strangers(folder: Path) -> list[str]:
    """Return the names in `folder` that are no part of a bundle."""
    try:
        own = {MANIFEST, *json.loads((folder / MANIFEST).read_bytes())["files"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        own = set()
    return sorted({path.name for path in folder.iterdir()} - own)


def replace_bundle(folder: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> Manifest:
    """Write files and a manifest that names them, whole or not at all; returns that manifest.

    An older bundle in `folder` is replaced; raises BundleError if it holds anything else, or cannot
    be written.
    """
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    named = replace(manifest, files=digests).with_id()
    _replace(folder, {**contents, MANIFEST: named.to_json().encode()})
    return named


def _replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder = folder.resolve()
    check_bundle_folder(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=_DRAFT) as parent:
            fresh, old = Path(parent) / "new", Path(parent) / "old"
            fresh.mkdir()
            for name, data in contents.items():
                (fresh / name).write_bytes(data)
            try:
                if folder.exists():
                    folder.rename(old)
                fresh.rename(folder)
            except BaseException:
                if fresh.exists() and old.exists():
                    old.rename(folder)
                raise
    except OSError as fault:
        raise BundleError(f"{folder}: cannot be written ({fault.strerror})") from None
