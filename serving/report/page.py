"""The page of a report: one HTML file that needs nothing else, and runs nothing."""

import hashlib
import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from stancekit.labels.codebook import Codebook, Task
from stancekit.models.held_out import HeldOut
from stancekit.serving.report.colours import palette, token
from stancekit.serving.report.contents import ADJUSTED, OWN, Contents
from stancekit.serving.report.figure import Figure, Grid
from stancekit.serving.report.sources import Quoted
from stancekit.serving.report.summary import summary
from stancekit.serving.report.svg import inline_svg
from stancekit.serving.report.wording import count, listed

__all__ = ["Signature", "TaskPart", "page", "task_title"]

TEMPLATE, STYLE = "report.html.jinja", "report.css"


@dataclass(frozen=True)
class Signature:
    """What the figures rest on, and what gives them again.

    `labels` names the file of own labels, empty where there is none; `made` is a date, or empty.
    """

    command: str
    scores: str
    scores_digest: str
    bundle: str
    bundle_name: str
    version: str
    labels: str = ""
    labels_digest: str = ""
    made: str = ""


@dataclass(frozen=True)
class TaskPart:
    """What the page shows of one task; `undecided` is a sentence on that, or empty."""

    task: Task
    figures: tuple[Figure, ...]
    undecided: str
    telling: dict[str, list[Quoted]]


@dataclass(frozen=True)
class _Shown:
    """A figure as the template takes it."""

    name: str
    title: str
    note: str
    wide: Markup
    narrow: Markup
    grid: Grid | None
    table: str


def page(
    contents: Contents,
    parts: Sequence[TaskPart],
    signature: Signature,
    *,
    title: str,
    scope: str,
    held_out: HeldOut,
    warnings: Sequence[str] = (),
    folder: str = "report_files",
) -> str:
    """Return the page; equal input gives an equal page.

    `folder` is where the charts and tables lie beside it, as it will be linked to.
    """
    folder_here = Path(__file__).parent
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((folder_here / TEMPLATE).read_text(encoding="utf-8"))
    style = _style(contents.codebook, (folder_here / STYLE).read_text(encoding="utf-8"))
    return template.render(
        title=title,
        scope=scope,
        policy=_policy(style),
        style=Markup(style),  # noqa: S704  (ours, and colours that the codebook was checked for)
        tasks=[_task(contents, part) for part in parts],
        warnings=warnings,
        proviso=_proviso(contents, held_out),
        unit=_unit(contents),
        has_own=any(own.method == OWN for own in contents.overall),
        judged=_judged(held_out),
        codebook=contents.codebook,
        signature=_signature(signature, contents.codebook),
        folder=folder,
        address=quote(folder),
    ).lstrip()


def task_title(task: Task) -> str:
    """Return the task's name as a heading."""
    return task.name.replace("_", " ").capitalize()


def _task(contents: Contents, part: TaskPart) -> dict[str, object]:
    task = part.task
    return {
        "name": task.name,
        "title": task_title(task),
        "question": task.question,
        "summary": summary(contents, task),
        "figures": [_shown(figure) for figure in part.figures],
        "undecided": part.undecided,
        "telling": [
            {
                "display": label.display,
                "hue": f"hue-{token(task, label.name)}",
                "sentences": part.telling[label.name],
            }
            for label in task.labels
            if part.telling.get(label.name)
        ],
    }


def _shown(figure: Figure) -> _Shown:
    # What they hold was escaped as they were drawn.
    wide, narrow = (Markup(inline_svg(own)) for own in (figure.wide, figure.narrow))  # noqa: S704
    return _Shown(figure.name, figure.title, figure.note, wide, narrow, figure.grid, figure.table)


def _style(codebook: Codebook, sheet: str) -> str:
    """Return the style sheet with the codebook's colours, light on paper whatever the screen."""

    def variables(dark: bool) -> str:
        return " ".join(f"--{name}: {of};" for name, of in palette(codebook, dark).items())

    hues = "\n".join(
        f".hue-{token(task, name)} {{ --hue: var(--{token(task, name)}); }}"
        for task in codebook.tasks
        for name in task.label_names
    )
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {variables(True)} }} }}"
    light = f":root {{ color-scheme: light dark; {variables(False)} }}"
    return f"\n{light}\n{dark}\n{hues}\n{sheet}"


def _policy(style: str) -> str:
    """Return what a browser may do for this page: apply its own style sheet, nothing else."""
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _judged(held_out: HeldOut) -> dict[str, str]:
    tasks = held_out.tasks.values()
    sentences = max(len(task.gold) for task in tasks)
    documents = len({name for task in tasks for name in task.documents})
    return {"sentences": f"{sentences:,}", "documents": count(documents, "document")}


def _proviso(contents: Contents, held_out: HeldOut) -> str:
    """Return on what condition the figures hold; nothing where none could be adjusted."""
    if all(math.isnan(own.value) for own in contents.overall if own.method == ADJUSTED):
        return ""
    condition = (
        f"hold if the model errs here as it did in the {_judged(held_out)['documents']} that it was"
        " judged by."
    )
    tasks = contents.codebook.tasks
    labelled = [task for task in tasks if contents.best(task.name) == OWN]
    if len(labelled) == len(tasks):
        return (
            "The shares of all rest on sentences that were labelled by hand; those over time and of"
            f" groups are adjusted for the model\u2019s errors, and {condition} Intervals are"
            " 95\u00a0% intervals."
        )
    if labelled:
        names = listed([task.name.replace("_", " ") for task in labelled])
        return (
            f"Of {names}, the shares of all rest on sentences that were labelled by hand; other"
            f" figures are adjusted for the model\u2019s errors, and {condition} Intervals are"
            " 95\u00a0% intervals."
        )
    said = "Figures are adjusted for the model\u2019s errors, with 95\u00a0% intervals."
    return f"{said} They {condition}"


def _unit(contents: Contents) -> str:
    if contents.options.unit == "document":
        return "Shares are means over documents: each document counts the same, however long it is."
    return "Shares are of sentences: a long document counts more than a short one."


def _signature(own: Signature, codebook: Codebook) -> list[tuple[str, str, bool]]:
    """Return name, value, and whether it is set as code."""
    facts = [
        ("Command", own.command, True),
        ("Scores", own.scores, True),
        ("their SHA-256", own.scores_digest, True),
        ("Model", f"{own.bundle_name}, bundle {own.bundle}", False),
        ("Codebook", f"version {codebook.version}, SHA-256 {codebook.digest}", False),
        ("Program", f"stancekit {own.version}", False),
    ]
    if own.labels:
        facts += [("Labels", own.labels, True), ("their SHA-256", own.labels_digest, True)]
    return [*facts, ("Made", own.made, False)] if own.made else facts
