"""A character-level GPT learns as well in 16 bits."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers
from minigrad.datasets import alice

MARGIN = 0.01  # nats a character, of about 2.6; another seed moves the loss twice as far


def gpt(size, length=32, width=48, heads=4):
    ids = mg.Input((length,), dtype="int32")
    h = layers.Embedding(size, width)(ids)
    h = h + layers.Embedding(length, width)(mg.ops.arange(length))
    for _ in range(2):
        z = layers.LayerNormalization(epsilon=1e-5)(h)
        h = h + layers.MultiHeadAttention(heads, width // heads)(z, z, use_causal_mask=True)
        z = layers.LayerNormalization(epsilon=1e-5)(h)
        h = h + layers.Dense(width)(layers.Dense(4 * width, activation="gelu")(z))
    return mg.Model(ids, layers.Dense(size)(layers.LayerNormalization(epsilon=1e-5)(h)))


def learnt(policy):
    """The loss on the end of the book after reading its beginning once, and the model."""
    (x, y), (x_test, y_test) = alice.load_data(length=32)
    mg.utils.set_random_seed(0)
    mg.config.set_dtype_policy(policy)
    try:
        model = gpt(len(alice.VOCABULARY))
    finally:
        mg.config.set_dtype_policy("float32")
    loss = mg.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(mg.optimizers.Adam(3e-3), loss)
    model.fit(x[:3200], y[:3200], batch_size=32, epochs=1, verbose=0, shuffle=False)
    assert {w.dtype for w in model.trainable_variables} == {"float32"}
    return model.evaluate(x_test, y_test, batch_size=128, verbose=0), model


@pytest.mark.slow
def test_gpt_learns_as_well_under_both_mixed_policies():
    expected, _ = learnt("float32")
    assert expected < 2.75  # single frequencies give 3.1
    for policy in ("mixed_float16", "mixed_bfloat16"):
        loss, model = learnt(policy)
        assert loss == pytest.approx(expected, abs=MARGIN), policy
        outputs = model(np.zeros((1, 32), "int32"))
        assert outputs.dtype == model.compute_dtype, policy
        scaled = isinstance(model.optimizer, mg.optimizers.LossScaleOptimizer)
        assert scaled == (policy == "mixed_float16")
