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
        own = [row for o in usual if o.share == share for row in o.found if row.quantity == o.label]
        counted = [row for row in own if row.method == methods[0]]
        cells = [_range(counted, _bias), _range(counted, _covers)]
        cells += [_held([row for row in own if row.method == method]) for method in corrected]
        lines.append(f"| {share:.0%} | {' | '.join(cells)} |")
    nets = [row for o in usual for row in o.found if row.quantity != o.label]
    if nets:
        counted = [row for row in nets if row.method == methods[0]]
        cells = [_range(counted, _bias), _range(counted, _covers)]
        cells += [_held([row for row in nets if row.method == method]) for method in corrected]
        lines.append(f"| net value, all of these | {' | '.join(cells)} |")
    lines += ["", *_by_kind(found, corrected), "", *_outside(usual, corrected)]
    return "\n".join(lines) + "\n"


def full_table(found: Sequence[Outcome]) -> str:
    """Return a row for every kind of corpora, label, share and method."""
    lines = [
        "| corpora | task | quantity | truth | method | bias | holds the truth | width | refused |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for own in found:
        for row in own.found:
            of = "" if row.quantity == own.label else f" ({own.label} {own.share:.0%})"
            lines.append(
                f"| {own.corpora} | {row.task} | {row.quantity}{of} | {row.truth:.2f} |"
                f" {row.method} | {row.bias:+.3f} | {row.covers:.1%} | {row.width:.2f} |"
                f" {row.missing:.1%} |"
            )
    return "\n".join(lines) + "\n"


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


def _outside(usual: Sequence[Outcome], methods: Sequence[str]) -> list[str]:
    """Return which intervals of the usual corpora hold the truth too rarely or too often."""
    lines = []
    for method in methods:
        rows = [(o, row) for o in usual for row in o.found if row.method == method]
        wrong = [(o, row) for o, row in rows if not _LOW <= row.covers <= _HIGH]
        shares = [
            f"{r.quantity} {r.truth:.0%}: {r.covers:.1%}" for o, r in wrong if _is_share(o, r)
        ]
        nets = [f"{o.label} {o.share:.0%}: {r.covers:.1%}" for o, r in wrong if not _is_share(o, r)]
        line = (
            f"- `{method}` is outside of {_LOW:.0%} to {_HIGH:.0%} in {len(wrong)} of {len(rows)}"
        )
        if shares:
            line += f"; shares: {', '.join(shares)}"
        if nets:
            line += f"; net values, where {', '.join(nets)}"
        lines.append(line + ".")
    return lines


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
