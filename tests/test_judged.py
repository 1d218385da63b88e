"""Records of judged sentences: what they hold, and that older ones are read."""

import json
from pathlib import Path

import pytest

from stancekit.labels.errors import DataError
from stancekit.training.judged import Judged, read_judged, write_judged

ROW = Judged(
    id="a:0",
    document="a",
    text_digest="0" * 64,
    gold={"t": "x"},
    predicted={"t": "y"},
    probabilities={"t": {"x": 0.25, "y": 0.75}},
    details={"register": "op-ed"},
)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_judged(tmp_path / "judged.jsonl", [ROW])
    assert read_judged(tmp_path / "judged.jsonl") == [ROW]


def test_a_record_without_details_reads_as_one_with_none(tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    write_judged(path, [ROW])
    older = json.loads(path.read_text())
    del older["details"]
    path.write_text(json.dumps(older) + "\n")
    assert read_judged(path)[0].details == {}
    older["details"] = {"year": 2020}
    path.write_text(json.dumps(older) + "\n")
    with pytest.raises(DataError, match=r"judged\.jsonl, line 1: 'details\.year'"):
        read_judged(path)
