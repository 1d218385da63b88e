"""Write arrays to a skops file that is the same every time, and read it running no code from it.

skops names its parts by memory address and stamps them with the time; both are replaced here, so
that equal content gives equal bytes. On reading, every type in the file must be on our own list:
plain containers and numeric or text arrays, nothing that could be called.
"""

import importlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from stancekit.labels.errors import BundleError

__all__ = ["dump_arrays", "load_arrays"]

ALLOWED_NODES = frozenset({"DictNode", "ListNode", "JsonNode", "NdArrayNode", "TypeNode"})
ALLOWED_TYPES = frozenset(
    {"builtins.dict", "builtins.list", "builtins.str", "numpy.ndarray", "numpy.int64"}
)
_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def dump_arrays(content: dict[str, Any]) -> bytes:
    """Return `content` (nested dicts with string keys, strings, arrays) as a skops file.

    Equal content gives equal bytes.
    """
    skops_io = _skops_io()

    with zipfile.ZipFile(io.BytesIO(skops_io.dumps(content))) as written:
        schema = json.loads(written.read(_SCHEMA))
        parts = {name: written.read(name) for name in written.namelist() if name != _SCHEMA}
    identities: dict[int, int] = {}
    files: dict[str, bytes] = {}
    for node in _nodes(schema):
        if "__id__" in node:
            node["__id__"] = identities.setdefault(node["__id__"], len(identities) + 1)
        if "file" in node:
            name = f"{len(files):03}.npy"
            files[name] = parts[node["file"]]
            node["file"] = name
    files[_SCHEMA] = json.dumps(schema, sort_keys=True).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, data)
    return stream.getvalue()


def load_arrays(content: bytes, where: str) -> dict[str, Any]:
    """Return what `dump_arrays` wrote.

    Raises BundleError if the file is damaged or holds a type that is not on our list.
    """
    skops_io = _skops_io()

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            schema = json.loads(file.read(_SCHEMA))
    except (zipfile.BadZipFile, KeyError, ValueError):
        raise BundleError(f"{where}: is not a skops file") from None
    for node in _nodes(schema):
        if "__loader__" not in node:
            continue
        name = f"{node.get('__module__')}.{node.get('__class__')}"
        if node["__loader__"] not in ALLOWED_NODES or name not in ALLOWED_TYPES:
            raise BundleError(f"{where}: holds {name}, which is not on the list of safe types")
    try:
        loaded = skops_io.loads(content, trusted=[])
    except Exception as fault:  # noqa: BLE001  (whatever skops and numpy raise on a crafted file)
        raise BundleError(f"{where}: cannot be read ({type(fault).__name__})") from None
    if not isinstance(loaded, dict):
        raise BundleError(f"{where}: expected a dict of arrays, found {type(loaded).__name__}")
    return loaded


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _skops_io() -> ModuleType:
    """Import `skops.io`, without torch.

    skops imports all of scikit-learn, which brings torch along where it is installed: seconds, for
    files of arrays. A module that is None in `sys.modules` counts as not installed; scipy does not
    know that, so it comes first.
    """
    importlib.import_module("sklearn")
    hidden = [name for name in ("torch",) if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("skops.io")
    finally:
        for name in hidden:
            del sys.modules[name]
