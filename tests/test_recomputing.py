"""Computed again instead of kept: the same numbers, with less memory."""

import gc
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad.recomputing import get_current_remat_mode

RANDOM = np.random.default_rng(0)


def assert_equal(a, b):
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def gradients_of(function, *arrays):
    tensors = [mg.Tensor(x, requires_grad=True) for x in arrays]
    function(*tensors).sum().backward()
    return [x.grad for x in tensors]


FUNCTIONS = {
    "one result": lambda x, y: mg.ops.tanh(x * y) @ x,
    "arguments by name": lambda x, y: mg.ops.add(x1=x, x2=mg.ops.sin(y) * y),
    "an argument twice": lambda x, y: x * x * mg.ops.exp(x + y),
    "an argument that is not used": lambda x, y: mg.ops.exp(x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_the_same(name):
    f, arrays = FUNCTIONS[name], RANDOM.normal(size=(2, 3, 3)).astype("float32")
    x, y = (mg.Tensor(one, requires_grad=True) for one in arrays)
    assert_equal([mg.remat(f)(x, y)], [f(x, y)])
    if name != "an argument that is not used":
        assert_equal(gradients_of(mg.remat(f), *arrays), gradients_of(f, *arrays))
    else:
        mg.remat(f)(x, y).sum().backward()
        assert y.grad is None
        assert_equal([x.grad], [mg.ops.exp(x)])


def test_results_come_in_the_structure_of_the_function():
    f = mg.remat(lambda x, n: {"a": [x * n, None], "b": mg.ops.cast(x, "int32"), "c": x.sum()})
    x = mg.Tensor([1.0, 2.0], requires_grad=True)
    result = f(x, n=3.0)
    assert result["a"][1] is None and not result["b"].requires_grad
    (result["a"][0].sum() * result["c"]).backward()
    assert x.grad.numpy().tolist() == [18.0, 18.0]  # d/dx 3 s·s = 6 s, s = 3


def test_what_a_function_closes_over_gets_its_gradient():
    w = mg.Tensor(3.0, requires_grad=True)
    v = mg.Variable(2.0)
    x = mg.Tensor(5.0, requires_grad=True)
    mg.remat(lambda x: mg.ops.square(x * w) * v)(x).backward()
    assert [float(one.grad) for one in (x, w, v)] == [180.0, 300.0, 225.0]


def test_higher_derivatives_are_the_same():
    f = lambda x: mg.ops.sum(mg.ops.sin(x) * x**3)  # noqa: E731
    x = np.array([0.5, 1.5], "float32")
    assert_equal([mg.hessian(mg.remat(f))(x)], [mg.hessian(f)(x)])
    assert_equal([mg.grad(mg.remat(f))(x)], [mg.grad(f)(x)])


def test_a_second_backward_adds_up():
    x = mg.Tensor(2.0, requires_grad=True)
    y = mg.remat(mg.ops.square)(x)
    y.backward()
    y.backward()
    assert float(x.grad) == 8.0


def test_variables_are_as_they_were_and_what_is_assigned_counts_once():
    count, w = mg.Variable(0.0, trainable=False), mg.Variable(2.0)

    def f(x):
        count.assign_add(1.0)
        return x * w * count

    x = mg.Tensor(1.0, requires_grad=True)
    y = mg.remat(f)(x)
    w.assign(100.0)
    y.backward()
    assert float(x.grad) == 2.0 and float(w.grad) == 1.0 and float(count) == 1.0


def test_intermediate_results_are_not_kept():
    kept = []

    def f(x):
        y = mg.ops.exp(x)
        kept.append(weakref.ref(y))
        return y * y

    x = mg.Tensor(np.ones(3), requires_grad=True)
    result = mg.remat(f)(x)
    gc.collect()
    assert kept[0]() is None
    result.sum().backward()
    assert len(kept) == 2


def test_it_computes_again_only_where_gradients_are_wanted():
    calls = []
    f = mg.remat(lambda x: calls.append(1) or x * 2)
    f(mg.ops.ones(2))
    with mg.no_grad():
        f(mg.Tensor(1.0, requires_grad=True))
    assert len(calls) == 2
    assert f(mg.KerasTensor((None, 2))).shape == (None, 2)
    y = f(mg.Tensor(1.0, requires_grad=True))
    assert len(calls) == 4
    y.backward()
    assert len(calls) == 5


# Layers


def test_scopes_nest_and_end():
    assert get_current_remat_mode() is None
    with mg.RematScope("full"):
        with mg.RematScope("larger_than", output_size_threshold=3):
            assert get_current_remat_mode().output_size_threshold == 3
        assert get_current_remat_mode().mode == "full"
    assert get_current_remat_mode() is None
    with pytest.raises(ValueError, match="mode='some'"):
        mg.RematScope("some")


def is_rematerialized(layer, x):
    call = layer.call
    return layer.rematerialized_call(call, x) is not call


def test_modes_choose_the_layers():
    x = mg.ops.ones((2, 3))
    with mg.RematScope("larger_than", output_size_threshold=9):
        small, large = mg.layers.Dense(4), mg.layers.Dense(5)
    for layer in (small, large):
        layer.build((2, 3))
    assert is_rematerialized(large, x) and not is_rematerialized(small, x)
    with mg.RematScope("list_of_layers", layer_names=["chosen"]):
        chosen, other = mg.layers.Dense(2, name="chosen"), mg.layers.Dense(2)
    assert is_rematerialized(chosen, x) and not is_rematerialized(other, x)
    with mg.RematScope("activations"):
        dense, flatten = mg.layers.Dense(2, "relu"), mg.layers.Flatten()
    assert is_rematerialized(dense, x) and not is_rematerialized(flatten, x)
    with mg.RematScope("full"), mg.RematScope(None):
        assert not is_rematerialized(mg.layers.Dense(2), x)
    assert not is_rematerialized(mg.layers.Dense(2), x)


class Block(mg.layers.Layer):
    """Layers in a layer, with what a second computation must not do twice."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = mg.layers.Dense(8, "gelu")
        self.norm = mg.layers.BatchNormalization()
        self.dropout = mg.layers.Dropout(0.5, seed=1)

    def build(self, input_shape):
        self.dense.build(input_shape)
        self.norm.build((*input_shape[:-1], 8))

    def call(self, x):
        return self.dropout(self.norm(self.dense(x)))


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("jit", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("mode", ["full", "activations"])
def test_a_model_trains_alike(mode, jit, policy):
    x, y = RANDOM.normal(size=(16, 5)), RANDOM.normal(size=(16, 1))

    def losses(mode):
        mg.utils.set_random_seed(2)
        with mg.RematScope(mode):
            inputs = mg.Input((5,))
            outputs = mg.layers.Dense(1, dtype="float32")(Block(dtype=policy)(inputs))
        model = mg.Model(inputs, outputs)
        model.compile("sgd", "mse", jit_compile=jit)
        history = model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0)
        return history.history["loss"], model.get_weights()

    (with_remat, weights), (without, expected) = losses(mode), losses(None)
    np.testing.assert_allclose(with_remat, without, rtol=1e-5 if policy == "float32" else 2e-2)
    for one, other in zip(weights, expected):
        np.testing.assert_allclose(one, other, atol=1e-5 if policy == "float32" else 2e-2)


def test_the_compiler_does_not_undo_it():
    """Equal equations become one; what is computed again must not be recognized."""
    w = mg.Variable(np.eye(4, dtype="float32"))
    x = np.ones((2, 4), "float32")

    def step(f, x):
        f(x).sum().backward()
        g, w.grad = w.grad, None
        return g

    f = lambda x: mg.ops.tanh(mg.ops.matmul(mg.ops.tanh(mg.ops.matmul(x, w)), w))  # noqa: E731

    def matmuls(f):
        compiled = mg.compile(lambda x: step(f, x))
        result = compiled(x)
        assert_equal([compiled(x)], [result])
        return str(compiled.explain()).count("matmul"), result

    (with_remat, g1), (without, g2) = matmuls(mg.remat(f)), matmuls(f)
    assert with_remat > without
    np.testing.assert_allclose(np.asarray(g1), np.asarray(g2), rtol=1e-6)


def test_masks_are_there_when_it_is_computed_again():
    x = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])

    def gradients(mode):
        mg.utils.set_random_seed(0)
        embedding = mg.layers.Embedding(5, 4, mask_zero=True)
        with mg.RematScope(mode=mode):
            attention = mg.layers.MultiHeadAttention(2, 2)
        with mg.GradientTape() as tape:
            embedded = embedding(x)
            outputs = attention(embedded, embedded)
            loss = mg.ops.sum(mg.ops.sin(outputs))
        assert np.array_equal(outputs._keras_mask, x != 0)
        return tape.gradient(loss, attention.trainable_variables)

    for one, other in zip(gradients("full"), gradients(None), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
