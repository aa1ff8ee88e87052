"""Dtypes of results, and gradients at kinks and ties, as Keras on JAX has them."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops, tree
from tests.golden.op_calls import AT_KINKS, AT_TIES, KINKS, TIES, calls

CALLS = {name: call for name, call, _ in calls()}


@functools.cache
def golden():
    path = Path(__file__).parents[1] / "golden" / "ops.json"
    return json.loads(path.read_text())


def dtypes_of(result):
    return " ".join(x.dtype for x in tree.flatten(result))


# What needs values cannot be asked for a shape.
EAGER_ONLY = ("arange", "searchsorted")


@pytest.mark.parametrize("name", CALLS)
def test_dtypes_of_results_are_those_of_keras(name):
    wrong = []
    for expected, rows in golden()["dtypes"][name].items():
        if expected == "refused":
            continue  # we may accept more
        if name == "unravel_index" and "float" in expected:
            continue  # indices are whole numbers
        for row in rows:
            found = dtypes_of(
                CALLS[name](ops, *(Tensor(np.ones((2, 2)), one) for one in row.split()))
            )
            if found != expected:
                wrong.append(f"{row}: {found}, not {expected}")
            if name in EAGER_ONLY:
                continue
            symbolic = dtypes_of(
                CALLS[name](ops, *(KerasTensor((2, 2), one) for one in row.split()))
            )
            if symbolic != found:
                wrong.append(f"{row}: {found}, but symbolic {symbolic}")
    assert not wrong


def gradient(f, values):
    x = Tensor(np.array(values, "float32"), requires_grad=True)
    y = f(ops, x)
    weights = np.arange(1.0, y.size + 1, dtype="float32").reshape(y.shape)
    y.backward(weights)
    return x.grad.numpy()


@pytest.mark.parametrize("name", AT_KINKS)
def test_gradients_at_kinks_are_those_of_keras(name):
    expected = np.array(golden()["kinks"][name], "float32")
    np.testing.assert_allclose(
        gradient(AT_KINKS[name], KINKS), expected, rtol=1e-5, atol=1e-7, err_msg=str(KINKS)
    )


@pytest.mark.parametrize("name", AT_TIES)
def test_gradients_at_ties_are_those_of_keras(name):
    expected = np.array(golden()["ties"][name], "float32")
    np.testing.assert_allclose(
        gradient(AT_TIES[name], TIES), expected, rtol=1e-5, atol=1e-7, err_msg=str(TIES)
    )
