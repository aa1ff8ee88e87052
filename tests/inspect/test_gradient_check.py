"""check_gradients finds right what is right, and names the mistake, the op and the entry."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import inspect, layers, ops
from minigrad.autograd import Primitive

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 5)).astype("float32"), RNG.integers(0, 3, 12)
SQUARE, ROW = RNG.normal(size=(3, 3)), RNG.normal(size=(3,))


def model(*inner):
    mg.utils.set_random_seed(0)
    made = mg.Sequential(
        [layers.Input((5,)), layers.Dense(4, name="first"), *inner, layers.Dense(3, name="last")]
    )
    made.compile("adam", mg.losses.SparseCategoricalCrossentropy(from_logits=True))
    return made


def custom(forward, pull):
    """A function of any number of arguments whose gradient is `pull(g, *arguments)`."""

    @mg.custom_gradient
    def op(*args):
        return forward(*args), lambda g: pull(g, *args)

    return op


def primitive(name, kernel, *rules):
    return Primitive(name, kernel, rules)


# (function, arguments, cause, ratio): each a rule with one mistake.
MISTAKES = {
    "twice": (custom(lambda x: x * x, lambda g, x: 4 * g * x), [SQUARE], "factor", 2),
    "half": (custom(lambda x: x * x, lambda g, x: g * x), [SQUARE], "factor", 0.5),
    "minus": (custom(ops.sin, lambda g, x: -g * ops.cos(x)), [SQUARE], "sign", -1),
    "sum for mean": (
        custom(ops.mean, lambda g, x: g * ops.ones_like(x)),
        [SQUARE],
        "factor",
        9,
    ),
    "transposed": (
        custom(ops.matmul, lambda g, x, w: (g @ ops.transpose(w), ops.transpose(g) @ x)),
        [SQUARE, SQUARE + 1],
        "transpose",
        None,
    ),
    "transposed, of another shape": (
        custom(ops.matmul, lambda g, x, w: (g @ ops.transpose(w), ops.transpose(g) @ x)),
        [RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))],
        "transpose",
        None,
    ),
    "one row for the sum": (
        custom(lambda x, b: x + b, lambda g, x, b: (g, g[0])),
        [SQUARE, ROW],
        "broadcast",
        None,
    ),
    "mean for the sum": (
        custom(lambda x, b: x + b, lambda g, x, b: (g, ops.mean(g, axis=0))),
        [SQUARE, ROW],
        "broadcast",
        1 / 3,
    ),
    "no upstream": (custom(ops.exp, lambda g, x: ops.exp(x)), [SQUARE], "upstream", None),
    "nothing": (custom(ops.exp, lambda g, x: ops.zeros_like(x)), [SQUARE], "missing", 0),
    "straight through": (custom(ops.sign, lambda g, x: g), [SQUARE], "extra", None),
    "another function": (custom(ops.exp, lambda g, x: g * ops.cos(x)), [SQUARE], "unknown", None),
    "a primitive": (
        primitive("cube", lambda x: x**3, lambda g, out, x: 6 * g * x * x),
        [SQUARE],
        "factor",
        2,
    ),
    "a primitive's sign": (
        primitive("difference", np.subtract, lambda g, out, x1, x2: g, lambda g, out, x1, x2: g),
        [SQUARE, ROW],
        "sign",
        -1,
    ),
}


@pytest.mark.parametrize(
    ("function", "arguments", "cause", "ratio"), MISTAKES.values(), ids=MISTAKES
)
def test_each_mistake_is_named(function, arguments, cause, ratio):
    report = inspect.check_gradients(function, *arguments)
    assert not report.ok
    (wrong,) = report.wrong_ops
    assert wrong.cause == cause
    name = "cube" if function is MISTAKES["a primitive"][0] else None
    assert name is None or wrong.name == name
    if ratio is None:
        assert wrong.ratio is None
    else:
        assert wrong.ratio == pytest.approx(ratio, rel=1e-3)
    assert wrong.argument == len(arguments) - 1
    assert f"Likely cause ({cause})" in str(report)


def test_the_entry_has_both_numbers_and_their_ratio():
    report = inspect.check_gradients(MISTAKES["twice"][0], [3.0, 0.1])
    (weight,) = report.weights
    assert (weight.verdict, weight.index, weight.shape) == ("wrong", (0,), (2,))
    assert weight.tape == pytest.approx(2 * weight.difference)
    assert weight.ratio == pytest.approx(2)
    assert "ratio 2." in str(report)


RIGHT = {
    "plain": lambda x: ops.sum(ops.tanh(x) * x),
    "several results": lambda x: {"a": ops.exp(x), "b": [ops.sum(x), ops.argmax(x)]},
    "a long chain": lambda x: ops.logsumexp(ops.softmax(x @ x) / (1 + x * x)),
    "recurrence": lambda x: layers.LSTM(2)(ops.reshape(x, (1, 3, 3))),
    "a tuple of results": lambda x: ops.qr(x)[1],
    "float16": lambda x: ops.sum(ops.cast(x, "float16") * 2),
}


@pytest.mark.parametrize("function", RIGHT.values(), ids=RIGHT)
def test_right_gradients_are_right(function):
    mg.utils.set_random_seed(1)
    report = inspect.check_gradients(function, SQUARE.astype("float32"))
    assert report.ok, report
    assert max(weight.error for weight in report.weights) < 1e-5


def test_a_kink_is_no_mistake():
    report = inspect.check_gradients(ops.relu, [0.0, 1.0, -1.0])
    assert [one.verdict for one in report.weights] == ["kink"]
    assert report.ok
    assert "corner" in str(report)


def test_a_wrong_slope_beside_a_kink_is_one():
    leaky = custom(ops.relu, lambda g, x: g * ops.where(x > 0, 1.0, -0.5))
    report = inspect.check_gradients(leaky, [0.0, 1.0, -1.0])
    assert [one.verdict for one in report.weights] == ["wrong"]


def test_noise_of_float32_is_told_from_a_wrong_rule():
    report = inspect.check_gradients(lambda x: (ops.exp(x) - 1) / x, np.float32([1e-3, 2e-3]))
    assert [one.verdict for one in report.weights] == ["noise"]
    assert report.ok
    exact = inspect.check_gradients(lambda x: ops.expm1(x) / x, np.float64([0.5, 2e-3]))
    assert [one.verdict for one in exact.weights] == ["right"]


def test_a_weight_that_is_cut_off_is_told_from_one_that_is_not_used():
    report = inspect.check_gradients(
        lambda x, w, unused: ops.sum(x * w.numpy()), [1.0, 2.0], [0.3, 1.0], [1.0]
    )
    assert [one.verdict for one in report.weights] == ["right", "cut off", "unused"]
    assert not report.ok
    assert "numpy()" in str(report)


def test_stop_gradient_is_noted_but_not_wrong():
    report = inspect.check_gradients(lambda x: ops.sum(ops.stop_gradient(x) * x), [1.0, 2.0])
    assert report.ok
    assert "not on the tape" in str(report)


def test_a_model_is_judged_weight_by_weight():
    made = model(layers.BatchNormalization(), layers.Dropout(0.5), layers.Activation("gelu"))
    report = inspect.check_gradients(made, X, Y)
    assert report.ok, report
    assert [one.name for one in report.weights] == [v.path for v in made.trainable_variables]


class Wrong(layers.Layer):
    def call(self, x):
        return MISTAKES["twice"][0](x)


def test_the_layer_at_fault_is_found_and_what_comes_behind_it_is_right():
    report = inspect.check_gradients(model(Wrong()), X, Y)
    assert {one.name.split("/")[1]: one.ok for one in report.weights} == {
        "first": False,
        "last": True,
    }
    (wrong,) = report.wrong_ops
    assert wrong.name.startswith("op in sequential")
    assert wrong.name.endswith("/wrong")


def test_weights_with_other_dtypes_and_layers_without_a_loss_are_checked():
    dense = layers.Dense(3, activation="tanh", dtype="mixed_bfloat16")
    assert inspect.check_gradients(dense, X).ok


def test_a_function_may_use_variables():
    w = mg.Variable([1.0, 2.0], name="w")
    report = inspect.check_gradients(lambda x: ops.sum(x * w * w), [1.0, -2.0])
    assert [one.name for one in report.weights] == ["argument", "w"]
    assert report.ok


def test_without_anything_to_differentiate_by_it_is_an_error():
    with pytest.raises(ValueError, match="nothing that has a gradient"):
        inspect.check_gradients(lambda x: ops.sum(ops.round(x)) * 1.0, [1, 2])
    with pytest.raises(ValueError, match="no floating result"):
        inspect.check_gradients(ops.argmax, [1.0, 2.0])


def test_the_pictures_hold_a_point_for_each_entry():
    report = inspect.check_gradients(MISTAKES["transposed"][0], SQUARE, SQUARE + 1)
    errors, pairs = report._figure().axes
    assert [label.get_text() for label in errors.get_yticklabels()] == ["argument 0", "argument 1"]
    assert sum(len(points.get_offsets()) for points in pairs.collections) == 18
    assert "Likely cause (transpose)" in report._repr_html_()
