"""Run a command in a process of its own and say what it took.

The kernel counts memory of the process that starts another one as the other's, too. So a command is
started by this module, run as a small program, and not by a benchmark that holds models.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from stancekit.labels.errors import ConfigurationError

__all__ = ["Ended", "run_child", "stancekit"]

SET_ASIDE = 3
"""The exit code of a run that set some documents aside."""


@dataclass(frozen=True)
class Ended:
    """Seconds from start to end, the largest memory (bytes), and the exit code."""

    seconds: float
    peak: int
    code: int


def stancekit(*arguments: str | Path) -> list[str]:
    """Return the command line of the installed `stancekit`."""
    return [str(Path(sys.executable).parent / "stancekit"), *map(str, arguments)]


def run_child(command: Sequence[str]) -> Ended:
    """Return what `command` took; raises ConfigurationError with its last words if it failed."""
    wrapped = [sys.executable, "-m", "stancekit.training.bench.child", *command]
    done = subprocess.run(wrapped, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        ended = Ended(**json.loads(done.stdout))
    except (ValueError, TypeError):
        raise ConfigurationError(f"{command[0]}: did not start ({done.stderr[-200:]})") from None
    if ended.code not in (0, SET_ASIDE):
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise ConfigurationError(f"{' '.join(command)[:200]}: ended with {ended.code}: {said[-1]}")
    return ended


def _watched(command: Sequence[str]) -> Ended:
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ended(seconds, usage.ru_maxrss * 1024, process.returncode)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_watched(sys.argv[1:]))))
