"""What ruff and mypy say about the code, and what only people would see."""

import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "minigrad").rglob("*.py"))


@pytest.mark.parametrize(
    "words",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_the_tool_finds_nothing(words):
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_the_package_has_no_assert_and_nothing_left_to_do():
    found = []
    for path in SOURCES:
        with open(path, "rb") as file:
            for token in tokenize.tokenize(file.readline):
                unfinished = token.type == tokenize.COMMENT and re.search(
                    r"\b(TODO|FIXME|XXX)\b", token.string
                )
                if unfinished or (token.type == tokenize.NAME and token.string == "assert"):
                    found.append(f"{path.relative_to(ROOT)}:{token.start[0]}: {token.line.strip()}")
    assert not found, "\n".join(found)


def test_every_module_opens_with_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not path.read_text(encoding="utf-8").startswith(('"""', 'r"""'))
    ]
    assert not silent


def test_the_dependency_groups_are_the_extras():
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["dependency-groups"] == settings["project"]["optional-dependencies"]
