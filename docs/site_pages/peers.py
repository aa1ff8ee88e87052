"""What a public name is called elsewhere, and what differs."""

import functools
import json
import re
from pathlib import Path

from minigrad.inspect.peers import names_elsewhere

DOCS = Path(__file__).parent.parent
TABLE = names_elsewhere()
KERAS = json.loads((DOCS.parent / "tests" / "golden" / "public_api.json").read_text())


def equivalents(name, aliases):
    """{framework: Markdown} of a public name that has these aliases."""
    paths = [one.removeprefix("minigrad.") for one in [name, *aliases]]
    keras = next((path for path in paths if _in_keras(path)), None)
    found = {"minigrad": f"`{name}`"}
    found["Keras"] = _keras(keras) if keras else "Keras has no such name: it is minigrad's own."
    if keras is None:
        return found
    short = keras.rpartition(".")[2]
    op = short if any(path == f"ops.{short}" for path in paths) else None
    elsewhere = TABLE["TensorFlow"].get(op) or f"tf.keras.{keras}"
    found["TensorFlow"] = f"`{elsewhere}`" + _note("TensorFlow", op)
    torch = TABLE["PyTorch"].get(op) or TABLE["modules"].get(keras)
    found["PyTorch"] = (
        f"`{torch}`" + _note("PyTorch", op) if torch else "PyTorch has nothing of one name for it."
    )
    numpy = TABLE["NumPy"].get(op)
    found["NumPy"] = (
        f"`{numpy}`" + _note("NumPy", op) if numpy else "NumPy has nothing of one name for it."
    )
    return found


def _note(framework, op):
    """What is other there than here."""
    note = TABLE["notes"][framework].get(op)
    return f": {note}" if note else ""


def _in_keras(path):
    module, _, name = path.rpartition(".")
    return name in KERAS.get(module, {})


def _keras(path):
    lines = [f"`keras.{path}`"]
    rows = [row for row in _differences() if re.search(rf"`keras\.{re.escape(path)}[`(.]", row)]
    cells = [[one.strip() for one in row.strip("|").split(" | ")] for row in rows]
    for row in cells:
        lines += ["", f"Differs: {': '.join(filter(None, row))}"]
    more = "[All differences](../keras_differences.md)"
    return "\n".join([*lines, "", more + (" list no other." if rows else " name none of it.")])


@functools.cache
def _differences():
    text = (DOCS / "keras_differences.md").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("| ")]
