"""LSTM and GRU over whole sequences equal their ops, and their kernels the NumPy twins."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, ops
from minigrad.kernels import native, openblas
from minigrad.kernels import recurrent as kernels
from minigrad.ops import recurrent

native.ready()  # where there is a compiler, its kernels are tested, from the first call on

RNG = np.random.default_rng(3)


def problem(kind, batch, steps, n, dtype):
    gates = {"lstm": 4, "gru": 3}[kind]
    shapes = {
        "lstm": [(batch, steps, 4 * n), (batch, n), (batch, n), (n, 4 * n)],
        "gru": [(batch, steps, 3 * n), (batch, n), (n, 3 * n), (3 * n,)],
    }[kind]
    assert shapes[0][-1] == gates * n
    scale = [1, 1, 1 / np.sqrt(n), 1 / np.sqrt(n)]
    return [(RNG.normal(size=s) * k).astype(dtype) for s, k in zip(shapes, scale, strict=True)]


SIZES = [(3, 5, 4), (32, 6, 64), (20, 3, 80), (1, 1, 1)]


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize(("batch", "steps", "n"), SIZES)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_and_gradients_equal_those_of_the_ops(
    kind, batch, steps, n, masked, backwards, dtype
):
    inputs = problem(kind, batch, steps, n, dtype)
    counts = RNG.random((batch, steps)) < 0.7 if masked else None
    walk, by_ops = {
        "lstm": (recurrent.lstm_walk, recurrent.lstm_by_ops),
        "gru": (recurrent.gru_walk, lambda *a: (recurrent.gru_by_ops(*a),)),
    }[kind]
    tolerance = {"float32": 2e-5, "float64": 1e-12}[dtype]

    def outcome(f):
        xs = [mg.Tensor(x, requires_grad=True) for x in inputs]
        ys = f(*xs)
        weights = [np.cos(np.arange(y.size)).reshape(y.shape).astype(dtype) for y in ys]
        sum((y * w).sum() for y, w in zip(ys, weights, strict=True)).backward()
        return [np.asarray(y) for y in ys] + [np.asarray(x.grad) for x in xs]

    states = {"lstm": 2, "gru": 1}[kind]
    fused = outcome(lambda *xs: walk(*xs, counts, backwards=backwards)[:states])
    plain = outcome(lambda *xs: by_ops(*xs, counts, backwards))
    for a, b in zip(fused, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1, np.abs(b).max()))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("masked", [False, True])
def test_kernels_equal_their_twins(kind, masked, monkeypatch):
    if not native.ready() or openblas.blas() is None:
        pytest.skip("there are only the twins here")
    inputs = problem(kind, 17, 5, 16, "float32")
    counts = RNG.random((17, 5)) < 0.7 if masked else None

    def outcome():
        if kind == "lstm":
            _, _, c0, u = inputs
            hs, cs, gates = kernels.lstm(*inputs, counts)
            return hs, cs, *kernels.lstm_slope(np.cos(hs), np.sin(cs), cs, gates, c0, u, counts)
        _, h0, u, _ = inputs
        hs, gates = kernels.gru(*inputs, counts)
        return hs, *kernels.gru_slope(np.cos(hs), hs, gates, h0, u, counts)

    fast = outcome()
    monkeypatch.setattr(native, "ready", lambda: False)
    for a, b in zip(fast, outcome(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-5 * max(1, np.abs(b).max()))


def test_strided_inputs_are_as_good_as_others():
    x, h0, c0, u = problem("lstm", 4, 3, 2, "float32")
    turned = np.ascontiguousarray(x.transpose(1, 0, 2)).transpose(1, 0, 2)
    wide = np.ascontiguousarray(u.T).T
    for a, b in zip(kernels.lstm(turned, h0, c0, wide), kernels.lstm(x, h0, c0, u), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("more", [{}, {"go_backwards": True}, {"dropout": 0.5, "seed": 3}])
@pytest.mark.parametrize("masked", [False, True])
def test_layers_compute_the_same_step_by_step(kind, more, masked):
    x = RNG.normal(size=(3, 6, 5)).astype("float32")
    mask = RNG.random((3, 6)) < 0.7 if masked else None
    make = getattr(layers, kind)
    fused, plain = (
        make(4, return_sequences=True, return_state=True, use_cudnn=use, **more)
        for use in (True, False)
    )
    plain.build(x.shape)
    outputs = []
    for layer in (fused, plain):
        if layer is fused:
            layer.build(x.shape)
            layer.set_weights(plain.get_weights())
        with mg.GradientTape() as tape:
            y = layer(x, mask=mask, training=True)
            loss = sum(ops.sum(ops.square(one)) for one in y)
        slopes = tape.gradient(loss, layer.trainable_variables)
        outputs.append([*y, *slopes])
    for a, b in zip(*outputs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_what_has_no_operation_goes_step_by_step_or_is_an_error(kind):
    make = getattr(layers, kind)
    x = np.ones((1, 2, 3), "float32")
    for more in ({"activation": "relu"}, {"recurrent_dropout": 0.2}):
        make(2, **more)(x)
        with pytest.raises(ValueError, match="use_cudnn=True"):
            make(2, use_cudnn=True, **more)(x)
    with pytest.raises(ValueError, match="use_cudnn"):
        make(2, use_cudnn="yes")
