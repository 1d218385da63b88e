"""The outcomes of the simulation as Markdown: a summary for the README, and every figure."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stancekit.training.coverage.plan import SHARES, Outcome

__all__ = ["full_table", "summary"]

_LOW, _HIGH = 0.93, 0.97


def summary(found: Sequence[Outcome], repetitions: int) -> str:
    """Return the table by true share, that by kind of corpora, and where intervals do not hold."""
    usual = [own for own in found if own.usual]
    methods = list(dict.fromkeys(row.method for own in found for row in own.found))
    corrected = methods[1:]
    begin = (
        f"Corpora of {usual[0].corpora}; {repetitions:,} for each label and share."
        " From the smallest to the largest figure of the labels:"
    )
    lines = [
        begin,
        "",
        f"| true share | `{methods[0]}` is off by | holds the truth |"
        + "".join(f" `{method}`: holds, width |" for method in corrected),
        "|---|---|---|" + "---|" * len(corrected),
    ]
    for share in SHARES:
        own = [row for o in usual if o.share == share for row in o.found if _is_share(o, row)]
        counted = [row for row in own if row.method == methods[0]]
        cells = [_range(counted, _bias), _range(counted, _covers)]
        cells += [_held([row for row in own if row.method == method]) for method in corrected]
        lines.append(f"| {share:.0%} | {' | '.join(cells)} |")
    nets = [row for o in usual for row in o.found if not _is_share(o, row)]
    if nets:
        counted = [row for row in nets if row.method == methods[0]]
        cells = [_range(counted, _bias), _range(counted, _covers)]
        cells += [_held([row for row in nets if row.method == method]) for method in corrected]
        lines.append(f"| net value, all of these | {' | '.join(cells)} |")
    lines += ["", *_by_kind(found, corrected), "", *_outside(usual, corrected, repetitions)]
    return "\n".join(lines) + "\n"


def full_table(found: Sequence[Outcome]) -> str:
    """Return for every kind of corpora a row for every label, share and method."""
    lines = []
    for kind in dict.fromkeys(own.corpora for own in found):
        lines += [
            f"## Corpora: {kind}",
            "",
            "| task | quantity | truth | method | bias | holds the truth | width | refused |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for own in found:
            lines += [_row(own, row) for row in own.found if own.corpora == kind]
        lines.append("")
    return "\n".join(lines)


def _row(own: Outcome, row: Any) -> str:
    of = "" if _is_share(own, row) else f" ({own.label} {own.share:.0%})"
    return (
        f"| {row.task} | {row.quantity}{of} | {row.truth:.2f} | {row.method} | {row.bias:+.3f} |"
        f" {row.covers:.1%} | {row.width:.2f} | {row.missing:.1%} |"
    )


def _by_kind(found: Sequence[Outcome], methods: Sequence[str]) -> list[str]:
    lines = [
        "| corpora (shares only) |" + "".join(f" `{method}`: holds, width |" for method in methods),
        "|---|" + "---|" * len(methods),
    ]
    for kind in dict.fromkeys(own.corpora for own in found):
        rows = [
            row for o in found if o.corpora == kind for row in o.found if row.quantity == o.label
        ]
        cells = [_held([row for row in rows if row.method == method]) for method in methods]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return lines


def _outside(usual: Sequence[Outcome], methods: Sequence[str], repetitions: int) -> list[str]:
    """Return how many intervals of the usual corpora hold the truth too rarely or too often."""
    lines = []
    for method in methods:
        rows = [(o, row) for o in usual for row in o.found if row.method == method]
        shares = [row for o, row in rows if _is_share(o, row)]
        nets = [row for o, row in rows if not _is_share(o, row)]
        line = f"- `{method}`: {_count_outside(shares, 'shares')}"
        if nets:
            line += f"; {_count_outside(nets, 'net values')}"
        refused = max(row.missing for row in shares)
        lines.append(f"{line}; at most {refused:.0%} of shares refused.")
    error = 1.96 * np.sqrt(0.95 * 0.05 / repetitions)
    lines.append(
        f"- By chance alone, a figure of {repetitions:,} corpora is off by up to {error:.1%}."
    )
    return lines


def _count_outside(rows: Sequence[Any], what: str) -> str:
    wrong = [row for row in rows if not _LOW <= row.covers <= _HIGH]
    low, high = min(row.covers for row in rows), max(row.covers for row in rows)
    return (
        f"{len(wrong)} of {len(rows)} {what} are outside of {_LOW:.0%} to {_HIGH:.0%}"
        f" (all: {low:.1%} to {high:.1%})"
    )


def _is_share(own: Outcome, row: Any) -> bool:
    return bool(row.quantity == own.label)


def _held(rows: Sequence[Any]) -> str:
    return f"{_range(rows, _covers)}, {np.nanmean([row.width for row in rows]):.2f}"


def _covers(row: Any) -> float:
    return float(100 * row.covers)


def _bias(row: Any) -> float:
    return float(row.bias)


def _range(rows: Sequence[Any], figure: Callable[[Any], float]) -> str:
    low, high = min(map(figure, rows)), max(map(figure, rows))
    if figure is _bias:
        return f"{low:+.2f} to {high:+.2f}"
    return f"{low:.0f} to {high:.0f} %"
