"""Ctrl-C and a request to end, told apart from faults, for commands that run long."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

__all__ = ["INTERRUPTED", "interruptions"]

INTERRUPTED = 130
"""The exit code of a command that was stopped."""


@contextmanager
def interruptions() -> Iterator[Event]:
    """Let a request to end be an interruption, as Ctrl-C is, and give what says that there was one.

    Python drops what a signal raises where no exception can go, as in a destructor.
    """
    asked = Event()

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        asked.set()
        raise KeyboardInterrupt

    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:  # as a shell has it for a job behind it
        numbers.append(signal.SIGINT)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield asked
    except KeyboardInterrupt:
        sys.stderr.write("stancekit: stopped\n")
        sys.stderr.flush()
        os._exit(INTERRUPTED)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
