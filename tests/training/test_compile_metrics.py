"""Metrics for the outputs of a model: which belongs where, and what they are called."""

from collections import OrderedDict

import numpy as np
import pytest

from minigrad import KerasTensor, metrics, ops
from minigrad.training import CompileMetrics
from minigrad.training.compile_metrics import target_kind

rng = np.random.default_rng(0)
TRUE, PREDICTED = rng.random((2, 6, 3)).astype("float32")
WEIGHTS = np.array([1, 0, 1, 2, 0, 1], "float32")
MSE = ((TRUE - PREDICTED) ** 2).mean()
WEIGHTED_MSE = ((TRUE - PREDICTED) ** 2).mean(1) @ WEIGHTS / WEIGHTS.sum()


def results(compiled, *data):
    compiled.update_state(*data)
    return {name: float(value) for name, value in compiled.result().items()}


def test_metrics_with_and_without_weights():
    compiled = CompileMetrics(["mse"], [metrics.MeanSquaredError(), "mae"])
    found = results(compiled, TRUE, PREDICTED, WEIGHTS)
    assert list(found) == ["mse", "mean_squared_error", "mae"]
    assert found["mse"] == pytest.approx(MSE, rel=1e-5)
    assert found["mean_squared_error"] == pytest.approx(WEIGHTED_MSE, rel=1e-5)


def test_the_same_name_with_weights_says_so_and_repeated_names_are_numbered():
    compiled = CompileMetrics(["mse", "mse"], ["mse", "mse"])
    found = results(compiled, TRUE, PREDICTED, WEIGHTS)
    assert list(found) == ["mse", "mse_1", "weighted_mse", "weighted_mse_1"]
    assert found["weighted_mse"] == pytest.approx(WEIGHTED_MSE, rel=1e-5)


def test_state_is_that_of_all_metrics_and_can_be_reset():
    compiled = CompileMetrics(["mse", "mae"], ["mse"])
    assert compiled.metrics == compiled.variables == []
    with pytest.raises(ValueError, match="has not yet been built"):
        compiled.result()
    compiled.update_state(TRUE, PREDICTED)
    assert (len(compiled.metrics), len(compiled.variables)) == (3, 6)
    compiled.reset_state()
    assert [float(v.value) for v in compiled.variables] == [0.0] * 6


@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        ((4,), (4, 1), "binary"),
        ((4, 1), (4, 1), "binary"),
        ((4,), (4, 3), "sparse"),
        ((4, 1), (4, 3), "sparse"),
        ((4, 5), (4, 5, 3), "sparse"),
        ((4, 3), (4, 3), "one_hot"),
        ((4, 3), (4, None), "one_hot"),
        ((4,), (4,), "one_hot"),
    ],
)
def test_the_kind_of_targets_follows_from_the_shapes(true, predicted, expected):
    assert target_kind(KerasTensor(true), KerasTensor(predicted)) == expected


@pytest.mark.parametrize("name", ["accuracy", "acc"])
@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        ([[0], [1], [1]], [[0.4], [0.6], [0.2]], 2 / 3),
        ([0, 1, 1], [[0.9, 0.1], [0.3, 0.7], [0.8, 0.2]], 2 / 3),
        ([[1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.3, 0.7], [0.8, 0.2]], 2 / 3),
    ],
)
def test_accuracy_is_the_one_that_fits(name, true, predicted, expected):
    found = results(CompileMetrics([name], None), np.array(true), np.array(predicted))
    assert found == {name: pytest.approx(expected)}


def test_a_function_gives_its_name():
    def largest_error(y_true, y_pred):
        return ops.max(ops.abs(y_true - y_pred), axis=-1)

    found = results(CompileMetrics([largest_error], None), TRUE, PREDICTED)
    expected = np.abs(TRUE - PREDICTED).max(1).mean()
    assert found == {"largest_error": pytest.approx(expected, rel=1e-5)}


TWO = {"a": "mse", "b": ["mae", "mse"]}


