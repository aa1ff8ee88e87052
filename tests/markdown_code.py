"""The Python code of a Markdown page, as one script that runs from top to bottom.

Blocks fenced as `python` run in order, in one set of names. What a reader has already (a model, its
data) is prepared by a comment that he does not see:

    <!-- setup:
    x = np.zeros(3)
    -->

A block that cannot run here says why in a comment before it: `<!-- not run: needs PyTorch -->`.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

_PIECE = re.compile(
    r"^<!-- setup:\n(?P<setup>.*?)\n-->$"
    r"|^(?:<!-- not run: (?P<reason>[^\n]+) -->\n+)?```python\n(?P<code>.*?)^```$",
    flags=re.DOTALL | re.MULTILINE,
)


def pieces(page):
    """(line, code, reason why it does not run) of each block, in the order of the page."""
    text = page.read_text(encoding="utf-8")
    for found in _PIECE.finditer(text):
        kind = "setup" if found["setup"] is not None else "code"
        line = text.count("\n", 0, found.start(kind)) + 1
        yield line, found[kind], found["reason"]


def script(page):
    """What runs, at the lines where it stands: a traceback tells the line of the page."""
    lines = []
    for line, code, reason in pieces(page):
        if not reason:
            lines += [""] * (line - 1 - len(lines)) + code.splitlines()
    return "\n".join(lines)
