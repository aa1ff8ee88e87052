"""Pooling layers against NumPy, their masks, and what they refuse."""

import numpy as np
import pytest

from minigrad import layers

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 6, 4, 3)).astype("float32")


@pytest.mark.parametrize(
    ("kind", "reduce"), [("Max", np.max), ("Average", np.mean)], ids=["max", "average"]
)
def test_windows_without_overlap_are_blocks(kind, reduce):
    y = getattr(layers, f"{kind}Pooling2D")((3, 2))(X)
    np.testing.assert_allclose(y, reduce(X.reshape(2, 2, 3, 2, 2, 3), axis=(2, 4)), atol=1e-6)
    y = getattr(layers, f"Global{kind}Pooling2D")()(X)
    np.testing.assert_allclose(y, reduce(X, axis=(1, 2)), atol=1e-6)
    y = getattr(layers, f"Global{kind}Pooling2D")(keepdims=True, data_format="channels_first")(X)
    np.testing.assert_allclose(y, reduce(X, axis=(2, 3), keepdims=True), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "reduce"), [("Max", np.max), ("Average", np.mean)], ids=["max", "average"]
)
def test_adaptive_windows_cover_the_input(kind, reduce):
    x = X.reshape(2, 24, 3)[:, :7]
    y = getattr(layers, f"Adaptive{kind}Pooling1D")(3)(x)
    expected = [reduce(x[:, a:b], axis=1) for a, b in ((0, 3), (2, 5), (4, 7))]
    np.testing.assert_allclose(y, np.stack(expected, axis=1), atol=1e-6)


def test_padding_does_not_count_in_a_mean():
    y = layers.AveragePooling1D(3, strides=1, padding="same")(np.ones((1, 4, 1), "float32"))
    np.testing.assert_array_equal(y, np.ones((1, 4, 1)))


def test_a_hidden_step_does_not_count_in_a_global_mean():
    x = np.array([[[1.0], [3.0], [100.0]], [[1.0], [100.0], [100.0]]], "float32")
    mask = np.array([[True, True, False], [True, False, False]])
    layer = layers.GlobalAveragePooling1D()
    np.testing.assert_array_equal(layer(x, mask=mask), [[2.0], [1.0]])
    embedded = layers.Embedding(5, 2, mask_zero=True)
    ids = np.array([[1, 2, 0]])
    y = layer(embedded(ids))
    table = embedded.get_weights()[0]
    np.testing.assert_allclose(y, (table[1] + table[2])[None] / 2, atol=1e-6)
    assert layer.compute_mask(x, mask) is None


def test_lengths_may_be_unknown():
    shape = (None, None, 5, 3)
    assert layers.MaxPooling2D(2).compute_output_shape(shape) == (None, None, 2, 3)
    assert layers.GlobalMaxPooling2D().compute_output_shape(shape) == (None, 3)
    assert layers.AdaptiveMaxPooling2D(2).compute_output_shape(shape) == (None, 2, 2, 3)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: layers.MaxPooling2D((2, 0)), ValueError),
        (lambda: layers.MaxPooling2D(2, strides=(1, 2, 3)), ValueError),
        (lambda: layers.MaxPooling2D(2, data_format="last"), ValueError),
        (lambda: layers.MaxPooling2D(2, padding="full")(X), ValueError),
        (lambda: layers.MaxPooling1D(2)(X), ValueError),
        (lambda: layers.AdaptiveMaxPooling2D((2, 2, 2)), TypeError),
    ],
)
def test_what_cannot_work_is_refused(make, error):
    with pytest.raises(error, match=r"Received|expected ndim"):
        make()
