"""The README keeps its word: its links lead somewhere, CI runs its test command."""

import os
import re
import subprocess

import pytest

from tests.markdown_code import PAGES, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def command(marker):
    """The one line of the shell block under `<!-- marker -->`."""
    (line,) = re.findall(rf"<!-- {marker} -->\n```bash\n(.*)\n```\n", README)
    return line


def test_both_commands_set_themselves_up_with_venv_and_pip_alone():
    for marker, last in (("main command", "-m minigrad"), ("test command", "-m pytest")):
        first, install, work = command(marker).split(" && ")
        assert first == "python3 -m venv .venv"
        assert install.startswith(".venv/bin/python -m pip install ")
        assert re.fullmatch(rf".venv/bin/python {last}( -.*)?", work)


def test_ci_finds_the_test_command_where_the_readme_has_it():
    (extract,) = re.findall(r"command=\$\((sed .*README\.md.*)\)\n", (ROOT / ".ci/run").read_text())
    found = subprocess.run(
        ["bash", "-c", extract], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert found.stdout.strip() == command("test command")
    assert os.access(ROOT / ".ci/run", os.X_OK)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing
