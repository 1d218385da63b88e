"""Score the documents of a Spark frame: what `score_documents` of one machine gives, from many.

Needs the extra `spark`, and stancekit where the workers run. What a worker does stands in
`spark_workers`.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa

from stancekit.labels.errors import InputError, MissingExtraError
from stancekit.models.bundle import Bundle, read_bundle, released_bundle
from stancekit.models.conformal import ERROR_RATE, check_rate
from stancekit.models.manifest import MANIFEST
from stancekit.serving.columns import own_schema
from stancekit.serving.records import metadata_columns
from stancekit.serving.registry import find_bundle
from stancekit.serving.spark_workers import (
    SET_ASIDE,
    Columns,
    Shipment,
    score_batches,
    set_aside_batches,
)

try:
    from pyspark.errors import PySparkAttributeError, PySparkNotImplementedError
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql import types as spark_types
except ModuleNotFoundError as fault:
    raise MissingExtraError(
        f"stancekit.serving.spark: needs {fault.name}, which is not installed"
        " (in the checkout: pip install '.[spark]')"
    ) from None

__all__ = ["score", "set_aside"]

_TYPES = {
    "string": spark_types.StringType(),
    "int32": spark_types.IntegerType(),
    "int64": spark_types.LongType(),
    "double": spark_types.DoubleType(),
    "bool": spark_types.BooleanType(),
}
_IDS = (spark_types.StringType, spark_types.IntegralType)


def score(
    frame: DataFrame,
    bundle: str | Path | None = None,
    *,
    text_column: str = "text",
    id_column: str = "id",
    one_sentence: bool = False,
    error_rate: float = ERROR_RATE,
) -> DataFrame:
    """Return a frame with one row a sentence: scores as from one machine, then the other columns.

    Nothing is scored until an action, and each action scores again: write the frame, then read it.
    `bundle` is found by the driver as by `Classifier.load`, and sent to the workers unless it ships
    with stancekit. Identifiers are texts or whole numbers, and are not checked to be unique; nor is
    the language of texts checked, as `stancekit score` does. Other columns keep their types; one
    whose name is taken comes out as `<name>_in`. `error_rate` is how often the set of labels may
    miss the right one.

    Documents that cannot be scored have no rows here; `set_aside` has them. Raises InputError if a
    column is missing or of another type, BundleError if the bundle is damaged or unknown.
    """
    _check(frame, text_column, id_column)
    check_rate(error_rate, "error_rate")
    session = frame.sparkSession
    with find_bundle(bundle) as folder:
        # Read whole by the driver, so that a damaged bundle is told before the cluster works.
        read = read_bundle(folder, _threads(session))
        shipment = _ship(read, folder, session)
    others = [name for name in frame.columns if name not in (text_column, id_column)]
    metadata = metadata_columns(others, read.codebook, _form(session))
    columns = Columns(id_column, text_column, tuple(metadata.values()), one_sentence)
    work = partial(
        score_batches,
        shipment=shipment,
        columns=columns,
        threads=_threads(session),
        error_rate=error_rate,
    )
    schema = _fields(own_schema(read.codebook))
    for name, out in metadata.items():
        schema.add(out, frame.schema[name].dataType)
    selected = _select(frame, id_column, text_column, *metadata)
    try:
        return selected.mapInArrow(work, schema)
    except PySparkNotImplementedError:
        types = ", ".join(
            f"{name} ({frame.schema[name].dataType.simpleString()})" for name in metadata
        )
        raise InputError(
            f"frame: Spark cannot hand one of the columns {types} to Python; drop or cast it"
        ) from None


def set_aside(
    frame: DataFrame,
    *,
    text_column: str = "text",
    id_column: str = "id",
    one_sentence: bool = False,
) -> DataFrame:
    """Return a frame (document, reason) of the documents for which `score` has no rows.

    It reads and cuts every document and scores none. `document` is "" where the identifier itself
    is missing. Raises InputError as `score` does.
    """
    _check(frame, text_column, id_column)
    columns = Columns(id_column, text_column, (), one_sentence)
    work = partial(set_aside_batches, columns=columns)
    return _select(frame, id_column, text_column).mapInArrow(work, _fields(SET_ASIDE))


def _check(frame: DataFrame, text_column: str, id_column: str) -> None:
    """Raise InputError if `frame` is none of Spark or has not the columns that scoring needs."""
    if not isinstance(frame, DataFrame):
        kind = f"{type(frame).__module__}.{type(frame).__qualname__}"
        raise InputError(f"frame: expected a DataFrame of Spark, given {kind}")
    counts = Counter(map(_form(frame.sparkSession), frame.columns))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise InputError(f"frame: has several columns '{twice[0]}'")
    _check_type(frame, text_column, "text_column", (spark_types.StringType,), "a text")
    _check_type(frame, id_column, "id_column", _IDS, "a text or a whole number")


def _check_type(
    frame: DataFrame,
    column: str,
    option: str,
    types: tuple[type[spark_types.DataType], ...],
    expected: str,
) -> None:
    if column not in frame.columns:
        raise InputError(
            f"frame: has no column '{column}' (it has {', '.join(frame.columns) or 'no column'};"
            f" choose one with {option})"
        )
    given = frame.schema[column].dataType
    if not isinstance(given, types):
        raise InputError(
            f"frame: column '{column}' is {given.simpleString()}, expected {expected}"
            f" (choose one with {option})"
        )


def _ship(bundle: Bundle, folder: Path, session: SparkSession) -> Shipment:
    """Return how the workers get `bundle`, which was read from `folder`."""
    whole_id = bundle.manifest.id
    if folder == released_bundle(folder.name):
        return Shipment(whole_id, folder.name)
    try:
        context = session.sparkContext
    except PySparkAttributeError:
        raise InputError(
            f"{folder}: Spark Connect cannot send a bundle to its workers; expected one that ships"
            " with stancekit, or a session that is not of Spark Connect"
        ) from None
    names = (MANIFEST, *bundle.manifest.files)
    return Shipment(
        whole_id, files=context.broadcast({name: (folder / name).read_bytes() for name in names})
    )


def _select(frame: DataFrame, *names: str) -> DataFrame:
    """Return some columns of a frame, numbered: Spark takes no dot in a name for `mapInArrow`."""
    numbers = {name: f"column{number}" for number, name in enumerate(frame.columns)}
    return frame.toDF(*numbers.values()).select(*(numbers[name] for name in names))


def _fields(schema: pa.Schema) -> spark_types.StructType:
    return spark_types.StructType(
        [spark_types.StructField(field.name, _TYPES[str(field.type)]) for field in schema]
    )


def _threads(session: SparkSession) -> int:
    """Return the cores that Spark reserves for a task: a model that took more would slow others."""
    return max(1, int(float(session.conf.get("spark.task.cpus", "1") or 1)))


def _form(session: SparkSession) -> Callable[[str], str]:
    """Return the form in which Spark compares the names of columns."""
    return str if session.conf.get("spark.sql.caseSensitive") == "true" else str.lower
