"""Days, months, quarters and years as estimates name them: their order, gaps and names."""

import math
import re
from datetime import date

__all__ = ["place", "said", "ticks"]

_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?")
_QUARTERS = ("first", "second", "third", "fourth")
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
"""Years between two ticks; as many as four digits can name."""


def place(period: str) -> int:
    """Return the place of a period among those of its kind, so that a missing one leaves a gap.

    Raises ValueError for what is no `2024`, `2024-Q3`, `2024-03` or `2024-03-11`.
    """
    year, quarter, month, day = _parts(period)
    if day:
        return date(year, month, day).toordinal()
    if month:
        return year * 12 + month - 1
    return year * 4 + quarter - 1 if quarter else year


def said(period: str) -> str:
    """Return a period as it is said.

    >>> said("2024-03-11"), said("2024-Q3")
    ('11 March 2024', 'third quarter of 2024')
    """
    year, quarter, month, day = _parts(period)
    if quarter:
        return f"{_QUARTERS[quarter - 1]} quarter of {year}"
    named = f"{date(year, month, 1):%B} {year}" if month else f"{year}"
    return f"{day} {named}" if day else named


def ticks(first: str, last: str, most: int) -> list[tuple[int, str]]:
    """Return (place, name) of at most `most` ticks between two periods of a kind.

    They stand where years begin; over less than three years where quarters or months do.
    """
    begin, end = _parts(first)[0], _parts(last)[0]
    kind = _kind(first)
    if kind != "year" and end - begin < 2:
        starts = [(year, month) for year in (begin, end) for month in range(1, 13)]
        starts = sorted(set(starts[::3] if kind == "quarter" else starts))
        found = [(_beginning(kind, *start), f"{date(*start, 1):%b} {start[0]}") for start in starts]
        found = _within(found, first, last)
        if found:
            return found[:: math.ceil(len(found) / most)]
        return [(place(first), said(first))]
    step = next(step for step in _STEPS if end - begin < step * most)
    years = [year for year in range(begin, end + 1) if year % step == 0]
    return _within([(_beginning(kind, year, 1), str(year)) for year in years], first, last)


def _within(found: list[tuple[int, str]], first: str, last: str) -> list[tuple[int, str]]:
    return [own for own in found if place(first) <= own[0] <= place(last)]


def _beginning(kind: str, year: int, month: int) -> int:
    form = {
        "year": f"{year:04}",
        "quarter": f"{year:04}-Q{(month + 2) // 3}",
        "month": f"{year:04}-{month:02}",
        "day": f"{year:04}-{month:02}-01",
    }
    return place(form[kind])


def _kind(period: str) -> str:
    _, quarter, month, day = _parts(period)
    return "day" if day else "month" if month else "quarter" if quarter else "year"


def _parts(period: str) -> tuple[int, int, int, int]:
    """Return year, quarter, month and day; 0 for what the period does not have."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise ValueError(f"'{period}' is no period")
    year, quarter, month, day = (int(part or 0) for part in found.groups())
    return year, quarter, month, day
