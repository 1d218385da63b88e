"""The day, month, quarter or year that a date falls into."""

import datetime as dt
import re

from stancekit.labels.errors import InputError

__all__ = ["SPANS", "check_span", "period"]

SPANS = ("day", "month", "quarter", "year")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ].*)?)?)?")


def check_span(over: str) -> None:
    """Raise InputError if `over` is no span of time."""
    if over not in SPANS:
        raise InputError(f"--over {over}: expected one of {', '.join(SPANS)}")


def period(date: str, over: str) -> str:
    """Return the period of an ISO date, "" if it is none or less precise than the period.

    >>> period("2021-09-28T07:30:00Z", "quarter"), period("2021-09", "month")
    ('2021-Q3', '2021-09')
    >>> period("2021", "month"), period("28/09/2021", "year")
    ('', '')
    """
    found = _DATE.fullmatch(date.strip())
    if found is None:
        return ""
    year, month, day = found.groups()
    try:
        dt.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    if over == "year":
        return str(year)
    if month is None or (over == "day" and day is None):
        return ""
    if over == "quarter":
        return f"{year}-Q{(int(month) + 2) // 3}"
    return f"{year}-{month}" if over == "month" else f"{year}-{month}-{day}"
