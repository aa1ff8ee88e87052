"""Where a layer's policy reaches, and where it ends."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, ops

MIXED = pytest.mark.parametrize(
    ("policy", "half"), [("mixed_float16", "float16"), ("mixed_bfloat16", "bfloat16")]
)


@pytest.fixture(autouse=True)
def restore():
    yield
    mg.config.set_dtype_policy("float32")


class Watching(layers.Layer):
    """Says in which dtypes its call sees its input and its weight."""

    def build(self, shape):
        self.w = self.add_weight(shape=shape[1:], initializer="ones", name="w")

    def call(self, x):
        self.seen = (x.dtype, self.w.value.dtype)
        return x * self.w


class Around(layers.Layer):
    """Calls another layer, and reads its own weight before and after."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner
        self.own = self.add_weight(shape=(), initializer="ones", name="own")

    def call(self, x):
        before = self.own.value.dtype
        y = self.inner(x)
        self.seen = (before, y.dtype, self.own.value.dtype)
        return y * ops.cast(self.own, y.dtype)


@pytest.mark.parametrize(
    ("policy", "compute"),
    [("mixed_float16", "float16"), ("mixed_bfloat16", "bfloat16"), ("float64", "float64")],
)
def test_a_policy_changed_after_build_changes_the_computing_and_not_the_weights(policy, compute):
    layer = layers.Dense(3)
    x = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    expected = layer(x)
    layer.dtype_policy = policy
    y = layer(x)
    assert (layer.compute_dtype, y.dtype, layer.kernel.dtype) == (compute, compute, "float32")
    np.testing.assert_allclose(ops.cast(y, "float32"), expected, rtol=0, atol=0.03)
    layer.dtype_policy = "float32"
    np.testing.assert_array_equal(layer(x), expected)


def test_a_model_compiled_again_computes_in_the_policies_of_then():
    model = mg.Sequential([mg.Input((4,)), Watching(), layers.Dense(2)])
    model.compile("sgd", "mse")
    x = np.ones((8, 4), "float32")
    model.predict(x, verbose=0)
    for layer in model.layers:
        layer.dtype_policy = "mixed_bfloat16"
    model.compile("sgd", "mse")  # what is compiled already stays as it is
    assert model.predict(x, verbose=0).dtype.name == "bfloat16"
    assert model.layers[0].seen == ("bfloat16", "bfloat16")


@MIXED
def test_each_layer_of_a_nest_casts_for_itself(policy, half):
    inner = Watching(dtype="float32")
    outer = Around(inner, dtype=policy)
    outer(np.ones((2, 3), "float32"))
    assert inner.seen == ("float32", "float32")
    assert outer.seen == (half, "float32", half)
    inner = Watching(dtype=policy)
    outer = Around(inner, dtype="float32")
    y = outer(np.ones((2, 3), "float32"))
    assert inner.seen == (half, half)
    assert outer.seen == ("float32", half, "float32")
    assert y.dtype == half


@MIXED
def test_layers_made_in_the_constructor_take_the_global_policy(policy, half):
    mg.config.set_dtype_policy(policy)
    outer = Around(Watching())
    mg.config.set_dtype_policy("float32")
    assert outer(np.ones((2, 3), "float32")).dtype == half
    assert outer.inner.seen == (half, half)


@MIXED
@pytest.mark.parametrize("given", ["int8", "int32", "uint8", "bool"])
def test_whole_numbers_and_bools_pass_lambda_as_they_are(policy, half, given):
    seen = []

    def look(x):
        seen.append([one.dtype for one in x])
        return x[0]

    layer = layers.Lambda(look, dtype=policy)
    out = layer([np.ones((2, 3), given), np.ones((2, 3), "float32")])
    assert seen[-1] == [given, half]
    assert out.dtype == given


def test_a_lambda_without_autocast_sees_what_came():
    layer = layers.Lambda(lambda x: x + 1, dtype="mixed_float16")
    layer.autocast = False
    assert layer(np.ones((2, 3), "float32")).dtype == "float32"


def test_a_layer_without_autocast_leaves_those_inside_to_theirs():
    outer = Around(Watching(dtype="mixed_float16"), dtype="mixed_float16", autocast=False)
    outer(np.ones((2, 3), "float32"))
    assert outer.inner.seen == ("float16", "float16")
    assert outer.seen == ("float32", "float16", "float32")


@MIXED
def test_gradients_arrive_in_the_dtype_of_the_variable(policy, half):
    layer = Around(Watching(dtype=policy), dtype=policy)
    with mg.GradientTape() as tape:
        total = ops.sum(layer(np.ones((2, 3), "float32")))
    assert total.dtype == half
    assert {g.dtype for g in tape.gradient(total, layer.trainable_variables)} == {"float32"}


@MIXED
def test_losses_and_metrics_compute_in_float32(policy, half):
    mg.config.set_dtype_policy(policy)
    # In float16 the squares are infinite, in bfloat16 they are 159744.
    y, zeros = ops.cast([[400.0], [400.0]], half), np.zeros((2, 1), "float32")
    loss = mg.losses.MeanSquaredError()
    metric = mg.metrics.MeanSquaredError()
    metric.update_state(zeros, y)
    for value in (loss(zeros, y), metric.result()):
        assert value.dtype == "float32"
        assert float(value) == 160000.0
    assert {v.dtype for v in metric.variables} == {"float32"}
    mean = mg.metrics.Mean()
    mean.update_state(ops.cast([1.0, 256.0], half))
    assert float(mean.result()) == 128.5


@MIXED
def test_a_softmax_of_large_scores_does_not_overflow(policy, half):
    y = layers.Softmax(dtype=policy)(np.array([[60000.0, 60000.0, -60000.0]], "float32"))
    assert y.dtype == half
    np.testing.assert_array_equal(ops.cast(y, "float32"), [[0.5, 0.5, 0.0]])
    loss = mg.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(loss(np.array([2]), ops.cast([[60000.0, 0.0, -2.0]], half))) == pytest.approx(
        60002, rel=3e-3
    )
