"""Find a bundle: shipped, in a folder, or in the registry of those who have MLflow installed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stancekit.labels.errors import BundleError, MissingExtraError
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.held_out import HeldOut
from stancekit.models.manifest import MANIFEST, Manifest, read_manifest

__all__ = ["fetch_bundle", "find_bundle", "is_registry_address", "known_errors"]


def is_registry_address(source: str) -> bool:
    """Whether `source` is an address of MLflow (`models:/...` or `runs:/...`), not a folder."""
    return source.startswith(("models:/", "runs:/"))


@contextmanager
def find_bundle(source: str | Path | None = None) -> Iterator[Path]:
    """Give the folder of a bundle for as long as the context lasts.

    `source` None is the released one; else a folder, an address of MLflow, or the name of a bundle
    that ships unless there is a folder of that name. The folder may be missing or no bundle.
    """
    if source is None:
        yield released_bundle()
    elif is_registry_address(str(source)):
        with fetch_bundle(str(source)) as folder:
            yield folder
    else:
        folder = Path(source)
        shipped = released_bundle(str(source))
        named = not folder.exists() and folder.name == str(source) and shipped.is_dir()
        yield shipped if named else folder


def known_errors(source: str | Path | None = None) -> tuple[Manifest, HeldOut]:
    """Return what a bundle says of itself and of its errors, without loading its model.

    `source` is as for `find_bundle`. Raises BundleError if there is no bundle, or it was changed.
    """
    with find_bundle(source) as folder:
        manifest = read_manifest(folder)
        return manifest, read_held_out(folder, manifest)


@contextmanager
def fetch_bundle(address: str) -> Iterator[Path]:
    """Give the folder of the bundle at `address` for as long as the context lasts.

    The store is the one that `MLFLOW_TRACKING_URI` names, else `mlflow.db` in the current folder.
    Raises MissingExtraError without MLflow, BundleError if the address leads to no bundle.
    """
    try:
        import mlflow  # noqa: PLC0415  (scoring from a folder must work without it)
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError(
            f"{address}: reading MLflow's registry needs the extra 'train'"
            " (in the checkout: pip install '.[train]')"
        ) from None
    with tempfile.TemporaryDirectory() as parent:
        if not mlflow.is_tracking_uri_set():
            path = Path.cwd() / "mlflow.db"
            if not path.exists():
                raise BundleError(f"{address}: there is no MLflow store {path}")
            mlflow.set_tracking_uri(f"sqlite:///{path}")
        try:
            downloaded = mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=parent)
        except (MlflowException, OSError) as fault:
            reason = str(fault).splitlines()[0]
            raise BundleError(f"{address}: cannot be fetched from MLflow ({reason})") from None
        manifests = sorted(Path(downloaded).rglob(MANIFEST))
        if len(manifests) != 1:
            raise BundleError(f"{address}: holds {len(manifests)} bundles, expected one")
        yield manifests[0].parent
