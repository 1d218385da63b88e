from pathlib import Path

import pytest

from stancekit.labels.errors import ConfigurationError
from stancekit.training.recipe import read_recipe

RECIPE = Path(__file__).parent.parent / "training" / "recipes" / "tfidf.toml"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 0", "seed = 0\nsead = 1", "unknown key 'sead'"),
        (
            "sublinear = true",
            "sublineer = true",
            r"unknown key 'features\.sublineer' \(and 1 more\)",
        ),
        ("seed = 0", "", "key 'seed' is missing"),
        ("seed = 0", 'seed = "0"', "'seed': input should be a valid integer, given '0'"),
        ("[1, 2]", "[1]", "'features.word_ngrams"),
        ('"balanced"', '"heavy"', "'head.class_weights': input should be 'balanced' or 'equal'"),
        ("seed = 0", "seed = -1", "'seed': input should be greater than or equal to 0"),
        ("bootstrap = 2000", "bootstrap = 1", "'evaluation.bootstrap': input should be greater"),
        ("= 1.0", "= nan", "'head.inverse_regularisation'"),
        ("= 1.0", "= -1.0", "'head.inverse_regularisation': input should be greater than 0"),
        ("[1, 2]", "[2, 1]", "from shortest to longest, given 2 to 1"),
        ('name = "tfidf"', 'name = "../x"', "'name': string should match pattern"),
        ('name = "tfidf"', 'name = "majority"', "name 'majority' is that of a reference"),
        ("seed = 0", "seed = 2026-01-01", "dates are written as strings"),
    ],
)
def test_a_faulty_recipe_is_refused_with_its_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = RECIPE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "recipe.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_recipe(path)
    assert "recipe.toml" in str(caught.value)


def test_the_digest_names_the_settings_and_not_the_comments(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    text = RECIPE.read_text(encoding="utf-8")
    path.write_text("# another day\n" + text)
    assert read_recipe(path).digest == read_recipe(RECIPE).digest
    path.write_text(text.replace("seed = 0", "seed = 1"))
    assert read_recipe(path).digest != read_recipe(RECIPE).digest


def test_settings_are_listed_flat_for_mlflow() -> None:
    flat = read_recipe(RECIPE).flat()
    assert flat["seed"] == "0"
    assert flat["features.word_ngrams"] == "(1, 2)"


@pytest.mark.parametrize("path", sorted(RECIPE.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_recipes_that_ship_can_be_read_and_have_the_name_of_their_file(path: Path) -> None:
    if path.stem != "curve":
        assert read_recipe(path).name == path.stem
