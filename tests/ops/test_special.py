"""Bits, closeness, division by zero, and functions of numbers that few use."""

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops

NAN, INF = np.nan, np.inf


def test_operators_mean_bits_of_whole_numbers_and_truth_of_others():
    a, b = Tensor([6, 3]), Tensor([3, 5])
    assert (a & b).tolist() == [2, 1] and (a | b).tolist() == [7, 7]
    assert (a ^ b).tolist() == [5, 6] and (~a).tolist() == [-7, -4]
    assert (a << 2).tolist() == [24, 12] and (a >> 1).tolist() == [3, 1]
    assert (1 << a).tolist() == [64, 8] and (1 | a).tolist() == [7, 3]
    t, f = Tensor([True, False]), Tensor([True, True])
    assert (t & f).tolist() == [True, False] and (t ^ f).tolist() == [False, True]
    assert (~t).tolist() == [False, True] and (t & f).dtype == "bool"
    assert (Tensor([0.5, 0.0]) & Tensor([2.0, 1.0])).tolist() == [True, False]
    assert (~Tensor([0.5, 0.0])).tolist() == [False, True]
    assert (Tensor([True, False]) & Tensor([3, 3])).tolist() == [1, 0]


def test_operators_work_on_symbolic_tensors():
    x, y = KerasTensor((None, 2), "int32"), KerasTensor((None, 1), "bool")
    assert (x & 1).dtype == "int32" and (x & x).shape == (None, 2)
    assert (y | y).dtype == "bool" and (~y).dtype == "bool" and (x << 1).dtype == "int32"


def test_shifted_booleans_are_whole_numbers():
    found = ops.left_shift(Tensor([True, False]), 3)
    assert found.dtype == "int32" and found.tolist() == [8, 0]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_infinities_become_the_greatest_number_there_is(dtype):
    import ml_dtypes

    x = Tensor([INF, -INF, NAN, 1.0], dtype)
    found = ops.nan_to_num(x).numpy()
    limit = ml_dtypes.finfo(found.dtype).max
    assert found[0] == limit and found[1] == -limit and found[2] == 0 and found[3] == 1
    named = ops.nan_to_num(x, nan=1.0, posinf=2.0, neginf=3.0)
    assert named.numpy().astype(float).tolist() == [2, 3, 1, 1] and named.dtype == dtype


def test_whole_numbers_are_never_nan():
    x = Tensor([1, 2])
    assert ops.nan_to_num(x) is x
    assert not ops.isposinf(x).numpy().any() and not ops.signbit(x).numpy().any()


def test_infinities_are_close_to_themselves_alone():
    found = ops.isclose([INF, INF, INF, NAN], np.array([INF, -INF, 1e300, NAN]))
    assert found.tolist() == [True, False, False, False]
    assert ops.isclose(NAN, NAN, equal_nan=True).item()
    assert not ops.allclose([1.0, 2.0], [1.0, 2.1]).item()
    assert ops.isclose(1, 1).item() and not ops.isclose(1, 2).item()


def test_division_by_zero_gives_zero_with_gradients_of_zero():
    x1 = Tensor([1.0, -2.0, 0.0], requires_grad=True)
    x2 = Tensor([0.0, 4.0, 0.0], requires_grad=True)
    y = ops.divide_no_nan(x1, x2)
    assert y.tolist() == [0, -0.5, 0]
    ops.sum(y).backward()
    assert x1.grad.tolist() == [0, 0.25, 0] and x2.grad.tolist() == [0, 0.125, 0]


def test_the_first_condition_that_holds_decides():
    x = np.arange(6)
    found = ops.select([x < 2, x < 4], [x * 10, -x], 99)
    assert found.tolist() == [0, 10, -2, -3, 99, 99]
    assert ops.select([True], [KerasTensor((None, 2))], 0.0).shape == (None, 2)


