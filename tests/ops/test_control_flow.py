"""Branches and loops: values, structures, gradients through them, symbolic shapes, errors."""

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, autograd, ops

X = np.arange(12.0, dtype="float32").reshape(3, 4)


def add(a, b):
    return a + b


def test_cond_calls_one_branch_only():
    called = []
    result = ops.cond(Tensor(True), lambda: called.append(1), lambda: called.append(2))
    assert result is None and called == [1]
    assert ops.cond(False, lambda: 0, lambda: 1) == 1


def test_the_gradient_goes_through_the_chosen_branch():
    x = Tensor(3.0, requires_grad=True)
    ops.cond(x > 2.0, lambda: x * x, lambda: x).backward()
    assert x.grad.item() == 6


def test_a_symbolic_cond_needs_branches_of_one_kind():
    pred = KerasTensor((), "bool")
    found = ops.cond(pred, lambda: {"a": ops.ones(3)}, lambda: {"a": ops.zeros(3)})
    assert found["a"].shape == (3,)
    for other in (lambda: ops.zeros(4), lambda: ops.zeros(3, "int32"), lambda: [ops.zeros(3)] * 2):
        with pytest.raises(ValueError, match="same kind"):
            ops.cond(pred, lambda: ops.ones(3), other)


@pytest.mark.parametrize(("index", "expected"), [(0, 5), (1, 6), (2, 1), (9, 1), (-4, 5)])
def test_switch_moves_the_index_to_the_nearest_branch(index, expected):
    branches = [add, lambda a, b: a * b, lambda a, b: b - a]
    assert ops.switch(index, branches, 2, 3).item() == expected
    assert ops.switch(Tensor(index), branches, 2, 3).item() == expected


def test_while_loop_runs_until_the_condition_fails():
    n, total = ops.while_loop(lambda n, t: n < 5, lambda n, t: (n + 1, t + n), (0, 0))
    assert (n.item(), total.item()) == (5, 10)
    state = ops.while_loop(lambda s: s["n"] < 3, lambda s: {"n": s["n"] + 1}, {"n": 0})
    assert state["n"].item() == 3


def test_while_loop_stops_after_maximum_iterations():
    assert ops.while_loop(lambda n: True, lambda n: n + 1, 0, maximum_iterations=4).item() == 4
    assert ops.while_loop(lambda n: n < 2, lambda n: n + 1, 0, maximum_iterations=4).item() == 2
    assert ops.while_loop(lambda n: False, lambda n: n + 1, 7).item() == 7


def test_while_loop_names_a_body_that_loses_its_state():
    with pytest.raises(TypeError, match="as many loop variables"):
        ops.while_loop(lambda a, b: True, lambda a, b: a, (0, 0))


def test_fori_loop_counts_up():
    assert ops.fori_loop(2, 5, lambda i, s: s * 10 + i, 0).item() == 234
    assert ops.fori_loop(Tensor(5), 2, lambda i, s: s + i, 7).item() == 7
    i, x = ops.fori_loop(0, 3, lambda i, s: (s[0] + i, s[1] * 2.0), (0, X))
    assert i.item() == 3 and np.array_equal(x, 8 * X)


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_equals_a_python_loop(reverse):
    carry, ys = ops.scan(lambda c, x: (0.5 * c + x, c * x), np.ones(4, "f4"), X, reverse=reverse)
    expected, state = [], np.ones(4)
    for x in X[::-1] if reverse else X:
        expected.append(state * x)
        state = 0.5 * state + x
    assert np.allclose(carry, state)
    assert np.allclose(ys, expected[::-1] if reverse else expected)


def test_scan_takes_structures_lengths_and_nothing():
    carry, ys = ops.scan(
        lambda c, x: ({"n": c["n"] + x[0]}, (x[1], c["n"])), {"n": 0}, (np.array([1, 2]), X[:2])
    )
    assert carry["n"].item() == 3 and ys[0].shape == (2, 4) and ys[1].numpy().tolist() == [0, 1]
    carry, ys = ops.scan(lambda c, _: (c * 2, None), 1, length=5)
    assert carry.item() == 32 and ys is None
    carry, ys = ops.scan(lambda c, x: (c, x * 2), 1.0, X[:0])
    assert carry.item() == 1 and ys.shape == (0, 4)


