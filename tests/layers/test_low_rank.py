"""LoRA: a frozen weight, and a small change of it that is trained."""

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, ops

RNG = np.random.default_rng(3)

CASES = {
    "dense": (lambda **k: layers.Dense(5, **k), (2, 4), "kernel"),
    "einsum": (
        lambda **k: layers.EinsumDense("abc,cde->abde", (None, 2, 5), bias_axes="e", **k),
        (2, 3, 4),
        "kernel",
    ),
    "conv": (lambda **k: layers.Conv2D(5, 2, **k), (2, 4, 4, 3), "kernel"),
    "embedding": (lambda **k: layers.Embedding(7, 5, **k), None, "embeddings"),
}


def inputs(shape):
    if shape is None:
        return ops.array([[1, 6, 0], [2, 2, 3]])
    return ops.array(RNG.normal(size=shape).astype("float32"))


@pytest.mark.parametrize("name", CASES)
def test_the_change_has_low_rank_and_is_what_trains(name, tmp_path):
    make, shape, weight = CASES[name]
    x = inputs(shape)
    model = mg.Sequential([make(name="one")])
    before = model(x).numpy()
    layer = model.layers[0]
    frozen = np.array(getattr(layer, weight))
    layer.enable_lora(2, lora_alpha=3)
    np.testing.assert_array_equal(model(x), before)  # B is zero
    model.compile(mg.optimizers.SGD(0.5), "mse")
    model.fit(x, np.ones_like(before), verbose=0)
    a, b = (np.array(getattr(layer, f"lora_{weight}_{one}")) for one in "ab")
    np.testing.assert_array_equal(getattr(layer, f"_{weight}"), frozen)
    assert b.shape == (2, 5) and np.abs(b).min() > 0
    merged = frozen + 1.5 * (a @ b)
    np.testing.assert_allclose(getattr(layer, weight), merged, atol=1e-6)

    plain = mg.Sequential([make(name="one")])
    plain(x)
    plain.layers[0].set_weights([merged, *layer.get_weights()[1:-2]])
    expected = plain(x).numpy()
    np.testing.assert_allclose(model(x), expected, atol=1e-5)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-5)
    np.testing.assert_allclose(copy.deepcopy(model)(x), expected, atol=1e-5)

    # Files hold the merged weight.
    model.save_weights(tmp_path / "m.weights.h5")
    fresh = mg.Sequential([make(name="one")])
    fresh(x)
    fresh.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_allclose(fresh(x), expected, atol=1e-5)
    model.save(tmp_path / "m.keras")
    loaded = mg.models.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].lora_enabled
    np.testing.assert_allclose(loaded(x), expected, atol=1e-5)
    loaded.compile("sgd", "mse")
    loaded.fit(x, np.float32(expected) + 1, verbose=0)
    assert np.any(loaded.layers[0]._low_rank()[1])  # it learns on


@pytest.mark.parametrize("name", CASES)
def test_it_can_be_asked_for_when_the_layer_is_made(name):
    make, shape, weight = CASES[name]
    layer = make(lora_rank=2, lora_alpha=4)
    layer(inputs(shape))
    assert not getattr(layer, f"_{weight}").trainable
    config = layer.get_config()
    assert (config["lora_rank"], config["lora_alpha"]) == (2, 4)
    assert "lora_rank" not in make().get_config()


def test_a_compiled_prediction_notices_it():
    layer = layers.Dense(2)
    model = mg.Sequential([mg.Input((3,)), layer])
    x = np.ones((4, 3), "float32")
    for _ in range(2):
        before = model.predict(x, verbose=0)
    layer.enable_lora(1, b_initializer="ones")
    after = model.predict(x, verbose=0)
    np.testing.assert_allclose(after, model(x), atol=1e-6)
    assert np.abs(after - before).max() > 0


def test_attention_can_be_adapted():
    layer = layers.MultiHeadAttention(2, 3)
    x = ops.array(RNG.normal(size=(1, 4, 6)).astype("float32"))
    before = layer(x, x).numpy()
    layer.query_dense.enable_lora(2, b_initializer="ones")
    assert np.abs(layer(x, x).numpy() - before).max() > 1e-3


def test_what_cannot_be_adapted():
    with pytest.raises(ValueError, match="isn't yet built"):
        layers.Dense(2).enable_lora(2)
    layer = layers.Dense(2, kernel_constraint="non_neg")
    layer.build((None, 3))
    with pytest.raises(ValueError, match="incompatible with constraints"):
        layer.enable_lora(2)
    layer = layers.Dense(2, lora_rank=1)
    layer.build((None, 3))
    with pytest.raises(ValueError, match="already enabled"):
        layer.enable_lora(2)
    with pytest.raises(AttributeError, match="before the layer is built"):
        _ = layers.Dense(2).kernel
