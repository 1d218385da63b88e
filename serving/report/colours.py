"""The codebook's colours, made legible on light and on dark paper."""

from stancekit.labels.codebook import Codebook, Task

__all__ = ["DARK", "LIGHT", "palette", "token"]

Rgb = tuple[int, int, int]

LIGHT = {
    "paper": "#ffffff",
    "ink": "#191c20",
    "soft": "#535a62",
    "faint": "#a3a9af",
    "rule": "#dcdfdb",
    "band": "#eef0ed",
}
DARK = {
    "paper": "#17191c",
    "ink": "#e9e7e2",
    "soft": "#a7adb3",
    "faint": "#646b72",
    "rule": "#2c3136",
    "band": "#202429",
}
_LEGIBLE = 3.2
"""Contrast of lines and marks with the paper; WCAG 2.2 asks for 3."""


def token(task: Task, label: str) -> str:
    """Return the name under which a palette has the colour of a label."""
    return f"{task.name}-{task.label_names.index(label)}"


def palette(codebook: Codebook, dark: bool = False) -> dict[str, str]:
    """Return name -> `#rrggbb` of all that charts are drawn with: paper, ink, and every label.

    A codebook may choose any colour; each is moved towards the ink until it stands out.
    """
    base = DARK if dark else LIGHT
    paper, ink = _rgb(base["paper"]), _rgb("#ffffff" if dark else "#000000")
    labels = {
        token(task, label.name): _hex(_legible(_rgb(label.colour), ink, paper))
        for task in codebook.tasks
        for label in task.labels
    }
    return {**base, **labels}


def _legible(colour: Rgb, towards: Rgb, ground: Rgb) -> Rgb:
    for step in range(25):
        tried = _mix(colour, towards, step / 25)
        if _contrast(tried, ground) >= _LEGIBLE:
            return tried
    return towards


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _contrast(one: Rgb, other: Rgb) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Rgb) -> float:
    parts = [byte / 255 for byte in colour]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{byte:02x}" for byte in colour)
