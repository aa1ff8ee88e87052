"""Every op on tensors some of whose lengths are unknown: the shapes that Keras's ops give.

The calls are those of `tests/golden/every_op.py`; edges.npz has the shapes by Keras on JAX.
"""

import functools
import json
from pathlib import Path

import numpy as np
import pytest

from minigrad import KerasTensor, ops, tree
from minigrad.autograd.symbolic import shape_equal
from tests.golden import edges as table

ROWS = table.keys()
REFUSED = "refused"
# `shape` gives lengths, which are not tensors.
KEYS = [key for key, row in ROWS.items() if table.arrays_of(row.args) and key != "shape"]


@functools.cache
def golden():
    with np.load(Path(__file__).parents[1] / "golden" / "edges.npz") as file:
        return json.loads(file["symbolic"].tobytes())


def shapes(results):
    return [tuple(getattr(one, "shape", ())) for one in tree.flatten(results)]


def symbolic(row, which):
    args, kwargs = table.opened((row.args, row.kwargs), which, KerasTensor)
    return shapes(row(ops, args, kwargs))


def real(row):
    return shapes(row(ops, *table.mapped((row.args, row.kwargs), ops.convert_to_tensor)))


def less_known(found, expected):
    """Whether a length is known in `expected` but not in `found`, or another one."""
    return len(found) != len(expected) or any(
        b is not None and a != b for a, b in zip(found, expected, strict=True)
    )


def wrong_with(key, which):
    row, expected = ROWS[key], golden()[key][which]
    try:
        found = symbolic(row, which)
    except Exception as error:
        return None if expected == REFUSED else f"{type(error).__name__}: {error}"
    if expected != REFUSED and found == [tuple(shape) for shape in expected]:
        return None
    true = real(row)
    if len(found) != len(true):
        return f"{len(found)} results, not {len(true)}"
    for ours, actual in zip(found, true, strict=True):
        if not shape_equal(ours, actual):
            return f"{ours}, but the result has the shape {actual}"
    if expected != REFUSED:
        for ours, theirs, actual in zip(found, expected, true, strict=True):
            # Where Keras's shape is not the real one, it is no measure.
            if shape_equal(tuple(theirs), actual) and less_known(ours, theirs):
                return f"{ours}, where Keras knows {tuple(theirs)}"
    return None


@pytest.mark.parametrize("key", KEYS)
def test_shapes_with_unknown_lengths_are_those_of_keras(key):
    wrong = [f"{which}: {found}" for which in table.OPEN if (found := wrong_with(key, which))]
    assert not wrong, "\n".join(wrong)


def test_what_is_refused_is_refused_in_words():
    for key in KEYS:
        for which in table.OPEN:
            try:
                symbolic(ROWS[key], which)
            except (ValueError, NotImplementedError) as error:
                assert "Received" in str(error) or "shape" in str(error), (key, which)
