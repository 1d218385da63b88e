"""What a request may ask for, and how many may ask at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stancekit.serving.http.problems import Problem

__all__ = ["RETRY_S", "InFlight", "Limits", "body"]

RETRY_S = 1
"""What Retry-After says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a service.

    `documents` bounds the documents, sentences or rows of a request; `characters` those of one
    document, of which `evidence_characters` can be explained. `json_signs` bounds the commas and
    brackets of a JSON body, and with them its values. `unpacked_bytes` bounds what an upload is
    decompressed to. `answer_s` is the time from the body to the answer, `body_s` that in which the
    body has to come; `header_s` and `header_bytes` bound what stands before it. `taken_bytes` of an
    answer have to be taken every `taken_s`.
    """

    body_bytes: int = 8 * 2**20
    json_signs: int = 500_000
    unpacked_bytes: int = 32 * 2**20
    documents: int = 1000
    characters: int = 200_000
    evidence_characters: int = 2_000
    in_flight: int = 64
    connections: int = 1000
    answer_s: float = 30.0
    body_s: float = 10.0
    header_s: float = 10.0
    header_bytes: int = 64 * 1024
    taken_s: float = 10.0
    taken_bytes: int = 64 * 1024


class InFlight:
    """Counts the requests that are being answered."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.count = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place while a request is answered; raises Problem 429 if there is none."""
        if self.count >= self.most:
            raise Problem(
                429,
                f"{self.most} requests are being answered, which is the most; try again",
                headers={"Retry-After": str(RETRY_S)},
            )
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


async def body(chunks: AsyncIterator[bytes], announced: str | None, limits: Limits) -> bytes:
    """Return the whole body of a request; `announced` is its Content-Length, if it has one.

    Raises Problem 413 for one that is too long, as soon as that is known, 408 for one too slow.
    """
    if announced is not None and announced.isdecimal() and int(announced) > limits.body_bytes:
        raise _too_long(limits)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_s):
            async for chunk in chunks:
                size += len(chunk)
                if size > limits.body_bytes:
                    raise _too_long(limits)
                parts.append(chunk)
    except TimeoutError:
        raise Problem(
            408,
            f"the body did not come within {limits.body_s:g} seconds",
            headers={"Connection": "close"},
        ) from None
    return b"".join(parts)


def _too_long(limits: Limits) -> Problem:
    return Problem(413, f"the body is longer than {limits.body_bytes:,} bytes")
