"""The load generator counts what it is answered."""

from typing import Any

import pytest

from stancekit.serving.http.limits import Limits
from stancekit.serving.http.load import Measured, main


def rows_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    main(arguments)
    lines = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()]
    assert set(lines[1]) == {"---:"}
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def test_sizes_and_connections_have_a_row_each(
    service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(
        capsys, "--url", service, "--connections", "1,4", "--sentences", "2,5", "--seconds", "0.5",
        "--model", "tfidf",
    )  # fmt: skip
    keys = [(row["sentences a request"], row["connections"]) for row in rows]
    assert keys == [("2", "1"), ("2", "4"), ("5", "1"), ("5", "4")]
    for row in rows:
        assert int(row["requests"].replace(",", "")) > 0
        assert 0 < float(row["p50 ms"]) <= float(row["p95 ms"]) <= float(row["p99 ms"])
        assert float(row["sentences/s"].replace(",", "")) > float(
            row["requests/s"].replace(",", "")
        )
        assert float(row["of in-process"]) > 0
        assert row["errors"] == "0"
        assert float(row["MiB after"]) > 10


def test_a_number_of_requests_is_told_in_ten_rows(
    service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(capsys, "--url", service, "--connections", "3", "--requests", "70")
    assert [row["requests"] for row in rows] == ["7"] * 10
    assert {row["of in-process"] for row in rows} == {"-"}


def test_what_is_no_success_is_counted_by_its_status(
    start_service: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    address = start_service(Limits(characters=5))
    [row] = rows_of(capsys, "--url", address, "--connections", "2", "--seconds", "0.2")
    assert row["errors"].startswith("422: ")
    assert (row["requests"], row["p99 ms"]) == ("0", "0.0")


def test_quantiles_are_of_answers() -> None:
    found = Measured(1, 3, times_s=[0.001 * n for n in range(1, 101)])
    assert [round(1000 * found.quantile(q)) for q in (0.5, 0.95, 0.99)] == [50, 95, 99]


def test_without_a_service_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--url", "http://127.0.0.1:9", "--seconds", "0.1"])
    assert "http://127.0.0.1:9: " in capsys.readouterr().err
