"""Losses for the outputs of a model: which belongs where, how they add up."""

from collections import namedtuple

import numpy as np
import pytest

from minigrad import losses, ops
from minigrad.training import CompileLoss

rng = np.random.default_rng(0)
A, B, P, Q = rng.random((4, 6, 3)).astype("float32")  # truths A, B; predictions P, Q
WEIGHTS = np.array([1, 0, 1, 2, 0, 1], "float32")


def mse(y, p, weights=1):
    return (((y - p) ** 2).mean(-1) * weights).mean()


def mae(y, p):
    return np.abs(y - p).mean()


def test_one_loss_for_one_output():
    assert float(CompileLoss("mse")(A, P)) == pytest.approx(mse(A, P), rel=1e-5)
    assert float(CompileLoss("mse", 0.25)(A, P)) == pytest.approx(mse(A, P) / 4, rel=1e-5)
    assert float(CompileLoss("mse")(A, P, WEIGHTS)) == pytest.approx(mse(A, P, WEIGHTS), rel=1e-5)


def test_several_losses_of_one_output_add_up():
    assert float(CompileLoss(["mse", "mae"])(A, P)) == pytest.approx(mse(A, P) + mae(A, P))


@pytest.mark.parametrize("name", ["crossentropy", "ce"])
@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        ([[1.0], [0.0]], [[0.8], [0.4]], -np.log([0.8, 0.6]).mean()),
        ([0, 1], [[0.8, 0.2], [0.4, 0.6]], -np.log([0.8, 0.6]).mean()),
        ([[1.0, 0], [0, 1]], [[0.8, 0.2], [0.4, 0.6]], -np.log([0.8, 0.6]).mean()),
    ],
)
def test_crossentropy_is_the_one_that_fits(name, true, predicted, expected):
    value = CompileLoss(name)(np.array(true), np.array(predicted, "float32"))
    assert float(value) == pytest.approx(expected, rel=1e-5)


Point = namedtuple("Point", "x y")
BOTH = mse(A, P) + mae(B, Q)


@pytest.mark.parametrize(
    ("loss", "names", "true", "predicted", "expected"),
    [
        (["mse", "mae"], None, [A, B], [P, Q], BOTH),
        (("mse", "mae"), None, [A, B], [P, Q], BOTH),
        (["mse", "mae"], None, (A, B), [P, Q], BOTH),
        (["mse", None], None, [A, B], [P, Q], mse(A, P)),
        ("mse", None, [A, B], [P, Q], mse(A, P) + mse(B, Q)),
        ({"a": "mse", "b": "mae"}, None, {"a": A, "b": B}, {"a": P, "b": Q}, BOTH),
        ({"b": "mae"}, None, {"a": A, "b": B}, {"a": P, "b": Q}, mae(B, Q)),
        ({"b": "mae", "a": "mse"}, ["a", "b"], [A, B], [P, Q], BOTH),
        (["mse", "mae"], ["a", "b"], {"b": B, "a": A}, [P, Q], BOTH),
        ({"out": "mse"}, ["out"], A, P, mse(A, P)),
        (["mse"], None, [A], P, mse(A, P)),
        ("mse", None, A, [P], mse(A, P)),
        ({"a": ["mse", "mae"]}, None, {"a": A}, {"a": P}, mse(A, P) + mae(A, P)),
        ({"a": ["mse", "mae"]}, None, {"a": (A, B)}, {"a": (P, Q)}, BOTH),
        ({"a": Point("mse", "mae")}, None, {"a": Point(A, B)}, {"a": Point(P, Q)}, BOTH),
        (["mse", "mae"], None, {"a": A, "b": [B]}, {"a": P, "b": [Q]}, BOTH),
        ("mse", None, ([{"a": A}], {"b": (B,)}), [({"a": P},), {"b": [Q]}], mse(A, P) + mse(B, Q)),
        # Targets only for outputs that have a loss.
        ([None, "mse"], None, B, [P, Q], mse(B, Q)),
        (["mse", None, "mae"], None, [A, B], [P, P, Q], BOTH),
    ],
)
def test_each_output_has_its_own(loss, names, true, predicted, expected):
    compiled = CompileLoss(loss, output_names=names)
    for _ in range(2):  # built, and then once more
        assert float(compiled(true, predicted)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "weights", "names"),
    [
        (["mse", "mae"], [0.5, 2], None),
        ({"a": "mse", "b": "mae"}, {"b": 2, "a": 0.5}, ["a", "b"]),
        ({"a": "mse", "b": "mae"}, [0.5, 2], ["a", "b"]),
    ],
)
def test_weights_of_losses(loss, weights, names):
    compiled = CompileLoss(loss, weights, output_names=names)
    assert float(compiled([A, B], [P, Q])) == pytest.approx(mse(A, P) / 2 + 2 * mae(B, Q))


