"""What tensors are: dtypes, bits, slices in lists, forward derivatives."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import KerasTensor, Tensor, ops


def test_only_tensors_are_tensors():
    assert ops.is_tensor(Tensor(1.0))
    for x in (mg.Variable(1.0), KerasTensor(()), np.ones(2), 1.0, [1.0], None):
        assert not ops.is_tensor(x)


def test_convert_to_numpy_gives_an_array_of_its_own():
    x = Tensor([1.0, 2.0])
    array = ops.convert_to_numpy(x)
    array[0] = 9
    assert x.numpy().tolist() == [1, 2]
    assert ops.convert_to_numpy(mg.Variable([3])).tolist() == [3]
    assert ops.convert_to_numpy([1, 2]).dtype == "int32"
    original = np.ones(2)
    assert ops.convert_to_numpy(original) is not original
    with pytest.raises(ValueError, match="any actual numerical value"):
        ops.convert_to_numpy(KerasTensor((2,)))


@pytest.mark.parametrize(
    ("x", "dtype", "expected"),
    [
        ([-1.0, 256.0, 3.7], "uint8", [0, 255, 3]),
        ([-300, 300], "int8", [-128, 127]),
        ([1e30, -1e30], "int32", [2147483520, -(2**31)]),  # the greatest float32 below 2³¹
        ([1e30, -1e30], "float16", [65504, -65504]),
        ([2.0, -1.0, 0.0], "bool", [True, False, False]),
        ([True, False], "int8", [1, 0]),
        ([np.inf, -np.inf], "uint16", [65535, 0]),
        ([7, 8], "float32", [7, 8]),
    ],
)
def test_saturate_cast_stays_in_range(x, dtype, expected):
    found = ops.saturate_cast(x, dtype)
    assert found.dtype == dtype and found.numpy().tolist() == expected
    assert ops.saturate_cast(KerasTensor((None,)), dtype).dtype == dtype


@pytest.mark.parametrize(
    ("source", "target", "shape"),
    [
        ("float32", "int32", (2, 4)),
        ("float32", "uint8", (2, 16)),
        ("int8", "float16", (2, 2)),
        ("bfloat16", "uint16", (2, 4)),
        ("int32", "float64", (2, 2)),
    ],
)
def test_view_reads_the_same_bits(source, target, shape):
    x = ops.cast(np.arange(8).reshape(2, 4), source)
    found = ops.view(x, target)
    assert (found.shape, found.dtype) == (shape, target)
    assert found.numpy().tobytes() == x.numpy().tobytes()
    assert np.array_equal(np.asarray(ops.view(found, source)), np.asarray(x))
    symbolic = ops.view(KerasTensor((None, 4), source), target)
    assert (symbolic.shape, symbolic.dtype) == ((None, *shape[1:]), target)


def test_view_of_the_same_dtype_keeps_the_gradient():
    x = Tensor([1.0, 2.0], requires_grad=True)
    ops.view(x).sum().backward()
    assert x.grad.numpy().tolist() == [1, 1]
    assert not ops.view(x, "int32").requires_grad


def test_view_needs_bytes_that_fit():
    with pytest.raises(ValueError, match="multiple of 4"):
        ops.view(ops.zeros(3, "uint8"), "float32")
    with pytest.raises(ValueError, match="multiple of 2"):
        ops.view(ops.array(1.0), "float16")


def test_a_transposed_tensor_is_viewed_in_its_own_order():
    x = ops.transpose(ops.array([[1, 2], [3, 4]]))
    assert ops.view(ops.view(x, "float32"), "int32").numpy().tolist() == [[1, 3], [2, 4]]


def test_unstack_undoes_stack():
    xs = [np.full((2, 3), k) for k in range(4)]
    for axis in (0, 1, 2, -1):
        found = ops.unstack(ops.stack(xs, axis), axis=axis)
        assert len(found) == 4
        assert all(np.array_equal(a, b) for a, b in zip(found, xs, strict=True))
    assert len(ops.unstack(KerasTensor((None, 2)), num=3)) == 3
    with pytest.raises(ValueError, match="Cannot infer argument `num`"):
        ops.unstack(KerasTensor((None, 2)))
    with pytest.raises(ValueError, match="out of bounds"):
        ops.unstack(np.zeros((2, 2)), axis=2)


def test_dtype_names_the_dtype():
    for x in (Tensor(1), mg.Variable(1), KerasTensor((), "int32"), np.int32(1)):
        assert ops.dtype(x) == "int32"


def test_jvp_is_the_change_along_a_direction():
    a, v = np.array([0.3, -1.2]), np.array([2.0, 0.5])
    value, change = ops.jvp(lambda x, y: ops.sin(x) * y, (a, 2.0), (v, 1.0))
    assert np.allclose(value, np.sin(a) * 2) and np.allclose(change, 2 * np.cos(a) * v + np.sin(a))
    value, change, aux = ops.jvp(lambda x: ((x, x * x), "aux"), (a,), (v,), has_aux=True)
    assert aux == "aux" and np.allclose(change[1], 2 * a * v) and np.allclose(change[0], v)


def test_jvp_needs_one_tangent_per_primal():
    with pytest.raises(ValueError, match="1 primals, 2 tangents"):
        ops.jvp(ops.sin, (1.0,), (1.0, 2.0))


def test_jvp_of_what_does_not_depend_on_its_argument_is_zero():
    _, change = ops.jvp(lambda x: ops.ones(3), (np.ones(2),), (np.ones(2),))
    assert not np.any(change)
