"""Results and gradients of neural ops in float64, as Keras on JAX has them."""

import ast
import functools
from pathlib import Path

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops, tree
from tests.golden.nn_calls import CALLS


def tolerance(name):
    if name == "perspective_transform":  # which Keras solves for in float32
        return 2e-4
    return 1e-5 if name.startswith("dot_product_attention") else 1e-10  # JAX's softmax: float32


@functools.cache
def golden():
    with np.load(Path(__file__).parents[1] / "golden" / "nn.npz") as file:
        names, shapes, values = file["names"], file["shapes"], file["values"]
    found, start = {}, 0
    for name, text in zip(names, shapes, strict=True):
        shape = ast.literal_eval(str(text))
        size = int(np.prod(shape))
        found[str(name)] = values[start : start + size].reshape(shape)
        start += size
    return found


def stored(name, kind):
    table = golden()
    found = []
    while (key := f"{name}|{kind}|{len(found)}") in table:
        found.append(table[key])
    return found


@pytest.mark.parametrize("name", CALLS)
def test_results_and_gradients_are_those_of_keras(name):
    call, arrays = CALLS[name]
    inputs = [Tensor(x, requires_grad=x.dtype == np.float64) for x in arrays]
    results = tree.flatten(call(ops, *inputs))
    close = functools.partial(
        np.testing.assert_allclose, rtol=tolerance(name), atol=tolerance(name) / 10
    )
    total = 0
    for found, expected in zip(results, stored(name, "result"), strict=True):
        assert found.shape == expected.shape
        close(found.numpy(), expected)
        weights = np.arange(1, found.size + 1).reshape(found.shape) / max(found.size, 1)
        total = total + (found * weights).sum()
    total.backward()
    gradients = [x.grad for x in inputs if x.requires_grad]
    for found, expected in zip(gradients, stored(name, "gradient"), strict=True):
        close(np.zeros_like(expected) if found is None else found.numpy(), expected)


@pytest.mark.parametrize("name", CALLS)
def test_symbolic_shapes_and_dtypes_are_those_of_results(name):
    call, arrays = CALLS[name]
    results = tree.flatten(call(ops, *map(Tensor, arrays)))
    specs = [KerasTensor(x.shape, str(x.dtype)) for x in arrays]
    for found, expected in zip(tree.flatten(call(ops, *specs)), results, strict=True):
        assert (tuple(found.shape), found.dtype) == (expected.shape, expected.dtype)
