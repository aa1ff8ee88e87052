"""Masks in functional graphs: what layers are given there is computed by steps of the graph."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers

WORDS = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [1, 1, 2, 4]])


def embedded():
    words = mg.Input((4,), dtype="int32")
    embedding = layers.Embedding(5, 6, mask_zero=True)
    return words, embedding, embedding(words)


def mask_of(model, layer):
    """What the config says of the `mask` that a layer is called with."""
    config = next(one for one in model.get_config()["layers"] if one["name"] == layer.name)
    return config["inbound_nodes"][0]["kwargs"].get("mask")


def test_a_mask_is_an_argument_of_the_call():
    words, embedding, h = embedded()
    lstm = layers.LSTM(3)
    model = mg.Model(words, lstm(h))
    history = mask_of(model, lstm)["config"]["keras_history"]
    assert history[0].startswith("not_equal")
    assert [type(one).__name__ for one in model.layers] == ["InputLayer", "Embedding", "LSTM"]
    expected = lstm(embedding(WORDS), mask=mg.ops.convert_to_tensor(WORDS != 0))
    np.testing.assert_allclose(model(WORDS), expected, atol=1e-6)
    np.testing.assert_allclose(model.predict(WORDS, verbose=0), expected, atol=1e-6)


def test_without_a_mask_there_is_no_argument():
    x = mg.Input((4, 3))
    lstm = layers.LSTM(3)
    assert mask_of(mg.Model(x, lstm(x)), lstm) is None


def test_a_layer_behind_attention_gets_its_mask_all_the_same():
    words, embedding, h = embedded()
    attention, lstm = layers.MultiHeadAttention(2, 3), layers.LSTM(3)
    attended = attention(h, h)
    model = mg.Model(words, [attended, lstm(h)])
    found = model(WORDS)
    h = embedding(WORDS)
    np.testing.assert_allclose(found[1], lstm(h), atol=1e-6)
    np.testing.assert_allclose(found[0], attention(h, h), atol=1e-6)


def test_attention_takes_masks_off_what_it_reads():
    h = layers.Embedding(5, 6, mask_zero=True)(WORDS)
    attention, grouped = layers.MultiHeadAttention(2, 3), layers.GroupQueryAttention(3, 2, 1)
    kept = grouped(h, h)
    assert np.array_equal(kept._keras_mask, WORDS != 0)
    masked = attention(h, h)
    assert np.array_equal(masked._keras_mask, WORDS != 0)
    assert h._keras_mask is None
    again = attention(h, h)
    assert getattr(again, "_keras_mask", None) is None
    assert np.abs(again[2] - masked[2]).max() < 1e-6  # nothing is masked there
    assert np.abs(again[1] - masked[1]).max() > 1e-4


@pytest.mark.filterwarnings("ignore:Layer 'functional")  # it passes no mask on, as in Keras
def test_masks_survive_a_config_a_copy_and_a_nested_model():
    words, _, h = embedded()
    inner_input = mg.Input((4, 6))
    inner = mg.Model(inner_input, layers.GRU(3)(layers.Dropout(0.2)(inner_input)))
    model = mg.Model(words, inner(h))
    assert mask_of(model, inner) is not None
    twin = mg.Model.from_config(model.get_config())
    copy = mg.models.clone_model(model)
    for other in (twin, copy):
        other.set_weights(model.get_weights())
        np.testing.assert_allclose(other(WORDS), model(WORDS), atol=1e-6)
    unmasked = inner(mg.ops.convert_to_tensor(np.asarray(model.layers[1](WORDS))))
    assert np.abs(unmasked[1] - model(WORDS)[1]).max() > 1e-4
