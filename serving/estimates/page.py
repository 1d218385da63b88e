"""Estimates on the terminal: a row a quantity, the methods side by side."""

import math
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from stancekit.serving.estimates.estimate import Estimate

__all__ = ["estimate_table", "notes"]


def estimate_table(estimates: Sequence[Estimate], by: Sequence[str]) -> Table:
    """Return a table with the estimates of a cell below each other, each method in a column."""
    methods = list(dict.fromkeys(estimate.method for estimate in estimates))
    over = any(estimate.period for estimate in estimates)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in [*by, *(["period"] if over else []), "task", ""]:
        table.add_column(Text(name))
    for method in methods:
        table.add_column(method, justify="right", no_wrap=True)
    table.add_column("sentences", justify="right", style="dim")
    table.add_column("documents", justify="right", style="dim")
    found = {(*_place(own), own.method): own for own in estimates}
    before: tuple[str, ...] = ()
    for group, period, task, quantity in sorted(
        dict.fromkeys(_place(own) for own in estimates), key=lambda place: place[:2]
    ):
        row = [found[group, period, task, quantity, method] for method in methods]
        head = (*(value or "-" for value in group), *([period] if over else []), task)
        shown = [] if head == before else list(head)
        table.add_row(
            *(Text(value) for value in (shown or [""] * len(head))),
            quantity,
            *(_interval(own) for own in row),
            *((f"{row[0].sentences:,}", f"{row[0].documents:,}") if shown else ()),
        )
        before = head
    return table


def notes(estimates: Sequence[Estimate]) -> list[str]:
    """Return each reason for which something is missing or doubtful, with how often it holds."""
    counts: dict[tuple[str, str, str], set[tuple[tuple[str, ...], str]]] = {}
    for own in estimates:
        if own.note:
            counts.setdefault((own.task, own.method, own.note), set()).add((own.group, own.period))
    found = []
    for (task, method, note), cells in counts.items():
        more = f" ({len(cells):,} cells)" if len(cells) > 1 else ""
        found.append(f"{task}, {method}: {note}{more}")
    return found


def _place(own: Estimate) -> tuple[tuple[str, ...], str, str, str]:
    return own.group, own.period, own.task, own.quantity


def _interval(own: Estimate) -> str:
    if math.isnan(own.value):
        return "-"
    if math.isnan(own.low):
        return f"{own.value:.2f}"
    return f"{own.value:.2f} [{own.low:.2f}, {own.high:.2f}]"
