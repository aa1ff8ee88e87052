"""Every tutorial runs as a reader would run it, and its exercises have solutions that are right."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.exercises import exercises, solutions

ROOT = Path(__file__).parent.parent
TUTORIALS = sorted((ROOT / "tutorials").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_the_tutorial_runs_and_its_solutions_are_right(tutorial, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "tests" / "exercises.py"), str(tutorial)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
        capture_output=True,
        encoding="utf-8",
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def test_every_exercise_has_a_solution_and_every_solution_an_exercise():
    asked = {name: cell for tutorial in TUTORIALS for name, cell in exercises(tutorial).items()}
    assert asked.keys() == solutions().keys()
    assert not [name for name, cell in asked.items() if "check(" not in cell]
    assert {tutorial for tutorial, _ in asked} == {path.name[:2] for path in TUTORIALS}


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_the_tutorial_is_made_of_cells_and_starts_with_a_title(tutorial):
    text = tutorial.read_text(encoding="utf-8")
    assert text.startswith("# %% [markdown]\n# # ")
    assert re.search(r"^# %%$", text, flags=re.MULTILINE)


def test_tutorials_are_numbered_in_reading_order_without_gaps():
    assert [path.name[:3] for path in TUTORIALS] == [
        f"{i:02d}_" for i in range(1, len(TUTORIALS) + 1)
    ]
