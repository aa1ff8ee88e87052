"""A character-level GPT learns to write like Lewis Carroll."""

import sys

import numpy as np

import minigrad as keras
from minigrad import layers

keras.utils.set_random_seed(int(sys.argv[2]))
data = np.load(sys.argv[1])
size, length, width, heads = 72, 64, 64, 4


class Positions(layers.Layer):
    """Adds a learned vector for each place."""

    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="uniform", name="table")

    def call(self, x):
        return x + self.table


def block(x):
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    x = x + layers.MultiHeadAttention(heads, width // heads)(y, y, use_causal_mask=True)
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    return x + layers.Dense(width)(layers.Dense(4 * width, activation="gelu")(y))


inputs = keras.Input(shape=(length,), dtype="int32")
x = Positions()(layers.Embedding(size, width)(inputs))
for _ in range(2):
    x = block(x)
outputs = layers.Dense(size)(layers.LayerNormalization(epsilon=1e-5)(x))
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
history = model.fit(data["x_train"], data["y_train"], batch_size=32, epochs=4, verbose=2)
loss = model.evaluate(data["x_test"], data["y_test"], verbose=0)

# Write: predict the next character, draw one, go on.
generator = np.random.default_rng(0)
ids = data["x_test"][:1]
for _ in range(60):
    logits = model.predict_on_batch(ids[:, -length:])[0, -1].astype("float64") / 0.8
    chances = np.exp(logits - logits.max())
    drawn = generator.choice(size, p=chances / chances.sum())
    ids = np.concatenate([ids, [[drawn]]], axis=1).astype("int32")
np.savez(sys.argv[3], curve=history.history["loss"], loss=loss, score=-loss, text=ids[0, length:])