def test_ldexp_needs_whole_exponents():
    assert ops.ldexp(1.5, 3).item() == 12
    with pytest.raises(TypeError, match="must be an integer type"):
        ops.ldexp(1.5, 3.0)


def test_the_hypotenuse_of_great_sides_does_not_overflow():
    assert np.isclose(ops.hypot(3e38, 1e38), np.hypot(3e38, 1e38))
    x = Tensor([0.0, 3.0], requires_grad=True)
    ops.sum(ops.hypot(x, [0.0, 4.0])).backward()
    np.testing.assert_allclose(x.grad, [0, 0.6], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_the_next_number_is_next_in_its_own_dtype(dtype):
    x = Tensor([1.0, 0.0, -1.0], dtype)
    found = ops.nextafter(x, ops.full_like(x, 2)).numpy()
    import ml_dtypes

    eps = float(ml_dtypes.finfo(found.dtype).eps)
    assert float(found[0]) == 1 + eps and float(found[2]) == -1 + eps / 2 and found[1] > 0


def test_real_numbers_are_complex_numbers_without_imaginary_part():
    x = Tensor([1.5, -2.0])
    assert ops.real(x) is x and ops.conj(x) is x
    assert ops.imag(x).tolist() == [0, 0] and ops.isreal(x).numpy().all()
    np.testing.assert_allclose(ops.angle(x), [0, np.pi], rtol=1e-6)
    z = np.array([1 + 2j, -1j], "complex64")
    for name in ("real", "imag", "angle", "conj", "isreal"):
        np.testing.assert_allclose(getattr(ops, name)(z), getattr(np, name)(z), rtol=1e-6)


def test_vectorize_calls_the_function_for_every_place():
    calls = []

    def first_of_greater(a, b):
        calls.append(1)
        return a if float(a) > float(b) else b * 10

    f = ops.vectorize(first_of_greater)
    assert f(Tensor([[1.0], [5.0]]), Tensor([2.0, 3.0])).tolist() == [[20, 30], [5, 5]]
    assert len(calls) == 4
    assert f(1.0, 0.5).item() == 1
    pairs = ops.vectorize(lambda v: (ops.sum(v), v * 2), signature="(n)->(),(n)")
    total, double = pairs(np.ones((2, 3)))
    assert total.shape == (2,) and double.shape == (2, 3)
    scaled = ops.vectorize(lambda x, k: x * k["by"], excluded={1})
    assert scaled([1.0, 2.0], {"by": 3}).tolist() == [3, 6]
    named = ops.vectorize(lambda x, y: x - y)
    assert named(x=np.array([3.0, 4.0]), y=1.0).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ops.vectorize(3), TypeError, "must be callable"),
        (lambda: ops.vectorize(abs, excluded=[1.5]), TypeError, "positions"),
        (lambda: ops.vectorize(abs, signature="n->()"), ValueError, "a signature looks like"),
        (lambda: ops.vectorize(abs, signature="(n)->()")(1.0), ValueError, "1 axes or more"),
        (lambda: ops.vectorize(abs, signature="(),()->()")(1.0), TypeError, "2 arguments"),
        (lambda: ops.vectorize(abs)(np.zeros((0, 2))), ValueError, "no place to call"),
        (lambda: ops.select([], []), ValueError, "at least one"),
        (lambda: ops.tensordot(np.ones((2, 3)), np.ones((2, 3)), 1), ValueError, "same lengths"),
        (lambda: ops.tensordot(np.ones(2), np.ones(2), 2), ValueError, "fewer than 2 axes"),
        (lambda: ops.inner(np.ones(2), np.ones(3)), ValueError, "last dimension"),
        (lambda: ops.cross(np.ones(4), np.ones(4)), ValueError, "either 2 or 3"),
        (lambda: ops.matmul(2.0, np.ones(3)), ValueError, "at least one axis"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says) as raised:
        call()
    assert "Received" in str(raised.value)
