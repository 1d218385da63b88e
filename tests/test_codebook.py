import ast
from pathlib import Path

import pytest

from stancekit.labels.codebook import Codebook, read_codebook
from stancekit.labels.errors import ConfigurationError, DataError

LABELS = Path(__file__).parent.parent / "labels"
ROOT = Path(__file__).parent.parent


MINIMAL = """
version = "1"
title = "Weather"
unit = "One sentence."
scope = "Weather."
[[tasks]]
name = "sky"
title = "what the sky does"
question = "What does it do?"
default = "dry"
rules = [{id = "W1", text = "Rain is wet.", examples = [{text = "It rains.", label = "wet"}]}]
labels = [
  {name = "wet", display = "Wet", value = 1, colour = "#0000FF", definition = "d", examples = []},
  {name = "dry", display = "Dry", value = 0, colour = "#00FF00", definition = "d", examples = []},
]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_codebook_is_complete(codebook: Codebook) -> None:
    for task in codebook.tasks:
        assert task.question
        assert task.title
        for label in task.labels:
            assert len(label.examples) >= 2
            assert label.definition
        for rule in task.rules:
            assert len(rule.examples) >= 2, rule.id
            assert {example.label for example in rule.examples} <= set(task.label_names)
        assert sorted(label.value for label in task.labels) == [-1, 0, 1]
    assert [len(task.rules) for task in codebook.tasks] == [15, 8]


def test_no_example_is_used_twice(codebook: Codebook) -> None:
    texts = [e for task in codebook.tasks for label in task.labels for e in label.examples]
    texts += [e.text for task in codebook.tasks for rule in task.rules for e in rule.examples]
    assert len(set(texts)) == len(texts)


def test_no_code_knows_the_name_of_a_task_or_label(codebook: Codebook) -> None:
    names = {*codebook.task_names, *(n for task in codebook.tasks for n in task.label_names)}
    for folder in ("labels", "models", "training", "serving"):
        for path in (ROOT / folder).rglob("*.py"):
            found = names & _words(ast.parse(path.read_text(encoding="utf-8")))
            assert not found, f"{path} knows {found}"
        for path in (ROOT / folder).rglob("*.toml"):
            if path != LABELS / "codebook.toml":
                assert not names & set(path.read_text().split('"')), path


def _words(tree: ast.AST) -> set[str]:
    """Return every identifier and every word of a text in the code, docstrings left out."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    words: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            words.add(node.id)
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and " " not in node.value
        ):
            words.update((node.value, *node.value.split(".")))
    return words


def test_comments_and_line_breaks_do_not_change_the_digest(tmp_path: Path) -> None:
    plain = read_codebook(write(tmp_path, MINIMAL)).digest
    commented = read_codebook(write(tmp_path, "# why\n" + MINIMAL.replace("\n[[", "\n\n[["))).digest
    changed = read_codebook(write(tmp_path, MINIMAL.replace("Rain is wet", "Snow is wet"))).digest
    assert plain == commented != changed


def test_a_codebook_survives_the_way_through_json(codebook: Codebook) -> None:
    assert Codebook.from_json(codebook.to_json(), "here") == codebook


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unit = "One', 'units = "One', "unknown key 'units'"),
        ('unit = "One sentence."\n', "", "key 'unit' is missing"),
        ("value = 1", 'value = "1"', "'tasks.0.labels.0.value': input should be a valid integer"),
        ("value = 1", "value = 7", "value of 'wet' is 7, expected -1, 0 or 1"),
        ('default = "dry"', 'default = "fog"', "default 'fog' is not one of its labels"),
        ('name = "dry"', 'name = "wet"', "label 'wet' is defined more than once"),
        ('name = "dry"', 'name = "Not dry"', "should be lower-case letters"),
        ('label = "wet"}', 'label = "fog"}', "rule 'W1' has label 'fog', which is not defined"),
        ("#0000FF", "blue", "expected #RRGGBB"),
        ("[[tasks]]", "[[tasks", r"is not TOML: .*line 6"),
    ],
)
def test_a_faulty_codebook_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in MINIMAL
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_codebook(write(tmp_path, MINIMAL.replace(old, new, 1)))
    assert "codebook.toml" in str(caught.value)


def test_a_missing_codebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml: cannot be read"):
        read_codebook(tmp_path / "none.toml")


def test_asking_for_a_label_that_is_not_there_names_those_that_are(codebook: Codebook) -> None:
    with pytest.raises(DataError, match=r"'pro' is not in task 'stance'.*engagement, decoupling"):
        codebook.task("stance").label("pro")
    with pytest.raises(DataError, match="'mood' is not in the codebook, which has stance, framing"):
        codebook.task("mood")
