"""What a bundle says of itself, and the digests that prove its files whole."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import parse_json, strict
from stancekit.labels.errors import BundleError
from stancekit.models.kinds import KINDS, Settings

__all__ = [
    "FORMAT",
    "MANIFEST",
    "Manifest",
    "Recalibration",
    "Score",
    "read_manifest",
    "verified_content",
]

FORMAT = 3
MANIFEST = "bundle.json"


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
class Recalibration:
    """What the temperatures and held-out sentences were made of, and the id of the bundle before.

    The digest is that of `dataset_digest`; the scores are still those of the recipe.
    """

    bundle: str
    dataset_digest: str
    sentences: int
    documents: int


@strict
class Manifest:
    """The content of `bundle.json`; `id` is the SHA-256 of all the rest of it.

    `recalibration` is None, and not written down, for a bundle as it was trained.
    """

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
    recalibration: Recalibration | None = None

    def to_json(self) -> str:
        """Return the exact content of `bundle.json`."""
        content = asdict(self)
        if self.recalibration is None:
            del content["recalibration"]
        return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    def with_id(self) -> "Manifest":
        """Return this manifest with the id that its content has."""
        blank = replace(self, id="")
        return replace(self, id=hashlib.sha256(blank.to_json().encode()).hexdigest())


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of the bundle in `folder`, without the files that it names.

    Raises BundleError if there is none, it is damaged or was changed, or of a newer format.
    """
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


def verified_content(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Return the content of the file `name` of a bundle.

    Raises BundleError if it is missing, no plain file, or differs by a single byte.
    """
    digest = manifest.files.get(name)
    if digest is None:
        raise BundleError(f"{folder / MANIFEST}: names no file {name}; the bundle is damaged")
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


def _check_head(head: Any, path: Path) -> None:
    given = head.get("format") if isinstance(head, dict) else None
    if given != FORMAT:
        raise BundleError(f"{path}: bundle format is {given!r}, this version reads format {FORMAT}")
    if head.get("kind") not in list(KINDS):
        raise BundleError(
            f"{path}: kind of model is {head.get('kind')!r}, expected one of {', '.join(KINDS)}"
        )
