"""The codebook: tasks, labels, definitions, rules and examples, read from TOML.

It is data. Nothing else in the package knows the name of a task or label, so another codebook
trains, scores and serves with the same commands.
"""

import hashlib
import json
import re
from collections import Counter
from dataclasses import asdict
from functools import cache
from pathlib import Path

from stancekit.labels.configuration import parse_json, read_toml, strict
from stancekit.labels.errors import BundleError, ConfigurationError, DataError

__all__ = ["Codebook", "Example", "Label", "Rule", "Task", "read_codebook", "released_codebook"]

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@strict
class Example:
    """A sentence and the label that its rule gives it."""

    text: str
    label: str


@strict
class Rule:
    """One rule of a task, with examples."""

    id: str
    text: str
    examples: tuple[Example, ...]


@strict
class Label:
    """One label of a task.

    `value` places it on the task's scale (+1, 0 or -1, for net shares); `colour` is `#RRGGBB`;
    `lexicon` lists the words of the keyword baseline (`*` at the end stands for any ending).
    """

    name: str
    display: str
    value: int
    colour: str
    definition: str
    examples: tuple[str, ...]
    lexicon: tuple[str, ...] = ()


@strict
class Task:
    """One question asked of every sentence; `default` is the label of sentences out of scope."""

    name: str
    title: str
    question: str
    default: str
    labels: tuple[Label, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels in the codebook's order, which is the order of all probabilities."""
        return tuple(label.name for label in self.labels)

    def label(self, name: str) -> Label:
        """Return the label called `name`; raises DataError if the codebook has none."""
        for label in self.labels:
            if label.name == name:
                return label
        raise DataError(
            f"label '{name}' is not in task '{self.name}' of the codebook,"
            f" which has {', '.join(self.label_names)}"
        )


@strict
class Codebook:
    """The measuring instrument: what is asked of each sentence and what the answers mean."""

    version: str
    title: str
    unit: str
    scope: str
    tasks: tuple[Task, ...]

    @property
    def task_names(self) -> tuple[str, ...]:
        """The tasks in the codebook's order."""
        return tuple(task.name for task in self.tasks)

    def task(self, name: str) -> Task:
        """Return the task called `name`; raises DataError if the codebook has none."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise DataError(
            f"task '{name}' is not in the codebook, which has {', '.join(self.task_names)}"
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the content, so that comments and line breaks of the file do not count."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the whole codebook as canonical JSON (keys sorted, no spaces)."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, document: str, where: str) -> "Codebook":
        """Read what `to_json` wrote; raises BundleError or ConfigurationError."""
        return _checked(parse_json(document, cls, where, BundleError), where)


def read_codebook(path: Path) -> Codebook:
    """Read and check a `codebook.toml`.

    Raises ConfigurationError for an unknown key, a label used but not defined, or a name given
    twice, and says where.
    """
    return _checked(read_toml(path, Codebook), str(path))


@cache
def released_codebook() -> Codebook:
    """Return the codebook that ships with stancekit.

    >>> released_codebook().task_names
    ('stance', 'framing')
    """
    return read_codebook(Path(__file__).parent / "codebook.toml")


def _checked(codebook: Codebook, where: str) -> Codebook:
    faults = list(_name_faults("task", codebook.task_names))
    for task in codebook.tasks:
        faults += _task_faults(task)
    if not codebook.tasks:
        faults.append("there is no task")
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigurationError(f"{where}: {faults[0]}{more}")
    return codebook


def _task_faults(task: Task) -> list[str]:
    place = f"task '{task.name}'"
    faults = [f"{place}: {fault}" for fault in _name_faults("label", task.label_names)]
    if len(task.labels) < 2:
        faults.append(f"{place} needs two labels or more, has {len(task.labels)}")
    if task.default not in task.label_names:
        faults.append(f"{place}: default '{task.default}' is not one of its labels")
    for label in task.labels:
        if not _COLOUR.fullmatch(label.colour):
            faults.append(
                f"{place}: colour of '{label.name}' is '{label.colour}', expected #RRGGBB"
            )
        if label.value not in (-1, 0, 1):
            faults.append(f"{place}: value of '{label.name}' is {label.value}, expected -1, 0 or 1")
    for rule_id, count in Counter(rule.id for rule in task.rules).items():
        if count > 1:
            faults.append(f"{place}: rule '{rule_id}' is defined {count} times")
    faults += [
        f"{place}: an example of rule '{rule.id}' has label '{example.label}', which is not defined"
        for rule in task.rules
        for example in rule.examples
        if example.label not in task.label_names
    ]
    return faults


def _name_faults(what: str, names: tuple[str, ...]) -> list[str]:
    twice = [
        f"{what} '{name}' is defined more than once" for name, n in Counter(names).items() if n > 1
    ]
    wrong = [
        f"{what} name '{name}' should be lower-case letters, digits and underscores"
        for name in names
        if not _IDENTIFIER.fullmatch(name)
    ]
    return twice + wrong
