"""The bundle: a folder with all that scoring needs, and the digests that prove it is whole.

`bundle.json` names the codebook, the data and the recipe behind a model, the scores it reached, and
the SHA-256 of every other file. Loading verifies each of them, refuses what it does not know, and
runs no code from the folder.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.errors import BundleError
from stancekit.models.calibration import CalibratedModel
from stancekit.models.kinds import KINDS, Packable, Settings, pack, unpack

__all__ = [
    "RELEASED",
    "Bundle",
    "Manifest",
    "Score",
    "check_bundle_folder",
    "read_bundle",
    "released_bundle",
    "write_bundle",
]

FORMAT = 2
MANIFEST = "bundle.json"
CARD = "CARD.md"
RELEASED = "mpnet"
"""What scores if nothing else is asked for; `tfidf` ships beside it."""


@strict
class Score:
    """A figure with its 95 % interval and the signature that says how it came about."""

    task: str
    metric: str
    value: float
    low: float
    high: float
    signature: str


@strict
class Manifest:
    """The content of `bundle.json`; `id` is the SHA-256 of all the rest of it."""

    format: int
    id: str
    name: str
    written_by: str
    kind: str
    settings: Settings
    codebook: Codebook
    codebook_digest: str
    dataset_digest: str
    recipe: str
    seed: int
    temperatures: dict[str, float]
    scores: tuple[Score, ...]
    files: dict[str, str]

    def to_json(self) -> str:
        """Return the exact content of `bundle.json`."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    def with_id(self) -> "Manifest":
        """Return this manifest with the id that its content has."""
        blank = replace(self, id="")
        return replace(self, id=hashlib.sha256(blank.to_json().encode()).hexdigest())


@dataclass(frozen=True)
class Bundle:
    """A verified bundle: what it says of itself, and its model."""

    manifest: Manifest
    model: CalibratedModel

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
    card: str,
) -> Manifest:
    """Write `model` as a bundle to `folder`, whole or not at all; equal input gives equal bytes.

    An older bundle in `folder` is replaced; raises BundleError if it holds anything else.
    """
    kind, files = pack(model)
    contents = {**files, CARD: card.encode()}
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
        files={name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
    ).with_id()
    _replace(folder, {**contents, MANIFEST: manifest.to_json().encode()})
    return manifest


def read_bundle(folder: Path, threads: int = 0) -> Bundle:
    """Read and verify the bundle in `folder`; one call of it may use `threads` cores, 0 for all.

    Raises BundleError naming the file if one is missing, added, or differs by a single byte, if the
    format is newer than this version knows, or if a model file holds an unsafe type.
    """
    manifest = _read_manifest(folder)
    contents = {name: _read(folder, name, digest) for name, digest in manifest.files.items()}
    strangers = sorted({path.name for path in folder.iterdir()} - {MANIFEST, *manifest.files})
    if strangers:
        raise BundleError(f"{folder}: holds {strangers[0]}, which {MANIFEST} does not name")
    files = {name: data for name, data in contents.items() if name != CARD}
    model = unpack(manifest.kind, files, manifest.settings, manifest.codebook, str(folder), threads)
    return Bundle(manifest, CalibratedModel(model, manifest.temperatures))


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not folder.is_dir():
        raise BundleError(f"{folder}: is not a folder; a bundle is a folder with a {MANIFEST}")
    try:
        content = path.read_bytes().decode("utf-8")
        head = json.loads(content)
    except OSError as fault:
        raise BundleError(f"{path}: cannot be read ({fault.strerror})") from None
    except (ValueError, RecursionError):
        raise BundleError(f"{path}: is not JSON in UTF-8; the bundle is damaged") from None
    _check_head(head, path)
    manifest = parse_json(content, Manifest, str(path), BundleError)
    if manifest.to_json() != content or manifest.with_id().id != manifest.id:
        raise BundleError(f"{path}: has been changed since it was written (its id does not match)")
    checked = Codebook.from_json(manifest.codebook.to_json(), str(path))
    if checked.digest != manifest.codebook_digest:
        raise BundleError(f"{path}: the codebook does not have the digest that is given for it")
    if set(manifest.temperatures) != set(checked.task_names):
        raise BundleError(f"{path}: expected a temperature for each task of its codebook")
    if not all(0 < temperature < float("inf") for temperature in manifest.temperatures.values()):
        raise BundleError(f"{path}: a temperature should be a number above 0")
    return manifest


def _check_head(head: Any, path: Path) -> None:
    given = head.get("format") if isinstance(head, dict) else None
    if given != FORMAT:
        raise BundleError(f"{path}: bundle format is {given!r}, this version reads format {FORMAT}")
    if head.get("kind") not in list(KINDS):
        raise BundleError(
            f"{path}: kind of model is {head.get('kind')!r}, expected one of {', '.join(KINDS)}"
        )


def _read(folder: Path, name: str, digest: str) -> bytes:
    path = folder / name
    if Path(name).name != name or path.is_symlink():
        raise BundleError(f"{folder / MANIFEST}: '{name}' is not a plain file of the bundle")
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise BundleError(f"{path}: cannot be read ({fault.strerror})") from None
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise BundleError(
            f"{path}: SHA-256 is {found[:12]}..., {MANIFEST} says {digest[:12]}...;"
            " the file has been changed or damaged"
        )
    return content


def check_bundle_folder(folder: Path) -> None:
    """Raise BundleError if a bundle could not be written to `folder` without losing other files."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BundleError(f"{folder}: is a file, expected a folder")
    try:
        own = {MANIFEST, *json.loads((folder / MANIFEST).read_bytes())["files"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        own = set()
    strangers = sorted({path.name for path in folder.iterdir()} - own)
    if strangers:
        raise BundleError(
            f"{folder}: holds {strangers[0]}, which is no part of a bundle; not replaced"
        )


def _replace(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder = folder.resolve()
    check_bundle_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as parent:
        fresh = Path(parent) / "new"
        fresh.mkdir()
        for name, data in contents.items():
            (fresh / name).write_bytes(data)
        if folder.exists():
            folder.rename(Path(parent) / "old")
        fresh.rename(folder)
