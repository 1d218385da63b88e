"""A real cluster of two executor processes gives the rows that one machine gives."""

import datetime
import decimal
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from stancekit.labels.errors import BundleError, InputError
from stancekit.models.bundle import RELEASED, read_bundle, released_bundle, write_bundle
from stancekit.models.tfidf import TfidfModel
from stancekit.models.transformer import TransformerModel
from stancekit.serving import Classifier
from stancekit.serving.columns import MetadataColumns
from stancekit.serving.document import Document
from stancekit.serving.records import Record, own_columns, records
from stancekit.serving.spark import score, set_aside
from stancekit.serving.spark_workers import (
    Columns,
    Shipment,
    load,
    score_batches,
    set_aside_batches,
)
from stancekit.serving.writers import write_records

# Once a session, for packages that Spark does not use to score.
pytestmark = pytest.mark.filterwarnings(
    "ignore:PySpark does not yet fully support pandas:FutureWarning"
)

Article = tuple[str, str, str]
SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))


# A JVM that lives for seconds gains nothing by compiling its code well.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="session")
def spark(java: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A cluster with a master and two workers, each with an executor of one core."""
    import pyspark

    # Executors write their logs into a folder of Spark's own, which should not be that of packages.
    home = tmp_path_factory.mktemp("spark")
    for path in Path(pyspark.__file__).parent.iterdir():
        (home / path.name).symlink_to(path)
    environment = {
        "JAVA_HOME": str(java),
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("stancekit")
        for name, value in {
            "spark.driver.extraJavaOptions": QUICK,
            "spark.executor.extraJavaOptions": QUICK,
            "spark.executor.memory": "512m",
            "spark.executorEnv.PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "spark.scheduler.minRegisteredResourcesRatio": "1",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.enabled": "false",
        }.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("FATAL")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [(path.stem, path.read_text(encoding="utf-8"), f"{path.name}!") for path in SEEDS]


def rows_of(classifier: Classifier, articles: list[Article]) -> list[Record]:
    """What one machine gives."""
    documents = [Document(id_, text, {"stance": own}) for id_, text, own in articles]
    scored = classifier.score_documents(documents)
    return [row for document in scored for row in records(document, classifier.codebook)]


def frame_of(spark: SparkSession, articles: list[Article]) -> DataFrame:
    frame = spark.createDataFrame(articles, "id string, text string, stance string")
    return frame.repartition(2, "id")


def collect(frame: DataFrame) -> list[Record]:
    rows = [row.asDict() for row in frame.collect()]
    return sorted(rows, key=lambda row: (row["document"], row["sentence"]))


def assert_same(found: list[Record], expected: list[Record], tolerance: float) -> None:
    expected = sorted(expected, key=lambda row: (str(row["document"]), row["sentence"]))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert list(one) == list(other)
        for name, value in other.items():
            if isinstance(value, float):
                assert one[name] == pytest.approx(value, abs=tolerance), name
            else:
                assert one[name] == value, name


def probed(spark: SparkSession) -> dict[int, tuple[int, int]]:
    """Return process -> how often it loaded a bundle, how often it had the one asked for."""

    def probe(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            time.sleep(1)  # long enough that the other executor takes the other partition
        counts = load.cache_info()
        row = {"pid": os.getpid(), "loaded": counts.misses, "had": counts.hits}
        yield pa.RecordBatch.from_pylist([row])

    frame = spark.range(0, 2, 1, 2).mapInArrow(probe, "pid long, loaded long, had long")
    return {row.pid: (row.loaded, row.had) for row in frame.collect()}


def test_the_rows_are_those_of_one_machine_and_each_worker_loads_the_bundle_once(
    spark: SparkSession, articles: list[Article]
) -> None:
    before = probed(spark)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1")
    frame = frame_of(spark, articles)
    found = collect(score(frame, "tfidf"))
    again = collect(score(frame, "tfidf"))
    spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    after = probed(spark)
    classifier = Classifier.load("tfidf")
    assert_same(found, rows_of(classifier, articles), 1e-9)
    assert again == found
    assert list(found[0]) == [*own_columns(classifier.codebook), "stance_in"]
    assert found[0]["stance_in"] == f"{found[0]['document']}.txt!"
    assert len(found) > 200
    assert len(before) == len(after) == 2
    assert set(before) == set(after)
    for pid, (loaded, had) in after.items():
        assert loaded - before[pid][0] == 1
        assert had - before[pid][1] > 0
    # Each article was a batch of its own, twice.
    batches = sum(sum(after[pid]) - sum(before[pid]) for pid in after)
    assert batches == 2 * len(articles)


def test_the_error_rate_is_that_of_the_sets(spark: SparkSession, articles: list[Article]) -> None:
    given = articles[:2]
    found = collect(score(frame_of(spark, given), "tfidf", error_rate=0.4))
    assert_same(found, rows_of(Classifier.load("tfidf", error_rate=0.4), given), 1e-9)
    assert {row["error_rate"] for row in found} == {0.4}
    with pytest.raises(InputError, match="error_rate: expected a number between 0 and 1"):
        score(frame_of(spark, given), "tfidf", error_rate=1.0)


def test_the_default_bundle_gives_the_same_rows(spark: SparkSession) -> None:
    articles = [(f"a{n}", "Tariffs rose again. Firms from Japan were invited.", "") for n in (1, 2)]
    assert_same(
        collect(score(frame_of(spark, articles))), rows_of(Classifier.load(), articles), 2e-3
    )


def test_a_bundle_of_ones_own_reaches_the_workers(
    spark: SparkSession, articles: list[Article], tmp_path: Path
) -> None:
    """The driver's folder is gone before a worker asks for it."""
    shipped, folder = read_bundle(released_bundle("tfidf")), tmp_path / "own"
    assert isinstance(shipped.model.model, TfidfModel)
    temperatures = dict.fromkeys(shipped.codebook.task_names, 2.0)
    write_bundle(
        folder, shipped.model.model, name="own", dataset_digest="0", recipe="", seed=0,
        temperatures=temperatures, scores=(), held_out=shipped.held_out,
        training_text=shipped.training_text, card="",
    )  # fmt: skip
    expected = rows_of(Classifier.load(folder), articles[:2])
    scored = score(frame_of(spark, articles[:2]), folder)
    shutil.rmtree(folder)
    assert_same(collect(scored), expected, 1e-9)
    assert expected[0]["bundle"] != shipped.id


def test_types_are_those_of_the_parquet_that_one_machine_writes(
    spark: SparkSession, articles: list[Article], tmp_path: Path
) -> None:
    classifier = Classifier.load("tfidf")
    own = tmp_path / "own.parquet"
    rows = rows_of(classifier, articles[:1])
    metadata = MetadataColumns()
    for row in rows:
        metadata.add({name: row[name] for name in set(row) - set(own_columns(classifier.codebook))})
    write_records(own, rows, metadata, classifier.codebook)
    score(frame_of(spark, articles[:1]), "tfidf").write.parquet(str(tmp_path / "spark"))
    assert (
        pq.read_schema(own).remove_metadata()
        == pq.read_table(tmp_path / "spark").schema.remove_metadata()
    )


METADATA: dict[str, tuple[str, Any]] = {
    "Sentence": ("tinyint", 3),
    "when": ("timestamp", datetime.datetime(2021, 5, 6, 7, 8, 9)),  # noqa: DTZ001
    "local": ("timestamp_ntz", datetime.datetime(2021, 5, 6, 7, 8, 9)),  # noqa: DTZ001
    "day": ("date", datetime.date(2021, 5, 6)),
    "price": ("decimal(10,2)", decimal.Decimal("3.50")),
    "tags": ("array<string>", ["a", None]),
    "counts": ("map<string,int>", {"a": 1}),
    "place": ("struct<x:double,y:double>", {"x": 1.0, "y": None}),
    "raw": ("binary", b"\x00\xff"),
    "missing": ("bigint", None),
    "void": ("void", None),
    "a.b": ("float", 0.5),
    "text_in": ("boolean", True),
}


@pytest.mark.parametrize("large", ["false", "true"])
def test_metadata_keeps_its_types(spark: SparkSession, large: str) -> None:
    spark.conf.set("spark.sql.execution.arrow.useLargeVarTypes", large)
    schema = ", ".join(f"`{name}` {kind}" for name, (kind, _) in METADATA.items())
    values = [value for _, value in METADATA.values()]
    frame = spark.createDataFrame(
        [(7, "Tariffs rose. Prices fell.", *values)], f"`number` bigint, `text` string, {schema}"
    )
    scored = score(frame, "tfidf", id_column="number")
    rows = [row.asDict(recursive=True) for row in scored.collect()]
    spark.conf.unset("spark.sql.execution.arrow.useLargeVarTypes")
    names = {name: "Sentence_in" if name == "Sentence" else name for name in METADATA}
    types = dict(scored.dtypes)
    assert [row["document"] for row in rows] == ["7", "7"]
    for name, (kind, value) in METADATA.items():
        assert types[names[name]] == kind
        assert [row[names[name]] for row in rows] == [value, value]


LONG = (
    "characters 0 to 20001: a sentence of 20,001 characters, expected at most 10,000"
    " (is this running text?)"
)


def test_documents_that_cannot_be_scored_are_set_aside(spark: SparkSession) -> None:
    good = "Tariffs rose again."
    given = [
        ("good", good), ("null", None), ("empty", ""), ("blank", " \n"), ("digits", "1234"),
        ("nul", "A\x00b."), ("long", "a" * 20_000 + "."), (None, good), ("", good),
    ]  # fmt: skip
    frame = spark.createDataFrame(given, "id string, text string").unionByName(
        spark.sql("select 'bytes' as id, cast(unhex('41FF') as string) as text")
    )
    assert [row["document"] for row in collect(score(frame, "tfidf"))] == ["good"]
    found = [(row.document, row.reason) for row in set_aside(frame).collect()]
    assert sorted(found) == [
        ("", "'id' is empty"),
        ("", "'id' is null"),
        ("blank", "is empty"),
        ("bytes", "'text' is not UTF-8 text (byte 1)"),
        ("digits", "holds no sentence to score (only symbols)"),
        ("empty", "'text' is empty"),
        ("long", LONG),
        ("nul", "holds a NUL character at 1: is it a text file?"),
        ("null", "'text' is null"),
    ]  # fmt: skip


def test_a_paragraph_of_quotes_does_not_hang_a_task() -> None:
    given = pa.RecordBatch.from_pydict(
        {"id": ["a", "b"], "text": ["It's odd. " * 20_001, "Be well."]}
    )
    shipment = Shipment(Classifier.load("tfidf").bundle.manifest.id, "tfidf")
    columns = Columns("id", "text")
    [aside] = set_aside_batches([given], columns=columns)
    [row] = aside.to_pylist()
    assert row["document"] == "a"
    assert row["reason"].startswith("holds a paragraph of over 20,000 quotation marks")
    [scored] = score_batches([given], shipment=shipment, columns=columns, threads=1, error_rate=0.1)
    assert scored["document"].to_pylist() == ["b"]


def test_a_text_can_be_one_sentence(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("a", "Tariffs rose. Prices fell."), ("b", "7")], ["id", "text"])
    [row] = collect(score(frame, "tfidf", one_sentence=True))
    assert (row["start"], row["end"], row["text"]) == (0, 26, "Tariffs rose. Prices fell.")
    [aside] = set_aside(frame, one_sentence=True).collect()
    assert tuple(aside) == ("b", "expected words, given '7'")


