"""Whether NumPy, PyTorch and TensorFlow call operations what `inspect.explain` says.

    python -m tests.interop.peers_job examples FILE        here: writes what operations compute
    PYTHON -m tests.interop.peers_job check FILE           where the packages are: looks names up,
                                                           compares, writes the listing

The listing, `tests/golden/peers.json`, has the names that were found. Results are compared where an
example is a call with arrays alone; those that differ have a note in the table that says in what.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "minigrad" / "inspect" / "peers.json"
LISTING = ROOT / "tests" / "golden" / "peers.json"
MODULES = {"NumPy": "numpy", "PyTorch": "torch", "TensorFlow": "tensorflow", "modules": "torch"}


def write_examples(path):
    """{operation: [arguments, results]} of those that take arrays alone."""
    from minigrad import inspect, ops, tree

    found = {}
    for name in sorted(vars(ops)):
        if name.startswith("_") or not callable(getattr(ops, name)):
            continue
        shown = inspect.explain(name)
        values, out, _ = shown.example or ((), None, ())
        if values and shown.call == shown._written(values):
            results = [np.asarray(one) for one in tree.flatten(out)]
            if all(one.dtype.kind in "fiub" for one in results):
                found[name] = (
                    [np.asarray(one).tolist() for one in values],
                    [one.tolist() for one in results],
                )
    Path(path).write_text(json.dumps(found))


def lookup(module, name):
    """The object of a dotted name, whose first part stands for the module."""
    found = module
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found


def arrays_of(results):
    """The arrays in a result of any package."""
    if isinstance(results, (tuple, list)):
        return [one for part in results for one in arrays_of(part)]
    return [np.asarray(results)]


def check(path):
    """Look all names up; the listing, and a line for each that is missing or computes another."""
    examples, listing, wrong = json.loads(Path(path).read_text()), {}, []
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    notes = table.pop("notes")
    for framework, names in table.items():
        module = importlib.import_module(MODULES[framework])
        tensor = getattr(module, "convert_to_tensor", getattr(module, "tensor", np.asarray))
        for operation, name in names.items():
            try:
                function = lookup(module, name)
            except AttributeError:
                wrong.append(f"{framework} has no {name}")
                continue
            verdict = "found"
            if operation in examples and framework != "modules":
                args, expected = examples[operation]
                args = [tensor(np.asarray(one, "float32")) for one in args]
                try:
                    given = arrays_of(function(*args))
                except Exception:  # it wants other arguments
                    given = None
                if given is not None:
                    verdict = "compared"
                    same = len(given) == len(expected) and all(
                        np.shape(a) == np.shape(b) and np.allclose(a, b, 1e-4, 1e-5, equal_nan=True)
                        for a, b in zip(given, expected)
                    )
                    if operation in notes[framework]:
                        verdict = "differs"
                    elif not same:
                        wrong.append(f"{operation} is not {name}: {given} and {expected}")
            listing.setdefault(framework, {})[operation] = [name, verdict]
    return listing, wrong


if __name__ == "__main__":
    action, path = sys.argv[1:]
    if action == "examples":
        write_examples(path)
    else:
        listing, wrong = check(path)
        print("\n".join(wrong))
        if not wrong:
            LISTING.write_text(json.dumps(listing, indent=1, sort_keys=True) + "\n")
