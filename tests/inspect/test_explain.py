"""Explanations: formula, example, source and peers of an operation."""

import numpy as np
import pytest

from minigrad import inspect, ops


def test_the_example_has_the_numbers_of_the_operation():
    _, out, (gradient,) = inspect.explain(ops.tanh, [0.0, 1.0]).example
    np.testing.assert_allclose(out, np.tanh([0, 1]), rtol=1e-6)
    np.testing.assert_allclose(gradient, [1, 2] * (1 - np.tanh([0, 1]) ** 2), rtol=1e-5)


def test_softmax_shows_formula_kernel_and_twin():
    shown = inspect.explain(ops.softmax)
    assert shown.formulas()[0].startswith("softmax: y = exp(x) / Σ(exp(x); axes);  x̄ += y ·")
    kernel, twin = shown.kernels()["_softmax"]
    assert "prange" in kernel and "_softmax_numpy" in twin
    assert shown.peers()["TensorFlow"] == "tf.nn.softmax"
    assert set(shown.time(repeat=1)) == {"minigrad"}


def test_what_is_derived_shows_the_primitives_that_it_is_made_of():
    names = [one.name for one in inspect.explain(ops.softsign).primitives]
    assert "absolute" in names and "true_divide" in names


@pytest.mark.parametrize("name", ["matmul", "relu", "sum", "logsumexp", "exp"])
def test_it_can_be_shown_in_every_way(name, tmp_path):
    shown = inspect.explain(name)
    assert shown.example is not None and shown.latex
    assert "formula" in str(shown) and "<math>" in shown._repr_html_()


def test_what_is_no_operation_is_refused():
    with pytest.raises(ValueError, match="expected a function of ops"):
        inspect.explain("nothing of that name")
