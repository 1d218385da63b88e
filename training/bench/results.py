"""What was measured so far, on disk: phases may run one by one, in any order."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import read_text, write_text
from stancekit.training.bench.machine import DATE

__all__ = ["keep", "one_machine", "read_results"]

MACHINE = "machine"

Results = dict[str, dict[str, Any]]


def keep(path: Path, phase: str, result: Mapping[str, Any], machine: Mapping[str, Any]) -> None:
    """Put the result of `phase` in the place of an older one; other phases stay as they are."""
    results = read_results(path) if path.exists() else {}
    results[phase] = {**result, MACHINE: dict(machine)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(results, indent=1, sort_keys=True) + "\n")


def read_results(path: Path) -> Results:
    """Return phase -> result; raises DataError if there is none, or the file is no such thing."""
    try:
        results = json.loads(read_text(path))
    except ValueError:
        raise DataError(f"{path}: is not JSON") from None
    if not isinstance(results, dict) or not all(isinstance(own, dict) for own in results.values()):
        raise DataError(f"{path}: expected a table of phases")
    return results


def one_machine(results: Results) -> dict[str, Any]:
    """Return the machine of all phases, with the last of their dates.

    Raises DataError if they are of several machines, or of other versions, and names a difference.
    """
    found: dict[str, Any] = {}
    for phase, result in sorted(results.items()):
        own = result[MACHINE]
        for name in sorted({*own, *found}) if found else ():
            if name != DATE and own.get(name) != found.get(name):
                raise DataError(
                    f"{phase}: was measured with {name} {own.get(name)}, other phases with"
                    f" {found.get(name)}; measure one of them again"
                )
        found = {**own, DATE: max(own[DATE], found.get(DATE, ""))}
    return found
