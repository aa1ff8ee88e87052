"""The same training compiled and uncompiled, and data to train on."""

import numpy as np

import minigrad as keras
from minigrad import layers, optimizers
from tests.golden.building import default_float

TOLERANCE = {"float32": 3e-4, "float64": 1e-7}


def images(n=6, size=6, channels=3, dtype="float32"):
    return np.random.default_rng(0).normal(size=(n, size, size, channels)).astype(dtype)


def rows(n=6, width=5, dtype="float32", seed=0):
    return np.random.default_rng(seed).normal(size=(n, width)).astype(dtype)


def sequences(n=6, time=4, width=5, dtype="float32"):
    return np.random.default_rng(0).normal(size=(n, time, width)).astype(dtype)


def whole(n=6, time=4, below=7, dtype="int32"):
    return np.random.default_rng(0).integers(0, below, (n, time)).astype("int32")


def outcome(make_model, x, y, jit_compile, dtype="float32", steps=4, batch_size=4, **arguments):
    """Losses, weights, state of the optimizer, scores and predictions after some epochs."""
    keras.utils.set_random_seed(7)
    keras.utils.clear_session()
    with default_float(keras, dtype):
        model = make_model()
        arguments = {"loss": "mse", "optimizer": lambda: optimizers.SGD(0.05), **arguments}
        weights = arguments.pop("sample_weight", None)
        arguments = {name: one() if callable(one) else one for name, one in arguments.items()}
        model.compile(**arguments, jit_compile=jit_compile)
        settings = {"batch_size": batch_size, "verbose": 0}
        history = model.fit(
            x, y, epochs=steps, shuffle=False, sample_weight=weights, **settings
        ).history
        scores = model.evaluate(x, y, return_dict=True, **settings)
        predicted = model.predict(x, **settings)
    values = [np.asarray(one) for one in history.values()]
    state = [v.numpy() for v in model.optimizer.variables]
    return values, model.get_weights(), state, [*map(np.asarray, scores.values())], predicted


def assert_compiled_equals_eager(make_model, x, y, dtype="float32", **arguments):
    ours = outcome(make_model, x, y, True, dtype, **arguments)
    theirs = outcome(make_model, x, y, False, dtype, **arguments)
    for i, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        # Metrics are counted in float32.
        tolerance = TOLERANCE[dtype] if i in (1, 2, 4) else max(1e-6, TOLERANCE[dtype])
        for a, b in zip(keras.tree.flatten(one), keras.tree.flatten(other), strict=True):
            assert a.shape == b.shape and a.dtype == b.dtype
            a, b = a.astype("float64"), b.astype("float64")
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def dense(width=3, activation=None):
    return layers.Dense(width, activation=activation)