def test_the_logs_have_each_loss_without_its_weight():
    compiled = CompileLoss(["mse", "mae"], [0.5, 2], output_names=["p", "q"])
    compiled([A, B], [P, Q])
    assert [metric.name for metric in compiled.metrics] == ["p_loss", "q_loss"]
    found = [float(metric.result()) for metric in compiled.metrics]
    assert found == pytest.approx([mse(A, P), mae(B, Q)], rel=1e-5)
    assert len(compiled.variables) == 4


@pytest.mark.parametrize(
    ("outputs", "names", "expected"),
    [
        ({"a": A, "b": B}, None, ["a_loss", "b_loss"]),
        ({"a": {"c": A}, "b": [B]}, ["x", "y"], ["a/c_loss", "b/y_loss"]),
        ([A, B], None, ["mse_loss", "mse_1_loss"]),
    ],
)
def test_losses_are_called_after_their_outputs(outputs, names, expected):
    compiled = CompileLoss("mse", output_names=names)
    compiled(outputs, outputs)
    assert [metric.name for metric in compiled.metrics] == expected


def test_each_output_has_its_own_sample_weights():
    truths, outputs = {"a": A, "b": B}, {"a": P, "b": Q}
    value = CompileLoss("mse")(truths, outputs, {"a": WEIGHTS, "b": np.ones(6, "float32")})
    assert float(value) == pytest.approx(mse(A, P, WEIGHTS) + mse(B, Q), rel=1e-5)
    value = CompileLoss([None, "mse"])([B], [P, Q], [WEIGHTS])
    assert float(value) == pytest.approx(mse(B, Q, WEIGHTS), rel=1e-5)


def test_a_function_of_a_nested_output():
    def distance(y_true, y_pred):
        return ops.abs(y_true[0] - y_pred[0]) + ops.abs(y_true[1] - y_pred[1])

    class Distance(losses.Loss):
        def call(self, y_true, y_pred):
            return distance(y_true, y_pred)

    value = CompileLoss({"a": Distance()})({"a": (A, B)}, {"a": (P, Q)})
    assert float(value) == pytest.approx(mae(A, P) + mae(B, Q), rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "true", "predicted", "error", "message"),
    [
        ({"loss": "mse", "loss_weights": "1"}, A, P, ValueError, "Expected `loss_weights`"),
        ({"loss": "mse", "loss_weights": ["mae"]}, A, P, ValueError, "metrics are passed by name"),
        (
            {"loss": ["mse"] * 2, "loss_weights": [1]},
            [A, B],
            [P, Q],
            ValueError,
            "number of losses",
        ),
        ({"loss": "mse"}, [A], [P, Q], ValueError, "have different structures"),
        ({"loss": "mse"}, {"a": A, "c": B}, {"a": P, "b": Q}, ValueError, "different structures"),
        ({"loss": {"c": "mse"}}, {"a": A}, {"a": P}, KeyError, "can't be found"),
        ({"loss": {"a": {"c": "mse"}}}, {"a": A}, {"a": P}, KeyError, "in the model's output"),
        (
            {"loss": {"a": "mse"}, "output_names": ["a", "b"]},
            [A, B],
            [P, Q],
            ValueError,
            r"Expected keys \['a', 'b'\] in loss dict",
        ),
        ({"loss": "no such loss"}, A, P, ValueError, "no such loss"),
    ],
)
def test_errors_say_what_is_wrong(arguments, true, predicted, error, message):
    with pytest.raises(error, match=message):
        CompileLoss(**arguments)(true, predicted)


def test_no_targets_are_an_error_that_says_where_to_pass_them():
    with pytest.raises(ValueError, match=r"no targets for the loss 'mse'.*`fit\(x, y\)`"):
        CompileLoss("mse")(None, ops.ones((4, 1)))


def test_an_error_of_a_loss_tells_which_one_and_the_shapes():
    with pytest.raises(ValueError) as caught:
        CompileLoss("mse")(ops.ones((4, 3)), ops.ones((4, 2)))
    note = "In the loss 'mse', for y_true of shape (4, 3) and y_pred of shape (4, 2)."
    assert caught.value.__notes__ == [note]