@pytest.mark.parametrize(
    ("given", "names", "outputs", "expected"),
    [
        (["mse", "mae"], ["p", "q"], list, ["p_mse", "q_mae"]),
        ([["mse", "mae"], ["mae"]], ["p", "q"], list, ["p_mse", "p_mae", "q_mae"]),
        ([None, "mae"], ["p", "q"], list, ["q_mae"]),
        ({"q": "mse"}, ["p", "q"], list, ["q_mse"]),
        (["mse", "mae"], None, list, ["mse", "mae"]),
        (TWO, None, dict, ["a_mse", "b_mae", "b_mse"]),
        (TWO, ["b", "a"], dict, ["b_mae", "b_mse", "a_mse"]),
        (TWO, ["dense", "dense_1"], dict, ["a_mse", "b_mae", "b_mse"]),
        (TWO, None, OrderedDict, ["b_mae", "b_mse", "a_mse"]),
    ],
)
def test_each_output_has_its_own(given, names, outputs, expected):
    def pair(a, b):
        return [a, b] if outputs is list else outputs([("b", b), ("a", a)])

    compiled = CompileMetrics(given, None, output_names=names)
    # The error of `a` is 1, that of `b` is 2.
    found = results(compiled, pair(TRUE, TRUE), pair(TRUE + 1, TRUE + 2))
    assert list(found) == expected
    second = {"p": 1, "q": 2, "a": 1, "b": 2}
    for name, value in found.items():
        error = second.get(name[0]) or {"mse": 1, "mae": 2}[name]
        assert value == pytest.approx(error ** (2 if name.endswith("mse") else 1), rel=1e-5)


def test_nested_outputs_take_nested_metrics():
    given = {"a": "mse", "b": {"c": metrics.MeanSquaredError(name="c"), "d": ["mae", None]}}
    true = {"a": TRUE, "b": {"c": TRUE, "d": (TRUE, TRUE)}}
    predicted = {"a": TRUE, "b": {"c": TRUE + 1, "d": (TRUE + 2, TRUE)}}
    found = results(CompileMetrics(given, None), true, predicted)
    assert found == {"mse": 0.0, "c": pytest.approx(1), "mae": pytest.approx(2)}
    named = CompileMetrics(given, None, output_names=["w", "x", "y", "z"])
    assert list(results(named, true, predicted)) == ["w_mse", "x_c", "y_mae"]


def test_labels_may_be_a_dict_where_outputs_are_a_list():
    compiled = CompileMetrics({"b": "mse", "a": "mae"}, None, output_names=["b", "a"])
    found = results(compiled, {"a": TRUE, "b": TRUE}, [TRUE + 3, TRUE + 1])
    assert found == {"b_mse": pytest.approx(9, rel=1e-5), "a_mae": pytest.approx(1, rel=1e-5)}


def test_one_weight_counts_for_all_outputs():
    compiled = CompileMetrics(None, ["mse", "mse"], output_names=["p", "q"])
    found = results(compiled, [TRUE, TRUE], [PREDICTED, PREDICTED], WEIGHTS)
    assert found["q_mse"] == pytest.approx(WEIGHTED_MSE, rel=1e-5)


def test_outputs_without_targets_are_left_out():
    compiled = CompileMetrics(["mse", None], None)
    assert list(results(compiled, [TRUE], [PREDICTED, PREDICTED])) == ["mse"]


@pytest.mark.parametrize(
    ("given", "outputs", "message"),
    [
        ("mse", TRUE, "Expected `metrics` argument to be a list, tuple, or dict"),
        ([None], TRUE, "Expected metric, received `None`"),
        (["no such metric"], TRUE, "no such metric"),
        (["mse"], [TRUE, TRUE], r"structure of the outputs of the model: \['X', 'X'\]"),
        ({"c": "mse"}, {"a": TRUE, "b": TRUE}, "Invalid `metrics`"),
    ],
)
def test_errors_say_what_is_wrong(given, outputs, message):
    with pytest.raises(ValueError, match=message):
        CompileMetrics(given, None).build(outputs, outputs)


def test_an_error_of_a_metric_tells_which_one_and_the_shapes():
    with pytest.raises(ValueError) as caught:
        CompileMetrics(["mae"], None).update_state(ops.ones((4, 3)), ops.ones((4, 2)))
    note = "In the metric 'mae', for y_true of shape (4, 3) and y_pred of shape (4, 2)."
    assert caught.value.__notes__ == [note]
