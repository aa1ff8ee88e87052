"""Every Python block of every Markdown page runs, in the order of its page."""

import os
import subprocess
import sys

import pytest

from tests.markdown_code import PAGES, ROOT, pieces, script

RUN_BY = {"teaching.md": "test_tutorials.py", "adding_an_op.md": "test_adding_an_op.py"}
WITH_CODE = [page for page in PAGES if page.name not in RUN_BY and script(page)]
RUN = """import sys
import minigrad as keras
page, code = sys.argv[1:]
exec(compile(code, page, "exec"), {"__name__": "__main__", "keras": keras})
"""


def test_pages_with_code_are_found():
    assert ROOT / "README.md" in WITH_CODE and len(WITH_CODE) > 3


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.name)
def test_the_code_of_the_page_runs(page, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, str(page), script(page)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_escapes_the_run(page):
    text = page.read_text(encoding="utf-8")
    found = [code for _, code, _ in pieces(page)]
    assert text.count("```python") + text.count("<!-- setup:") == len(found)
