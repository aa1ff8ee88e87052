"""A transformer of layers of one's own learns to tell two authors apart."""

import sys

import numpy as np

import minigrad as keras
from minigrad import layers, ops


@keras.saving.register_keras_serializable("programs")
class TokenAndPosition(layers.Layer):
    """A vector for what a character is, plus one for where it stands."""

    def __init__(self, length, size, width, **kwargs):
        super().__init__(**kwargs)
        self.length, self.size, self.width = length, size, width
        self.tokens = layers.Embedding(size, width)
        self.positions = layers.Embedding(length, width)

    def build(self, shape):
        self.tokens.build(shape)
        self.positions.build(shape)

    def call(self, ids):
        return self.tokens(ids) + self.positions(ops.arange(ops.shape(ids)[-1]))

    def get_config(self):
        config = {"length": self.length, "size": self.size, "width": self.width}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable("programs")
class Block(layers.Layer):
    """Self-attention and two dense layers, each added to what it reads."""

    def __init__(self, heads, width, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.width, self.rate = heads, width, rate
        self.attention = layers.MultiHeadAttention(heads, width // heads, dropout=rate)
        self.feed = keras.Sequential([layers.Dense(2 * width, "gelu"), layers.Dense(width)])
        self.norms = [layers.LayerNormalization(epsilon=1e-6) for _ in range(2)]
        self.dropout = layers.Dropout(rate)

    def build(self, shape):
        self.attention.build(shape, shape)
        for layer in (self.feed, *self.norms):
            layer.build(shape)

    def call(self, x, training=False):
        x = x + self.dropout(self.attention(self.norms[0](x), self.norms[0](x)), training=training)
        return x + self.dropout(self.feed(self.norms[1](x)), training=training)

    def get_config(self):
        config = {"heads": self.heads, "width": self.width, "rate": self.rate}
        return {**super().get_config(), **config}


keras.utils.set_random_seed(int(sys.argv[2]))
data = np.load(sys.argv[1])
length = data["x_train"].shape[1]

inputs = keras.Input(shape=(length,), dtype="int32")
x = TokenAndPosition(length, 35, 32)(inputs)
x = layers.Conv1D(32, 5, padding="same", activation="relu")(x)
x = Block(4, 32)(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dropout(0.2)(x)
outputs = layers.Dense(2)(x)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.AdamW(2e-3, weight_decay=0.01, clipnorm=1.0),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(data["x_train"], data["y_train"], batch_size=64, epochs=6, verbose=2)
loss, accuracy = model.evaluate(data["x_test"], data["y_test"], verbose=0)

model.save(sys.argv[3] + ".keras")
again = keras.saving.load_model(sys.argv[3] + ".keras")
change = again.predict(data["x_test"], verbose=0) - model.predict(data["x_test"], verbose=0)
np.testing.assert_allclose(change, 0, atol=1e-5)
np.savez(sys.argv[3], curve=history.history["loss"], loss=loss, score=accuracy)