def test_mistakes_are_told_before_anything_runs(spark: SparkSession, tmp_path: Path) -> None:
    frame = spark.createDataFrame([("a", "Tariffs rose.", 1.5)], ["id", "text", "number"])
    for given, options, message in (
        (frame, {"text_column": "body"}, r"no column 'body' \(it has id, text, number;.*text_col"),
        (frame, {"id_column": "key"}, r"no column 'key' .*id_column"),
        (frame, {"text_column": "number"}, "column 'number' is double, expected a text"),
        (frame, {"id_column": "number"}, "'number' is double, expected a text or a whole number"),
        (frame.withColumn("x", frame.id).toDF("id", "text", "n", "N"), {}, "several columns 'n'"),
        (
            pandas.DataFrame({"id": ["a"], "text": ["b"]}),
            {},
            "expected a DataFrame of Spark, given pandas",
        ),
    ):
        for function in (score, set_aside):
            with pytest.raises(InputError, match=message):
                function(given, **options)
    with pytest.raises(InputError, match=r"number \(double\), age \(interval month\) to Python"):
        score(frame.selectExpr("*", "interval 1 month as age"), "tfidf")
    with pytest.raises(BundleError, match="is not a folder"):
        score(frame, tmp_path / "nowhere")
    shutil.copytree(released_bundle("tfidf"), tmp_path / "damaged")
    with (tmp_path / "damaged" / "model.skops").open("ab") as file:
        file.write(b"x")
    with pytest.raises(BundleError, match="has been changed or damaged"):
        score(frame, tmp_path / "damaged")


def test_a_worker_uses_the_cores_of_its_task_and_the_bundle_of_the_driver() -> None:
    load.cache_clear()
    bundle = Classifier.load().bundle
    shipment = Shipment(bundle.manifest.id, RELEASED)
    model = load(shipment, 1, 0.1).bundle.model.model
    assert isinstance(model, TransformerModel)
    assert model._session.get_session_options().intra_op_num_threads == 1
    assert load(shipment, 1, 0.1) is load(shipment, 1, 0.1)
    with pytest.raises(BundleError, match=r"has 000000000000, this worker .* same stancekit"):
        load(Shipment("0" * 64, RELEASED), 1, 0.1)
