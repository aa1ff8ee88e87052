"""Drawn shapes, axes and dtypes: what holds for any of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from minigrad import KerasTensor, Tensor, ops
from minigrad.dtypes import result_type

SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)
DTYPES = st.sampled_from("bool uint8 int16 int32 float16 bfloat16 float32 float64".split())
BINARY = {"add": np.add, "multiply": np.multiply, "maximum": np.maximum, "less": np.less}
REDUCTIONS = "sum prod max min mean std all any".split()


def some_array(shape, seed):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype("float64")


@settings(max_examples=80, deadline=None)
@given(arrays.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3), st.data())
def test_operands_of_any_shapes_broadcast_forwards_and_backwards(shapes, data):
    name = data.draw(st.sampled_from(sorted(BINARY)))
    a, b = (some_array(shape, seed) for seed, shape in enumerate(shapes.input_shapes))
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    result = getattr(ops, name)(x, y)
    np.testing.assert_array_equal(result, BINARY[name](a, b))
    symbolic = getattr(ops, name)(KerasTensor(a.shape), KerasTensor(b.shape))
    assert symbolic.shape == result.shape == shapes.result_shape
    if name != "less":
        result.backward(np.ones(result.shape))
        assert x.grad.shape == a.shape and y.grad.shape == b.shape
    if name == "add":  # each element counts as often as it was broadcast
        assert np.all(np.asarray(x.grad) * max(a.size, 1) == max(result.size, 0) * np.ones(a.shape))


@settings(max_examples=80, deadline=None)
@given(SHAPES, st.data())
def test_reductions_over_any_axes_equal_numpy(shape, data):
    name = data.draw(st.sampled_from(REDUCTIONS))
    axes = data.draw(
        st.none() | st.sets(st.integers(-len(shape), len(shape) - 1)).map(tuple)
        if shape
        else st.none()
    )
    if axes is not None and len({axis % len(shape) for axis in axes}) < len(axes):
        return
    keepdims = data.draw(st.booleans())
    x = some_array(shape, 1)
    reduced = range(len(shape)) if axes is None else [axis % len(shape) for axis in axes]
    if any(shape[axis] == 0 for axis in reduced) and name in ("max", "min", "mean", "std"):
        return
    expected = getattr(np, name)(x, axis=axes, keepdims=keepdims)
    found = getattr(ops, name)(x, axis=axes, keepdims=keepdims)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert getattr(ops, name)(KerasTensor(shape), axis=axes, keepdims=keepdims).shape == found.shape


@settings(max_examples=60, deadline=None)
@given(SHAPES, st.data())
def test_permuting_and_permuting_back_changes_nothing(shape, data):
    axes = data.draw(st.permutations(range(len(shape))))
    x = Tensor(some_array(shape, 2), requires_grad=True)
    turned = ops.transpose(x, axes)
    np.testing.assert_array_equal(turned, np.transpose(np.asarray(x), axes))
    np.testing.assert_array_equal(ops.transpose(turned, np.argsort(axes).tolist()), x)
    weights = some_array(turned.shape, 3)
    turned.backward(weights)
    np.testing.assert_array_equal(x.grad, np.transpose(weights, np.argsort(axes)))


@settings(max_examples=80, deadline=None)
@given(DTYPES, DTYPES)
def test_two_dtypes_meet_at_their_common_one(a, b):
    x, y = ops.ones((2,), a), ops.ones((2,), b)
    assert ops.multiply(x, y).dtype == ops.where([True, False], x, y).dtype == result_type(a, b)
    assert ops.concatenate([x, y]).dtype == result_type(a, b)
    assert ops.divide(x, y).dtype == result_type(a, b, float)
    assert ops.equal(x, y).dtype == "bool"


@settings(max_examples=60, deadline=None)
@given(SHAPES.filter(bool), st.data())
def test_joining_what_was_cut_gives_it_back(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    pieces = data.draw(st.integers(1, 4))
    x = some_array(shape, 4)
    np.testing.assert_array_equal(
        ops.concatenate(ops.array_split(x, pieces, axis=axis), axis=axis), x
    )
    np.testing.assert_array_equal(ops.flip(ops.flip(x, axis), axis), x)
    np.testing.assert_array_equal(ops.roll(ops.roll(x, pieces, axis), -pieces, axis), x)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_rounded_once(dtype):
    x = np.random.default_rng(5).normal(size=1000).astype("float32")
    half = ops.cast(x, dtype)
    for name in ("exp", "tanh", "sin", "log1p", "sqrt", "square", "reciprocal", "cbrt"):
        exact = getattr(ops, name)(ops.cast(ops.abs(half), "float32"))
        np.testing.assert_array_equal(getattr(ops, name)(ops.abs(half)), ops.cast(exact, dtype))