def test_map_stacks_structures():
    found = ops.map(lambda x: {"sum": ops.sum(x), "twice": 2 * x}, X)
    assert np.array_equal(found["sum"], X.sum(1)) and np.array_equal(found["twice"], 2 * X)
    assert ops.map(lambda x: x[0] + x[1], (X, X)).shape == (3, 4)
    assert ops.vectorized_map(ops.sum, X[:0]).shape == (0,)
    assert np.array_equal(ops.vectorized_map(lambda x: x[0] @ x[1], [X, X]), (X * X).sum(1))


@pytest.mark.parametrize("length", range(1, 12))
@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scan_of_sums_is_cumsum(length, reverse):
    x = np.random.default_rng(length).normal(size=(2, length))
    expected = np.cumsum(x[:, ::-1], 1)[:, ::-1] if reverse else np.cumsum(x, 1)
    assert np.allclose(ops.associative_scan(add, x, reverse, axis=1), expected)
    assert np.allclose(ops.associative_scan(add, x.T, reverse, axis=-2), expected.T)


def test_associative_scan_solves_a_linear_recurrence():
    a, b = np.random.default_rng(0).normal(size=(2, 9))

    def step(first, second):
        return first[0] * second[0], first[1] * second[0] + second[1]

    _, h = ops.associative_scan(step, (a, b))
    state, expected = 0.0, []
    for factor, term in zip(a, b, strict=True):
        state = factor * state + term
        expected.append(state)
    assert np.allclose(h, expected)


def test_associative_scan_keeps_the_order_of_operands():
    m = np.random.default_rng(0).normal(size=(5, 2, 2))
    found = ops.associative_scan(ops.matmul, m)
    assert np.allclose(found[4], m[0] @ m[1] @ m[2] @ m[3] @ m[4])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ops.scan(3, 0, X), TypeError, "should be a callable"),
        (lambda: ops.scan(add, 0, X, unroll=0), ValueError, "positive integer or boolean"),
        (lambda: ops.scan(add, 0), ValueError, "to scan over and"),
        (lambda: ops.scan(add, 0, X, length=4), ValueError, "length=4"),
        (lambda: ops.scan(add, 0, (X, X[:2])), ValueError, "first dimension"),
        (lambda: ops.map(add, (X, 1.0)), ValueError, "first dimension"),
        (lambda: ops.associative_scan(add, (X, X[:2])), ValueError, "first dimension"),
        (lambda: ops.associative_scan(3, X), TypeError, "should be a callable"),
        (
            lambda: ops.fori_loop(0, 2, lambda i, s: (s, s), KerasTensor((2,))),
            TypeError,
            "structure",
        ),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_shapes_with_unknown_lengths():
    x, v = KerasTensor((None, 5)), KerasTensor((None,))
    assert ops.switch(KerasTensor((), "int32"), [lambda a: a[0]], x).shape == (5,)
    assert ops.while_loop(lambda a: True, lambda a: a + 1, v).shape == (None,)
    assert ops.fori_loop(0, 3, lambda i, a: a + i, x).shape == (None, 5)
    carry, ys = ops.scan(lambda c, one: (c + one, ops.sum(one)), KerasTensor((5,)), x)
    assert (carry.shape, ys.shape) == ((5,), (None,))
    assert ops.map(lambda one: one[:2], x).shape == (None, 2)
    assert ops.vectorized_map(lambda one: one * 2, x).shape == (None, 5)
    assert ops.associative_scan(add, x, axis=1).shape == (None, 5)


def test_second_derivatives_go_through_loops():
    def f(x):
        return ops.scan(lambda c, _: (c * x, None), 1.0, length=4)[0]

    assert autograd.grad(autograd.grad(f))(2.0).item() == 48  # (x⁴)'' = 12 x²
