"""Finding: one thing that is wrong with a training, in plain words, and what to do about it."""

from typing import NamedTuple

MARKS = {"problem": "✗", "warning": "!", "note": "·"}


class Finding(NamedTuple):
    """A verdict.

    Attributes:
        code: A word for it, such as "dead_units".
        level: "problem", "warning" or "note".
        message: What is wrong.
        remedy: What to do.
    """

    code: str
    level: str
    message: str
    remedy: str

    def __str__(self):
        return f"{MARKS[self.level]} {self.message}\n  → {self.remedy}"


def problem(code, message, remedy):
    """A Finding that keeps the model from learning."""
    return Finding(code, "problem", message, remedy)


def warning(code, message, remedy):
    """A Finding that costs quality or time."""
    return Finding(code, "warning", message, remedy)


def note(code, message, remedy):
    """A Finding that is good to know."""
    return Finding(code, "note", message, remedy)
