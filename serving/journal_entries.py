"""The lines of a journal: what each part of a long run holds, and where the next one begins."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stancekit.labels.errors import InputError
from stancekit.serving.chunks import Position
from stancekit.serving.document import SetAside

__all__ = ["Entry", "read_entries"]


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


def read_entries(path: Path) -> Iterator[tuple[Entry, int]]:
    """Yield each entry of a journal and the byte at which its line ends.

    A last line that was cut off does not count. Raises InputError if another one is damaged.
    """
    end = 0
    content = path.read_bytes() if path.exists() else b""
    for number, row in enumerate(content.splitlines(keepends=True), start=1):
        if not row.endswith(b"\n"):
            return
        try:
            entry = Entry.of(json.loads(row))
        except (ValueError, KeyError, TypeError, AttributeError):
            entry = None
        if entry is None or entry.part != number:
            raise InputError(f"{path}, line {number}: is damaged; delete the folder to begin anew")
        end += len(row)
        yield entry, end
