"""Read TOML and JSON into frozen dataclasses that refuse unknown keys and wrong types.

`strict` makes such a dataclass; `read_toml` and `parse_json` fill one and turn every fault into one
sentence that names the file and the key.
"""

import json
import tomllib
from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast, dataclass_transform

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as pydantic_dataclass

from stancekit.labels.errors import ConfigurationError, DataError, StancekitError

__all__ = ["parse_json", "parse_table", "read_table", "read_toml", "strict"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def strict(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, keyword-only dataclass that takes its own keys and types only."""
    config = ConfigDict(extra="forbid", strict=True)
    return cast(type[T], pydantic_dataclass(frozen=True, kw_only=True, config=config)(cls))


@cache
def _adapter(cls: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(type[Any], cls))


def parse_json(
    document: str | bytes, cls: type[T], where: str, error: type[StancekitError] = DataError
) -> T:
    """Return `document` (JSON) as an instance of the strict dataclass `cls`.

    Raises `error` with `where` and the key at fault.
    """
    try:
        parsed: T = _adapter(cast(Hashable, cls)).validate_json(document)
    except ValidationError as fault:
        raise error(f"{where}: {_first_fault(fault)}") from None
    return parsed


def read_toml(path: Path, cls: type[T]) -> T:
    """Return the TOML file `path` as an instance of the strict dataclass `cls`.

    Raises ConfigurationError if the file is missing, is not TOML, or does not fit `cls`.
    """
    return parse_table(read_table(path), cls, str(path))


def read_table(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; raises ConfigurationError if it is missing or no TOML."""
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigurationError(f"{path}: cannot be read ({fault.strerror})") from None
    except UnicodeDecodeError as fault:
        raise ConfigurationError(f"{path}: is not UTF-8 (byte {fault.start})") from None
    except tomllib.TOMLDecodeError as fault:
        raise ConfigurationError(f"{path}: is not TOML: {fault}") from None
    return table


def parse_table(table: dict[str, Any], cls: type[T], where: str) -> T:
    """Return `table` as an instance of the strict dataclass `cls`.

    Raises ConfigurationError with `where` and the key at fault.
    """
    try:
        document = json.dumps(table)
    except TypeError:
        raise ConfigurationError(f"{where}: dates are written as strings here") from None
    return parse_json(document, cls, where, ConfigurationError)


def _first_fault(fault: ValidationError) -> str:
    unknown = "unexpected_keyword_argument"
    details = fault.errors(include_url=False)
    # A misspelt key is missing, too; naming what was written helps more.
    details.sort(key=lambda detail: detail["type"] != unknown)
    first = details[0]
    key = ".".join(str(part) for part in first["loc"]) or "the whole"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    if first["type"] == unknown:
        return f"unknown key '{key}'{more}"
    if first["type"] in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return f"key '{key}' is missing{more}"
    if first["type"] == "json_invalid":
        return f"is not JSON: {first['ctx']['error']}"
    if first["type"] == "value_error":
        return f"'{key}': {first['ctx']['error']}{more}"
    given = repr(first["input"])
    shown = given if len(given) <= 60 else given[:57] + "..."
    return f"'{key}': {first['msg'].lower()}, given {shown}{more}"
