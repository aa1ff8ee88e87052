"""ONNX's backend node tests, run on `minigrad.ops`: which share passes, and why others do not.

    python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install -e . onnx
    /tmp/onnx/bin/python -m tests.interop.onnx_nodes [--write] [PART OF A NAME]

The `onnx` wheel makes its tests' inputs and outputs itself. Each graph is walked node by node with
the maps of `onnx_operators.py`. `--write` stores the counts in `onnx_nodes.json` and writes the
table of docs/onnx.md; a part of a name runs the tests of that name and prints what is wrong.
"""

import collections
import json
import sys
import warnings
from pathlib import Path

import numpy as np

from minigrad import ops
from tests.interop.onnx_operators import OPERATORS
from tests.interop.onnx_words import NoEquivalent

COUNTS = Path(__file__).with_suffix(".json")
DOCUMENT = Path(__file__).parents[2] / "docs" / "onnx.md"
BEGIN, END = "<!-- table: made by tests/interop/onnx_nodes.py -->", "<!-- end -->"
PASSED, NO_OPERATOR = "passed", "no map: operator"
REAL = {"bool", "float16", "float32", "float64", "bfloat16"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


def attributes(node):
    """A node's attributes as Python's values, and how many results it has."""
    from onnx import helper

    found = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    found = {k: v.decode() if isinstance(v, bytes) else v for k, v in found.items()}
    return found | {"outputs": len(node.output)}


def checked(value):
    """The array itself; NoEquivalent for what is not an array of a dtype of Keras's."""
    if hasattr(value, "data_type"):  # ONNX's own form, where NumPy lacks the dtype
        from onnx import numpy_helper

        value = numpy_helper.to_array(value)
    if not isinstance(value, np.ndarray | np.generic):
        raise NoEquivalent("dtype: sequences and optional values")
    value = np.asarray(value)
    if value.dtype.name not in REAL:
        name = "strings" if value.dtype.kind in "OSU" else value.dtype.name
        raise NoEquivalent(f"dtype: {name}")
    return value


def run_graph(graph, inputs):
    """The results of a graph, each node by its map. Raises NoEquivalent where there is none."""
    from onnx import numpy_helper

    values = {"": None} | {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    values |= {one.name: checked(array) for one, array in zip(graph.input, inputs)}
    for node in graph.node:
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
            raise NoEquivalent(NO_OPERATOR)
        arguments = [values[name] for name in node.input]
        arguments = [None if one is None else ops.convert_to_tensor(one) for one in arguments]
        while arguments and arguments[-1] is None:
            arguments.pop()
        results = OPERATORS[node.op_type](attributes(node), *arguments)
        results = results if isinstance(results, tuple | list) else (results,)
        values |= dict(zip(node.output, results))
    return [np.asarray(values[one.name]) for one in graph.output]


def compare(result, wanted, rtol, atol):
    """Raise AssertionError unless the shapes, the kinds of number and the values agree."""
    wanted = checked(wanted)
    if result.shape != wanted.shape:
        raise AssertionError(f"shape {result.shape}, not {wanted.shape}")
    kinds = [{"u": "i", "V": "f"}.get(one.dtype.kind, one.dtype.kind) for one in (result, wanted)]
    if kinds[0] != kinds[1]:
        raise AssertionError(f"dtype {result.dtype}, not {wanted.dtype}")
    if wanted.dtype.itemsize == 2 and kinds[1] == "f":  # ONNX's reference rounds at every step
        rtol = max(rtol, 1e-2 if wanted.dtype == np.float16 else 2.0**-6)
    pair = [one.astype("float64") if kinds[1] == "f" else one for one in (result, wanted)]
    np.testing.assert_allclose(*pair, rtol=rtol, atol=max(atol, 1e-6))


def outcome(test):
    """(PASSED or a kind of reason, details) of one of ONNX's node tests."""
    try:
        for inputs, wanted in test.data_sets:
            for result, expected in zip(run_graph(test.model.graph, inputs), wanted):
                compare(result, expected, test.rtol, test.atol)
    except NoEquivalent as reason:
        return str(reason).split("=")[0], str(reason)
    except Exception as error:  # each failure is a row of the report
        return "differs", f"{type(error).__name__}: {str(error)[:300]}"
    return PASSED, ""


def node_tests():
    """(test, operator) of every node test; None for an operator's definition as a graph."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = collect_testcases(None)
    for test in found:
        if test.model is not None:
            nodes = test.model.graph.node
            yield test, None if "_expanded" in test.name else nodes[-1].op_type


def asking(counts, kind):
    """How many tests do not pass for a reason of this kind."""
    return sum(n for row in counts.values() for why, n in row.items() if why.startswith(kind))


def table(counts):
    """The lines of the document's table."""
    total = sum(sum(row.values()) for row in counts.values())
    passed = sum(row.get(PASSED, 0) for row in counts.values())
    mapped = {name: row for name, row in counts.items() if name in OPERATORS}
    among = sum(sum(row.values()) for row in mapped.values())
    right = sum(row.get(PASSED, 0) for row in mapped.values())
    without = sorted(set(counts) - set(mapped))
    lines = [
        f"{right} of {among} tests pass ({right / among:.1%}) of the {len(mapped)} operators that "
        f"have a map; {passed} of {total} ({passed / total:.1%}) of all. Of the others that have a "
        f"map, {asking(mapped, 'dtype')} are of dtypes and {asking(mapped, 'attribute')} of "
        f"attributes that Keras lacks, and {asking(mapped, 'differs')} differ.",
        "",
        "| operator | passes | of | what does not |",
        "|---|---:|---:|---|",
    ]
    for name in sorted(mapped):
        row = mapped[name]
        reasons = ", ".join(f"{k} ({n})" for k, n in sorted(row.items()) if k != PASSED)
        lines.append(f"| {name} | {row.get(PASSED, 0)} | {sum(row.values())} | {reasons} |")
    return [*lines, "", "Without a map: " + ", ".join(without) + "."]


def document(text, counts):
    """The document with the table of these counts."""
    before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
    return "\n".join([text[:before], *table(counts), text[after:]])


def main(arguments):
    """Run the tests, print the table, store it when asked to."""
    write, parts = "--write" in arguments, [one for one in arguments if one[0] != "-"]
    counts = collections.defaultdict(collections.Counter)
    for test, name in node_tests():
        if name is None or any(part not in test.name for part in parts):
            continue
        kind, details = outcome(test)
        counts[name][kind] += 1
        if details and name in OPERATORS and (parts or kind == "differs"):
            print(f"{test.name}: {details}", file=sys.stderr)
    print("\n".join(table(counts)))
    if write:
        COUNTS.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n")
        DOCUMENT.write_text(document(DOCUMENT.read_text(), counts))


if __name__ == "__main__":
    main(sys.argv[1:])
