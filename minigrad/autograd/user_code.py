"""Where in the user's code we are: for messages that name a line."""

from __future__ import annotations

import linecache
import os
import sys

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def user_line() -> tuple[str, int] | None:
    """File and line of the innermost frame that is neither minigrad's nor a library's."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(_PACKAGE) and "site-packages" not in name and name[:1] != "<":
            return name, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return None


def described(line: tuple[str, int] | None) -> str:
    """`file, line 3: "y = x / 0"`; "" where no line is known."""
    if line is None:
        return ""
    text = linecache.getline(*line).strip()
    return f'{line[0]}, line {line[1]}: "{text}"'
