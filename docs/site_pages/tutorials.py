"""Tutorials for the gallery: cells of Markdown become reStructuredText; notebooks by jupytext."""

import re
import shutil
from pathlib import Path

import jupytext

DOCS = Path(__file__).parent.parent
SOURCES = DOCS.parent / "tutorials"
SCRIPTS = DOCS / "_build" / "tutorials"
NOTEBOOKS = DOCS / "_build" / "notebooks"
HEADER = "Tutorials\n=========\n\nFrom one scalar to a small GPT. Each runs in less than a minute."


def write():
    """The scripts and the notebooks of all tutorials, in docs/_build."""
    for folder in (SCRIPTS, NOTEBOOKS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    (SCRIPTS / "GALLERY_HEADER.rst").write_text(HEADER + "\n")
    for path in sorted(SOURCES.glob("[0-9]*.py")):
        notebook = jupytext.read(path)
        jupytext.write(notebook, NOTEBOOKS / f"{path.stem}.ipynb")
        (SCRIPTS / path.name).write_text(script(notebook, path.stem), encoding="utf-8")


def script(notebook, name):
    """A notebook as a script for sphinx-gallery."""
    first, *others = notebook.cells
    download = f"As a :download:`notebook </_build/notebooks/{name}.ipynb>`."
    pieces = [f'r"""\n{rst(first.source)}\n\n{download}\n"""']
    for cell in others:
        if cell.cell_type == "markdown":
            lines = rst(cell.source).splitlines()
            pieces.append("# %%\n" + "\n".join(f"# {line}".rstrip() for line in lines))
        else:
            pieces.append(("# %%\n\n" if pieces[-1][:4] != "# %%" else "") + cell.source)
    return "\n\n".join(pieces) + "\n"


def rst(markdown):
    """The Markdown that tutorials are written in, as reStructuredText."""
    result, lines = [], markdown.splitlines()
    while lines:
        line = lines.pop(0)
        if line.startswith("```"):
            code = []
            while not lines[0].startswith("```"):
                code.append("   " + lines.pop(0))
            lines.pop(0)
            result += ["", f".. code-block:: {line[3:].strip() or 'text'}", "", *code, ""]
        elif line.startswith("$$"):
            formula = [line]
            while not (len("".join(formula)) > 2 and formula[-1].rstrip().endswith("$$")):
                formula.append(lines.pop(0))
            inside = " ".join(formula).strip().removeprefix("$$").removesuffix("$$").strip()
            result += ["", ".. math::", "", "   " + inside, ""]
        elif line.startswith("|"):
            rows = [line]
            while lines and lines[0].startswith("|"):
                rows.append(lines.pop(0))
            result += ["", *_table(rows), ""]
        elif match := re.match(r"(#+) (.*)", line):
            title = _inline(match[2])
            result += [title, "=-~^"[len(match[1]) - 1] * len(title)]
        else:
            # A formula or a link may go on in the next line: a paragraph is read as a whole.
            paragraph = [line]
            while line and lines and re.match(r"[^#|$`]|`[^`]|\$[^$]", lines[0]):
                paragraph.append(lines.pop(0))
            result += _lists(_inline("\n".join(paragraph)).splitlines() or [""])
    return "\n".join(result)


def _lists(lines):
    """Blank lines around lists, which Markdown does not ask for."""
    result, inside = [], False
    for line in lines:
        item = re.match(r"\s*([-*]|\d+\.) ", line)
        if item and not inside:
            result.append("")
        inside = bool(item) or (inside and line.startswith(" "))
        result.append(line)
    return result


def _table(rows):
    cells = [[_inline(one.strip()) for one in _columns(row)] for row in rows]
    result = [".. list-table::", "   :header-rows: 1", ""]
    for number, row in enumerate(cells):
        if number != 1:
            result += [f"   {'-' if i else '* -'} {one}".replace("   -", "     -", 1)
                       for i, one in enumerate(row)]  # fmt: skip
    return result


def _columns(row):
    return re.split(r"(?<!\\)\|", row.strip().strip("|"))


def _inline(text):
    """Code, formulas and links of a paragraph; the rest is the same in both languages."""
    pieces = re.split(r"(``.+?``|`[^`]+`|\$[^$]+\$|\[[^\]]+\]\([^)]+\))", text, flags=re.DOTALL)
    return "".join(_piece(one) if i % 2 else _plain(one) for i, one in enumerate(pieces))


def _plain(text):
    return re.sub(r"(?<=\w)_(?=\W|$)", r"\\_", text)


def _piece(text):
    flat = " ".join(text.split())
    if text.startswith("$"):
        return f":math:`{flat[1:-1]}`"
    if text.startswith("["):
        label, _, address = flat[1:-1].partition("](")
        return f"`{label} <{address}>`__"
    return f"``{flat.strip('`')}``"
