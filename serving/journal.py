"""What a long run has done so far, on disk, so that it can go on after anything.

Beside `scores.csv` lies a folder `scores.csv.unfinished`: `run.json` says what is scored and how,
each part holds the records of one chunk, and a line of `journal.jsonl` says that a part is whole
and where the next one begins. A part counts once its line is on disk and as long as it is what was
written; everything from the first that does not is made anew.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

import pyarrow as pa

from stancekit.labels.errors import InputError
from stancekit.serving.chunks import Position
from stancekit.serving.document import SetAside
from stancekit.serving.journal_entries import Entry, read_entries
from stancekit.serving.records import Record
from stancekit.serving.writers import SUFFIXES, line, sync

__all__ = ["Journal", "is_unfinished"]

SUFFIX = ".unfinished"
RUN = "run.json"
JOURNAL = "journal.jsonl"
LOCK = "lock"


def is_unfinished(folder: str) -> bool:
    """Whether a folder of this name is that of an unfinished run."""
    return folder.endswith(SUFFIX) and folder.removesuffix(SUFFIX).lower().endswith(SUFFIXES)


class Journal:
    """The folder of an unfinished run, held by one process at a time.

    Made by `begin` or `go_on`, and used in a `with`, behind which nobody holds it any more.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[Entry] = []
        self._lock: IO[bytes] | None = None

    @staticmethod
    def folder_of(out: Path) -> Path:
        """Return where the unfinished run for `out` lies, if there is one."""
        return out.with_name(out.name + SUFFIX)

    @classmethod
    def begin(cls, out: Path, run: Mapping[str, Any]) -> "Journal":
        """Begin a run; raises InputError if there is an unfinished one."""
        journal = cls(cls.folder_of(out))
        folder = journal.folder
        try:
            folder.mkdir(exist_ok=True)
        except OSError as fault:
            raise InputError(f"{folder}: cannot be made ({fault.strerror})") from None
        with journal._taken():
            if (folder / RUN).exists():
                raise InputError(
                    f"{folder}: holds a run that did not finish; go on with --resume,"
                    " or delete that folder to begin anew"
                )
            # There can be one of a run whose folder was not wholly removed.
            _write(folder / JOURNAL, b"")
            # With escapes: the name of a file may be no UTF-8.
            _write(folder / RUN, json.dumps(run, indent=1).encode())
            sync(folder)
            sync(folder.parent)
        return journal

    @classmethod
    def go_on(cls, out: Path, run: Mapping[str, Any]) -> "Journal":
        """Go on with the unfinished run for `out`, or begin one if there is none.

        Raises InputError if it scored something else, or otherwise, or another process is at it.
        """
        folder = cls.folder_of(out)
        if not (folder / RUN).exists():
            return cls.begin(out, run)
        journal = cls(folder)
        with journal._taken():
            _check_same(folder, run)
            journal._take_up()
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
        sync(self.folder)
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
            content = self._content(entry)
            if content is None:
                raise InputError(
                    f"{self._part(entry.part)}: is gone or has been changed; --resume scores again"
                    " what it held"
                )
            yield _whole(content)

    def records(self) -> Iterator[Record]:
        """Yield the records of all parts in order."""
        for content in self.parts():
            for row in content.decode().split("\n"):
                if row:
                    yield json.loads(row)

    def remove(self) -> None:
        """Delete the folder: the run is finished, or nothing of it is worth keeping."""
        # First what makes it a run, lest one without its parts is gone on with.
        with suppress(OSError):
            (self.folder / RUN).unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}.jsonl.zst"

    def _content(self, entry: Entry) -> bytes | None:
        """Return what the file of a part holds, None if that is not what was written."""
        try:
            content = self._part(entry.part).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == entry.sha256 else None

    def _take_up(self) -> None:
        """Read the entries before the first whose part is damaged; the journal ends there, too."""
        path, end = self.folder / JOURNAL, 0
        for entry, after in read_entries(path):
            if self._content(entry) is None:
                break
            self.entries.append(entry)
            end = after
        if path.exists():
            os.truncate(path, end)

    def _hold(self) -> None:
        try:
            lock = (self.folder / LOCK).open("ab")
        except OSError as fault:
            raise InputError(f"{self.folder}: cannot be written to ({fault.strerror})") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise InputError(f"{self.folder}: another process is at this run") from None
        self._lock = lock

    @contextmanager
    def _taken(self) -> Iterator[None]:
        """Hold the folder from here on, unless something goes wrong in the `with`."""
        self._hold()
        try:
            yield
        except BaseException:
            self.__exit__()
            raise


def _check_same(folder: Path, run: Mapping[str, Any]) -> None:
    """Raise InputError if the run in `folder` is not `run`."""
    before = _read_json(folder / RUN)
    # As it comes back from JSON: lists for tuples.
    now = json.loads(json.dumps(run))
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            raise InputError(
                f"{folder}: cannot go on, {_difference(name, before.get(name), now.get(name))};"
                " delete that folder to begin anew"
            )


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
