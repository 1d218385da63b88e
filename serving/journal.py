"""What a long run has done so far, on disk, so that it can go on after anything.

Beside `scores.csv` lies a folder `scores.csv.unfinished`: `run.json` says what is scored and how,
each part holds the records of one chunk, and a line of `journal.jsonl` says that a part is whole
and where the next one begins. A part counts once its line is on disk; everything else is made anew.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

import pyarrow as pa

from stancekit.labels.errors import InputError
from stancekit.serving.chunks import Position
from stancekit.serving.document import SetAside
from stancekit.serving.records import Record
from stancekit.serving.writers import line

__all__ = ["Entry", "Journal"]

SUFFIX = ".unfinished"
RUN = "run.json"
JOURNAL = "journal.jsonl"
LOCK = "lock"


@dataclass(frozen=True)
class Entry:
    """One part: its rows and digest, what it counted, and where the next one begins."""

    part: int
    rows: int
    sha256: str
    after: Position
    set_aside: tuple[SetAside, ...]
    metadata: Mapping[str, str]
    counts: Mapping[str, Any]

    def to_json(self) -> str:
        """Return the entry as a line of the journal."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Entry":
        """Read what `to_json` wrote."""
        return cls(
            part=int(content["part"]),
            rows=int(content["rows"]),
            sha256=str(content["sha256"]),
            after=Position(**content["after"]),
            set_aside=tuple(SetAside(**own) for own in content["set_aside"]),
            metadata=dict(content["metadata"]),
            counts=dict(content["counts"]),
        )


class Journal:
    """The folder of an unfinished run, held by one process at a time.

    Made by `begin` or `go_on`, and used in a `with`, behind which nobody holds it any more.
    """

    def __init__(self, folder: Path, entries: list[Entry]) -> None:
        self.folder = folder
        self.entries = entries
        self._lock: IO[bytes] | None = None

    @staticmethod
    def folder_of(out: Path) -> Path:
        """Return where the unfinished run for `out` lies, if there is one."""
        return out.with_name(out.name + SUFFIX)

    @classmethod
    def begin(cls, out: Path, run: Mapping[str, Any]) -> "Journal":
        """Begin a run; raises InputError if there is an unfinished one."""
        folder = cls.folder_of(out)
        if (folder / RUN).exists():
            raise InputError(
                f"{folder}: holds a run that did not finish; go on with --resume,"
                " or delete that folder to begin anew"
            )
        folder.mkdir(exist_ok=True)
        journal = cls(folder, [])
        journal._hold()
        _write(folder / RUN, json.dumps(run, ensure_ascii=False, indent=1).encode())
        return journal

    @classmethod
    def go_on(cls, out: Path, run: Mapping[str, Any]) -> "Journal":
        """Go on with the unfinished run for `out`, or begin one if there is none.

        Raises InputError if it scored something else, or otherwise, or another process is at it.
        """
        folder = cls.folder_of(out)
        if not (folder / RUN).exists():
            return cls.begin(out, run)
        before = _read_json(folder / RUN)
        # As it comes back from JSON: lists for tuples.
        now = json.loads(json.dumps(run))
        for name in sorted({*before, *now}):
            if before.get(name) != now.get(name):
                raise InputError(
                    f"{folder}: cannot go on, {_difference(name, before.get(name), now.get(name))};"
                    " delete that folder to begin anew"
                )
        journal = cls(folder, list(_entries(folder / JOURNAL)))
        journal._hold()
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.close()

    @property
    def after(self) -> Position:
        """Where the next part begins."""
        return self.entries[-1].after if self.entries else Position()

    def add(
        self,
        rows: Iterable[Record],
        after: Position,
        set_aside: Iterable[SetAside],
        metadata: Mapping[str, str],
        counts: Mapping[str, Any],
    ) -> Entry:
        """Keep one part, and say so, both on disk when this returns."""
        number = len(self.entries) + 1
        lines = [line(row) for row in rows]
        content = _compressed("".join(lines).encode())
        _write(self._part(number), content)
        entry = Entry(
            part=number,
            rows=len(lines),
            sha256=hashlib.sha256(content).hexdigest(),
            after=after,
            set_aside=tuple(set_aside),
            metadata=dict(metadata),
            counts=dict(counts),
        )
        with (self.folder / JOURNAL).open("ab") as file:
            file.write(entry.to_json().encode())
            file.flush()
            os.fsync(file.fileno())
        self.entries.append(entry)
        return entry

    def parts(self) -> Iterator[bytes]:
        """Yield the records of each part as lines of JSON; raises InputError if one is damaged."""
        for entry in self.entries:
            path = self._part(entry.part)
            try:
                content = path.read_bytes()
            except OSError as fault:
                raise InputError(f"{path}: cannot be read ({fault.strerror})") from None
            if hashlib.sha256(content).hexdigest() != entry.sha256:
                raise InputError(f"{path}: has been changed; delete that folder to begin anew")
            yield _whole(content)

    def records(self) -> Iterator[Record]:
        """Yield the records of all parts in order."""
        for content in self.parts():
            for row in content.decode().split("\n"):
                if row:
                    yield json.loads(row)

    def remove(self) -> None:
        """Delete the folder: the run is finished, or nothing of it is worth keeping."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}.jsonl.zst"

    def _hold(self) -> None:
        lock = (self.folder / LOCK).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise InputError(f"{self.folder}: another process is at this run") from None
        self._lock = lock


def _entries(path: Path) -> Iterator[Entry]:
    """Yield the entries of a journal; a last line that was cut off does not count, and goes."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        with path.open("r+b") as file:
            file.truncate(len(whole))
    for number, row in enumerate(whole.splitlines(), start=1):
        try:
            entry = Entry.of(json.loads(row))
        except (ValueError, KeyError, TypeError, AttributeError):
            entry = None
        if entry is None or entry.part != number:
            raise InputError(f"{path}, line {number}: is damaged; delete the folder to begin anew")
        yield entry


def _difference(name: str, before: object, now: object) -> str:
    if isinstance(before, list) and isinstance(now, list):
        changed = [own for own in [*before, *now] if (own in before) != (own in now)]
        first = changed[0] if changed else before
        what = first[0] if isinstance(first, list) else first
        return f"{name} are not what they were: {what} is new, gone or changed"
    return f"{name} was {before!r} and is now {now!r}"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise InputError(f"{path}: is damaged; delete the folder to begin anew")
    return content


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _compressed(content: bytes) -> bytes:
    stream = pa.BufferOutputStream()
    with pa.CompressedOutputStream(stream, "zstd") as file:
        file.write(content)
    return bytes(stream.getvalue().to_pybytes())


def _whole(content: bytes) -> bytes:
    return bytes(pa.CompressedInputStream(pa.BufferReader(content), "zstd").read())
