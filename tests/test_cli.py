"""The installed command, from outside."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stancekit.labels.sentences import Sentence
from stancekit.models.bundle import released_bundle

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_five_documents_give_a_row_a_content_sentence(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    done = stancekit("score", *sorted(SEEDS.glob("*.txt")), "--out", "scores.parquet")
    assert (done.returncode, done.stderr) == (0, f"{len(sentences)} rows -> scores.parquet\n")
    rows = pq.read_table(tmp_path / "scores.parquet").to_pylist()
    assert [row["text"] for row in rows] == [s.text for s in sentences]
    for row in rows:
        text = Path(row["document"]).read_bytes().decode()
        assert text[row["start"] : row["end"]] == row["text"]
        assert row["publisher"]


def test_an_article_is_shown_with_a_summary(stancekit: Run) -> None:
    done = stancekit("score", SEEDS / "003_a78cd8a92e5d3aef.txt")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "South China Morning Post" in done.stdout
    assert "Engagement" in done.stdout
    assert "25 sentences of 1 document" in done.stdout


def test_standard_input_is_scored(stancekit: Run) -> None:
    done = stancekit("score", stdin="Beijing bans gallium exports.")
    assert done.returncode == 0
    assert "Beijing bans gallium exports." in done.stdout
    done = stancekit("score", "-", "--input-format", "jsonl", stdin='{"text": "Firms invest."}\n')
    assert "Firms invest." in done.stdout


def test_identifiers_and_metadata_survive_the_round_trip(stancekit: Run, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,body,outlet\na-1,"One ban. Two deals.",Daily\n')
    done = stancekit("score", "in.csv", "--text-column", "body", "--out", "out.csv")
    assert done.returncode == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["document"], row["sentence"], row["outlet"]) for row in rows] == [
        ("a-1", "0", "Daily"),
        ("a-1", "1", "Daily"),
    ]


def test_a_text_that_is_one_sentence_is_not_cut(stancekit: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "x", "text": "One ban. Two deals."}\n')
    stancekit("score", "in.jsonl", "--one-sentence", "--out", "out.jsonl")
    [row] = (json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines())
    assert (row["text"], row["start"], row["end"]) == ("One ban. Two deals.", 0, 19)


BAD = [
    ("missing file", ["score", "none.txt"], None, "none.txt: there is no such file or folder"),
    ("empty file", ["score", "bad.txt"], b"", "bad.txt: is empty"),
    ("undecodable bytes", ["score", "bad.txt"], b"\xff\xfe\x00", "bad.txt: is not UTF-16 text"),
    ("no text column", ["score", "bad.csv"], b"a,b\n1,2\n", "bad.csv: has no column 'text'"),
    ("no object", ["score", "bad.jsonl"], b"\n7\n", "bad.jsonl, line 2: expected an"),
    ("null", ["score", "bad.jsonl"], b'{"text": null}\n', "line 1: 'text' should be a text, given"),
    ("long sentence", ["score", "bad.txt"], b"a" * 50_000, "a sentence of 50,000 characters"),
    ("emoji", ["score", "bad.txt"], "😀".encode() * 1000, "holds no sentence to score"),
    ("NUL", ["score", "bad.txt"], b"A\x00b.", "holds a NUL character at 1"),
    ("unknown key", ["train", "bad.toml"], b"kind = 'tfidf'\nx = 1", "bad.toml: unknown key 'x'"),
    ("no TOML", ["train", "bad.toml"], b"x = ", "bad.toml: is not TOML"),
    ("missing recipe", ["train", "none.toml"], None, "none.toml: cannot be read"),
    ("no bundle", ["score", "--model", "none", "-"], None, "none: is not a folder"),
    ("no verify", ["bundle", "verify", "none"], None, "none: is not a folder"),
    ("no seeds", ["labels", "check", "--seeds", "none"], None, "none: there is no such folder"),
    ("no codebook", ["labels", "codebook", "--labels", "none"], None, "codebook.toml: cannot be"),
    ("format", ["score", "--input-format", "odt", "-"], None, "expected one of txt, md, html"),
]


@pytest.mark.parametrize(("case", "arguments", "content", "message"), BAD, ids=[b[0] for b in BAD])
def test_bad_input_gets_one_line_and_exit_code_2_and_leaves_nothing_behind(
    stancekit: Run,
    tmp_path: Path,
    case: str,
    arguments: list[str],
    content: bytes | None,
    message: str,
) -> None:
    if content is not None:
        (tmp_path / arguments[1]).write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    out = ["--out", "scores.csv"] if arguments[0] == "score" else []
    done = stancekit(*arguments, *out, stdin="A text.")
    assert done.returncode == 2, case
    assert done.stdout == ""
    assert message in done.stderr
    assert done.stderr.startswith("stancekit: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_settings_are_chosen_by_written_sentences_that_are_left_out(
    stancekit: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = (ROOT / "training" / "recipes" / "tfidf.toml").read_text(encoding="utf-8")
    assert "largest = 100_000" in whole
    recipe = tmp_path_factory.mktemp("recipe") / "small.toml"
    recipe.write_text(whole.replace("largest = 100_000", "largest = 1000"), encoding="utf-8")
    given = ["train", str(recipe), "--no-tracking", "--judge-by"]
    done = stancekit(*given, "register=headline")
    assert done.returncode == 0, done.stderr
    assert "the written sentences of register=headline, judged by a model" in done.stdout
    assert "folds:written:register=headline|" in done.stdout
    assert "bundle" not in done.stdout
    for argument, message in (
        ("register", "expected a detail and a value of it"),
        ("=academic", "expected a detail and a value of it"),
        ("register=opera", "no written sentence has 'opera' as register"),
    ):
        done = stancekit(*given, argument)
        assert done.returncode == 2
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
    done = stancekit(*given, "register=headline", "--out", "bundle")
    assert done.returncode == 2
    assert "nothing is packed where written sentences are judged by" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "file"), [("tfidf", "model.skops"), ("mpnet", "tokenizer.json")])
def test_a_bundle_with_a_changed_byte_is_refused(
    stancekit: Run, tmp_path: Path, name: str, file: str
) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    for path in released_bundle(name).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    assert stancekit("bundle", "verify", folder).returncode == 0
    content = bytearray((folder / file).read_bytes())
    content[1000] ^= 1
    (folder / file).write_bytes(content)
    for arguments in (["bundle", "verify", folder], ["score", "--model", folder, "-"]):
        done = stancekit(*arguments, stdin="A text.")
        assert done.returncode == 2
        assert f"{file}: SHA-256 is" in done.stderr


def test_labels_that_do_not_follow_are_refused(stancekit: Run, tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(ROOT / "labels", folder, ignore=ignored)
    done = stancekit("labels", "check", "--labels", folder, "--seeds", SEEDS)
    assert done.returncode == 0, done.stderr
    path = folder / "sentences.jsonl"
    path.write_text(path.read_text().replace('"neutral"', '"undecided"', 1))
    done = stancekit("labels", "check", "--labels", folder, "--seeds", SEEDS)
    assert done.returncode == 2
    assert "label 'undecided' is not in task 'stance'" in done.stderr
    done = stancekit("labels", "build", "--labels", folder, "--seeds", SEEDS)
    assert done.returncode == 0
    assert path.read_bytes() == (ROOT / "labels" / "sentences.jsonl").read_bytes()


def test_the_codebook_is_shown_whole(stancekit: Run) -> None:
    for arguments in ([], ["--markdown"]):
        done = stancekit("labels", "codebook", *arguments)
        assert done.returncode == 0
        for rule in ("S1 ", "S15 ", "F8 "):
            assert rule in done.stdout
    assert "| S15 |" in done.stdout


def test_agreement_shows_statistics_and_every_disagreement(stancekit: Run) -> None:
    done = stancekit("labels", "agreement", "--replicates", "100")
    assert done.returncode == 0
    assert "Krippendorff's alpha" in done.stdout
    assert "27 disagreements" in done.stdout
    assert done.stdout.count("->") == 27
    assert done.stdout.count("language model") == 3


def test_agreement_on_a_sentence_that_is_not_there_is_refused(
    stancekit: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "labels"
    shutil.copytree(ROOT / "labels", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name, label in (("reader-a", "neutral"), ("reader-b", "decoupling")):
        with (folder / "annotations" / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps({"id": "x:1", "labels": {"stance": label}}) + "\n")
    done = stancekit("labels", "agreement", "--labels", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "'x:1' is annotated but not among the sentences" in done.stderr
    assert "Traceback" not in done.stderr


def test_agreement_on_authored_sentences_is_shown_by_register(stancekit: Run) -> None:
    arguments = ("labels", "agreement", "--authored", "--replicates", "100")
    done = stancekit(*arguments, "--by", "register")
    assert done.returncode == 0
    assert "register: think tank" in done.stdout
    done = stancekit(*arguments, "--by", "mood")
    assert done.returncode == 2
    assert "--by mood: these sentences have actor, difficulty, register" in done.stderr


def test_a_run_is_trained_tracked_and_compared(stancekit: Run, tmp_path: Path) -> None:
    name = "tfidf-documents"
    done = stancekit(
        "train", ROOT / "training" / "recipes" / "tfidf-documents.toml", "--out", "model"
    )
    assert done.returncode == 0, done.stderr
    assert "is now the champion: there was no champion yet" in done.stdout
    assert "lexicon" in done.stdout
    assert (tmp_path / "mlflow.db").is_file()
    done = stancekit("compare", "--by", "register", "--by", "label", "--html", "runs.html")
    assert done.returncode == 0, done.stderr
    assert "champion" in done.stdout
    assert "think tank" in done.stdout
    assert (tmp_path / "runs.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert not list(tmp_path.glob(".*.partial"))
    marks = ["<!-- made by stancekit compare -->", "<!-- end of what stancekit compare made -->"]
    page = tmp_path / "runs.md"
    page.write_text(f"before\n{marks[0]}\nold\n{marks[1]}\nafter\n", encoding="utf-8")
    done = stancekit("compare", name, "--table", page, "--against", name)
    assert done.returncode == 0, done.stderr
    kept = page.read_text(encoding="utf-8")
    assert kept.startswith(f"before\n{marks[0]}\n| task |")
    assert f"| {name} |" in kept
    assert kept.endswith(f"|\n{marks[1]}\nafter\n")
    done = stancekit("compare", name, "--table", "other.md", "--against", "zzz")
    assert done.returncode == 2
    assert "run 'zzz' fits 0 finished runs, expected one" in done.stderr
    assert not (tmp_path / "other.md").exists()
    done = stancekit("compare", name, "--against", name)
    assert done.returncode == 2
    assert "give --table, too" in done.stderr
    done = stancekit("compare", "--by", "mood", "--html", "other.html")
    assert done.returncode == 2
    assert "--by mood: the judged sentences can be grouped by label, document" in done.stderr
    assert not (tmp_path / "other.html").exists()
    done = stancekit("compare", "--html", ".")
    assert done.returncode == 2
    assert "expected the name of a file to write" in done.stderr
    for arguments in (["--model", "model"], ["--model", "models:/stancekit@champion"]):
        done = stancekit("score", *arguments, stdin="Beijing bans gallium exports.")
        assert done.returncode == 0, done.stderr


def test_comparing_nothing_says_so(stancekit: Run) -> None:
    done = stancekit("compare")
    assert done.returncode == 2
    assert "has no finished run to compare" in done.stderr


def test_a_reader_who_stops_reading_is_no_fault(tmp_path: Path) -> None:
    import sys

    command = f"{Path(sys.executable).parent / 'stancekit'} score {SEEDS} | head -n 1"
    done = subprocess.run(
        ["/bin/bash", "-c", command], capture_output=True, cwd=tmp_path, timeout=300, check=False
    )
    assert b"Traceback" not in done.stderr
    assert done.stdout
