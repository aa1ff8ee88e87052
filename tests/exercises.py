"""Run a tutorial as it is, then each of its exercises with the solution of docs/teaching.md.

`python tests/exercises.py tutorials/01_….py` fails if an exercise is not said to be unanswered at
first, or not said to be right with its solution.
"""

import contextlib
import io
import re
import sys
import textwrap
from pathlib import Path

TEACHING = Path(__file__).parent.parent / "docs" / "teaching.md"
ANSWER = re.compile(r"^( *)[^\n]*\.\.\.[^\n]*# exercise (\d+)[^\n]*$", flags=re.MULTILINE)
SOLUTION = re.compile(r"^### (\d\d)\.(\d+)$(.*?)(?=^##|\Z)", flags=re.DOTALL | re.MULTILINE)


def solutions():
    """{(tutorial, exercise): code}, as ("01", "1")."""
    found = {}
    for tutorial, exercise, text in SOLUTION.findall(TEACHING.read_text(encoding="utf-8")):
        (found[tutorial, exercise],) = re.findall(
            r"<details>.*?```python\n(.*?)```.*?</details>", text, flags=re.DOTALL
        )
    return found


def exercises(tutorial):
    """{(tutorial, exercise): its cell}."""
    cells = re.split(r"^# %%.*$", tutorial.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        (tutorial.name[:2], exercise): cell
        for cell in cells
        for _, exercise in ANSWER.findall(cell)
    }


def solved(cell, solution):
    """The cell with the line of `...` replaced by the solution, as far to the right."""
    return ANSWER.sub(lambda line: textwrap.indent(solution.rstrip(), line[1]), cell)


def output(code, filename, names):
    """What the code prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, filename, "exec"), names)
    return printed.getvalue()


def main(tutorial):
    names = {"__name__": "__main__", "__file__": str(tutorial)}
    cells, known = exercises(tutorial), solutions()
    printed = output(tutorial.read_text(encoding="utf-8"), str(tutorial), names)
    if printed.count("… not answered yet") != len(cells) or "✗ not yet" in printed:
        raise SystemExit(
            f"{tutorial.name}: not every exercise is open at first.\n{printed[-1000:]}"
        )
    for (number, exercise), cell in cells.items():
        name = f"{number}.{exercise}"
        printed = output(solved(cell, known[number, exercise]), f"solution of {name}", names)
        if printed != "✓ right\n":
            raise SystemExit(f"The solution of {name} in docs/teaching.md is not right:\n{printed}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
