"""Which metadata columns a table of scores has, and of which type each is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import InputError
from stancekit.serving.records import own_columns

__all__ = ["MetadataColumns", "metadata_schema", "names", "own_schema", "plain", "schema"]

_ARROW = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "long": pa.int64(),
    "float": pa.float64(),
    "text": pa.string(),
}
_EXACT = 2**53
"""Whole numbers up to this are the same as floats."""
NULL = "null"


@dataclass
class MetadataColumns:
    """Column -> type (`bool`, `int`, `long`, `float`, `text`, `null`), in the order of appearance.

    A `long` is a whole number that is none as a float, such as many an identifier.
    """

    types: dict[str, str] = field(default_factory=dict)

    def add(self, metadata: Mapping[str, object]) -> None:
        """Take in the metadata of one document."""
        self.merge({name: _type(value) for name, value in metadata.items()})

    def merge(self, types: Mapping[str, str]) -> None:
        """Take in columns seen elsewhere; a column with values of several types becomes text."""
        for name, given in types.items():
            known = self.types.get(name, NULL)
            if {known, given} in ({"int", "float"}, {"int", "long"}):
                self.types[name] = given if known == "int" else known
            elif NULL in (known, given) or known == given:
                self.types[name] = given if known == NULL else known
            else:
                self.types[name] = "text"

    @classmethod
    def of(cls, types: object, where: str) -> "MetadataColumns":
        """Read what `types` was; raises InputError if it is something else."""
        if not isinstance(types, dict) or not set(types.values()) <= {NULL, *_ARROW}:
            raise InputError(f"{where}: expected a type for each metadata column")
        return cls(dict(types))


def own_schema(codebook: Codebook) -> pa.Schema:
    """Return the names and types of the columns that stancekit writes, in order."""
    types = {"sentence": pa.int32(), "start": pa.int64(), "end": pa.int64()}
    types["error_rate"] = pa.float64()
    for task in codebook.tasks:
        types[f"{task.name}_undecided"] = pa.bool_()
        for label in task.label_names:
            types[f"{task.name}_{label}"] = pa.float64()
    return pa.schema([(name, types.get(name, pa.string())) for name in own_columns(codebook)])


def metadata_schema(columns: MetadataColumns) -> pa.Schema:
    """Return the names and types of the metadata columns, in order."""
    return pa.schema(
        [(name, _ARROW.get(given, pa.string())) for name, given in columns.types.items()]
    )


def schema(columns: MetadataColumns, codebook: Codebook) -> pa.Schema:
    """Return the schema of a table: our own columns, then those of the metadata."""
    return pa.schema([*own_schema(codebook), *metadata_schema(columns)])


def plain(value: object, arrow_type: pa.DataType | None = None) -> object:
    """Return a metadata value as a table holds it: lists and objects are JSON there."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (dict, list)) or (arrow_type is not None and arrow_type == pa.string()):
        return json.dumps(value, ensure_ascii=False)
    return value


def _type(value: object) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        if abs(value) <= _EXACT:
            return "int"
        return "long" if -(2**63) <= value < 2**63 else "text"
    return "float" if isinstance(value, float) else "text"


def names(columns: MetadataColumns, codebook: Codebook) -> list[str]:
    """Return the names of all columns of a table in order."""
    return [*own_columns(codebook), *columns.types]
