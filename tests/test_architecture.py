"""Who may import whom, what a plain install needs, and that packaging lists everything."""

import ast
import doctest
import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("labels", "models", "training", "serving")
MAY_IMPORT = {
    "labels": {"labels"},
    "models": {"labels", "models"},
    "training": {"labels", "models", "training"},
    "serving": {"labels", "models", "serving"},
}
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """Return the stancekit folders that a module imports as it is loaded."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("stancekit.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_folder_may(path: Path) -> None:
    folder = path.relative_to(ROOT).parts[0]
    assert imported(path) <= MAY_IMPORT[folder]


def test_serving_starts_without_the_packages_that_train() -> None:
    program = (
        "import sys; import stancekit.serving.cli, stancekit.serving as s;"
        "s.Classifier.load().predict(['China opens its market.']);"
        "print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(ast.literal_eval(done.stdout))
    assert not loaded & {"torch", "transformers", "datasets", "mlflow", "matplotlib"}
    assert "stancekit" in loaded


def test_the_list_of_packages_is_that_of_the_folders() -> None:
    found = {
        "stancekit." + ".".join(path.parent.relative_to(ROOT).parts)
        for path in MODULES
        if path.name == "__init__.py"
    }
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == found
    assert {(ROOT / ".dev" / "stancekit" / name).resolve() for name in FOLDERS} == {
        ROOT / name for name in FOLDERS
    }


def test_the_top_level_holds_what_it_should() -> None:
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    top = {name.split("/")[0] for name in listed if not name.startswith(".")}
    assert top == {
        *FOLDERS, "seeds", "tests", "pyproject.toml", "README.md", "Makefile", "constraints.txt",
        "CHANGELOG.md",
    }  # fmt: skip


def test_every_dependency_is_pinned_in_the_constraints() -> None:
    project = PYPROJECT["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    asked = {name.split(">")[0].lower().replace("-", "_") for group in groups for name in group}
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all("==" in line for line in lines)
    assert asked <= {line.split("==")[0].lower().replace("-", "_") for line in lines}


def test_modules_keep_to_one_idea() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    longest = max(lengths, key=lambda path: lengths[path])
    assert lengths[longest] <= 260, longest


# MLflow alone runs `mlflow_model.py`; test_tracking has it do so.
IMPORTED = [path for path in MODULES if path.name != "mlflow_model.py"]


@pytest.mark.parametrize("path", IMPORTED, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_in_docstrings_are_true(path: Path) -> None:
    name = "stancekit." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
    module = importlib.import_module(name.removesuffix(".__init__"))
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_module_promises_is_there(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    promised = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    for names in promised:
        defined = (
            {getattr(node, "name", "") for node in tree.body}
            | {
                target.id
                for node in tree.body
                if isinstance(node, ast.Assign | ast.AnnAssign)
                for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
                if isinstance(target, ast.Name)
            }
            | {
                alias.name
                for node in tree.body
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
        )
        assert set(names) <= defined
