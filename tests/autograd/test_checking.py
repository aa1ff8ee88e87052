"""The gradient check itself: it accepts what is right and names what is wrong."""

import numpy as np
import pytest

from minigrad import Tensor, autograd, custom_gradient, ops
from minigrad.autograd import check_gradients
from minigrad.autograd.primitive import Primitive


def square_with(rule):
    return Primitive("square_with_a_rule", lambda x: x * x, (rule,), inputs="x")


def test_right_gradients_pass_and_the_worst_entry_is_reported():
    report = check_gradients(lambda x, y: ops.sin(x) * y, [0.5, 1.0], 2.0)
    assert report.error < 1e-8 and report.order in (1, 2)


def test_a_wrong_gradient_is_named_with_both_numbers():
    wrong = square_with(lambda g, out, x: g * 2 * x * np.array([1.0, 1.0, 1.01]))
    with pytest.raises(AssertionError, match=r"order 1, d/d\(argument 0\[2\]\): the tape says"):
        check_gradients(wrong, [1.0, 2.0, 3.0])


def test_a_wrong_second_derivative_is_found():
    wrong = square_with(lambda g, out, x: g * 2 * autograd.stop_gradient(x))
    check_gradients(wrong, [1.0, 2.0], order=1)
    with pytest.raises(AssertionError, match="order 2"):
        check_gradients(wrong, [1.0, 2.0])


def test_a_small_mistake_in_one_of_many_entries_is_found():
    slope = np.ones(500)
    slope[321] = 1.001
    wrong = square_with(lambda g, out, x: g * 2 * x * slope)
    with pytest.raises(AssertionError, match="321"):
        check_gradients(wrong, np.linspace(1, 2, 500), order=1)


def test_nan_is_a_disagreement():
    with pytest.raises(AssertionError, match="nan"):
        check_gradients(ops.sqrt, [0.0, 1.0], order=1)
    nothing = custom_gradient(lambda x: (x * 1, lambda upstream: upstream * float("nan")))
    with pytest.raises(AssertionError, match="nan"):
        check_gradients(nothing, [1.0], order=1)


def test_the_second_argument_is_named():
    wrong = Primitive(
        "wrong", lambda a, b: a * b, (lambda g, o, a, b: g * b, lambda g, o, a, b: -g * a)
    )
    with pytest.raises(AssertionError, match="argument 1"):
        check_gradients(wrong, 2.0, 3.0)


def test_whole_numbers_are_left_alone_and_structures_checked():
    check_gradients(lambda x, k: {"a": ops.take(x, k), "b": [x * 2]}, [1.0, 2.0], [1, 1, 0])
    check_gradients(lambda x: (x * x, ops.argmax(x)), [1.0, 2.0])


def test_without_floating_results_there_is_nothing_to_check():
    with pytest.raises(TypeError, match="must have a floating result"):
        check_gradients(ops.argmax, [1.0, 2.0])


def test_inputs_may_be_tensors_and_are_computed_in_float64():
    seen = []

    def f(x):
        seen.append(x.dtype)
        return x * x

    check_gradients(f, Tensor([1.0, 2.0], "float16"))
    assert set(seen) == {"float64"}


def test_the_seed_makes_it_repeatable():
    reports = [check_gradients(ops.exp, [0.3, 0.4], seed=7) for _ in range(2)]
    assert reports[0] == reports[1]
