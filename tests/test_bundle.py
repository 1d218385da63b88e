import json
import shutil
from pathlib import Path

import pytest

from stancekit.labels.errors import BundleError
from stancekit.models.bundle import (
    check_bundle_folder,
    read_bundle,
    released_bundle,
    write_bundle,
)
from stancekit.models.tfidf import TfidfModel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(released_bundle("tfidf"), tmp_path / "bundle"))


def rewrite(folder: Path, tmp_path: Path, name: str = "again") -> Path:
    bundle = read_bundle(folder)
    model = bundle.model.model
    assert isinstance(model, TfidfModel)
    manifest = bundle.manifest
    out = tmp_path / name
    write_bundle(
        out,
        model,
        name=manifest.name,
        dataset_digest=manifest.dataset_digest,
        recipe=manifest.recipe,
        seed=manifest.seed,
        temperatures=manifest.temperatures,
        scores=manifest.scores,
        held_out=bundle.held_out,
        training_text=bundle.training_text,
        card=(folder / "CARD.md").read_text(encoding="utf-8"),
    )
    return out


def test_a_bundle_written_again_has_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = rewrite(folder, tmp_path)
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    "name", ["bundle.json", "held_out.json", "training_text.json", "model.skops", "CARD.md"]
)
@pytest.mark.parametrize("place", [0.1, 0.5, 0.999])
def test_a_single_changed_byte_is_found(folder: Path, name: str, place: float) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    position = int(place * len(content))
    content[position] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=name.replace(".", r"\.")):
        read_bundle(folder)


def test_a_missing_or_additional_file_is_found(folder: Path) -> None:
    (folder / "extra.pkl").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"holds extra\.pkl, which bundle\.json does not name"):
        read_bundle(folder)
    (folder / "extra.pkl").unlink()
    (folder / "CARD.md").unlink()
    with pytest.raises(BundleError, match=r"CARD\.md: cannot be read"):
        read_bundle(folder)


def edit(folder: Path, **changes: object) -> None:
    path = folder / "bundle.json"
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "bundle format is 2, this version reads format 3"),
        ({"kind": "pickle"}, "kind of model is 'pickle', expected one of tfidf, transformer"),
        ({"surprise": 1}, "unknown key 'surprise'"),
        ({"seed": "0"}, "'seed': input should be a valid integer"),
        ({"seed": 7}, "has been changed since it was written"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    folder: Path, changes: dict[str, object], message: str
) -> None:
    edit(folder, **changes)
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)


def test_a_manifest_cannot_name_files_outside_its_folder(folder: Path, tmp_path: Path) -> None:
    manifest = read_bundle(folder).manifest
    from dataclasses import replace

    (tmp_path / "secret").write_text("x")
    sneaky = replace(manifest, files={**manifest.files, "../secret": "0" * 64}).with_id()
    (folder / "bundle.json").write_text(sneaky.to_json(), encoding="utf-8")
    with pytest.raises(BundleError, match=r"'\.\./secret' is not a plain file of the bundle"):
        read_bundle(folder)


def test_a_link_in_a_bundle_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "CARD.md").rename(tmp_path / "card")
    (folder / "CARD.md").symlink_to(tmp_path / "card")
    with pytest.raises(BundleError, match="not a plain file"):
        read_bundle(folder)


def test_a_folder_that_is_no_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"nothing: is not a folder; a bundle is a folder"):
        read_bundle(tmp_path / "nothing")
    with pytest.raises(BundleError, match=r"bundle\.json: cannot be read"):
        read_bundle(tmp_path)


def test_a_bundle_replaces_a_bundle_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    rewrite(folder, tmp_path, "bundle")
    read_bundle(folder)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(
        BundleError, match=r"holds thesis\.txt, which is no part of a bundle; not replaced"
    ):
        rewrite(folder, tmp_path, "mine")
    (tmp_path / "bundle" / "notes.txt").write_text("x")
    with pytest.raises(BundleError, match=r"holds notes\.txt"):
        rewrite(folder=released_bundle("tfidf"), tmp_path=tmp_path, name="bundle")
    (tmp_path / "bundle" / "notes.txt").unlink()
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "mine"]


def test_where_no_bundle_can_be_written_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BundleError, match=r"bundle: cannot be written \(Not a directory\)"):
        check_bundle_folder(tmp_path / "file" / "bundle")
    check_bundle_folder(tmp_path / "some" / "where" / "bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

    def denied(self: Path) -> None:  # noqa: ARG001
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)
    with pytest.raises(BundleError, match=r"cannot be written \(Permission denied\)"):
        check_bundle_folder(tmp_path)


@pytest.mark.parametrize("fails", ["rename", "write_bytes"])
def test_a_bundle_that_cannot_be_written_leaves_the_older_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    works = getattr(Path, fails)

    def full(self: Path, *arguments: object) -> object:
        if self.name in ("new", "CARD.md"):
            raise OSError(28, "No space left on device")
        return works(self, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Path, fails, full)
        with pytest.raises(BundleError, match=r"bundle: cannot be written \(No space left"):
            rewrite(released_bundle("tfidf"), tmp_path, "bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    assert read_bundle(folder).id == read_bundle(released_bundle("tfidf")).id
