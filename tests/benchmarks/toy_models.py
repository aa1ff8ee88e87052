"""A convnet, an LSTM and a GPT of toy size: by the Keras API, by hand in PyTorch, and their floor.

They are for `train_step.py`. The floor of a model is a list of its matrix products, (how many,
rows, depth, columns), convolutions as products of their windows.
"""

import numpy as np

BATCH = 32
VOCABULARY, TIME, WIDTH, HEADS = 65, 64, 64, 4


def data_of(model, steps):
    rng, n = np.random.default_rng(0), BATCH * steps
    if model == "cnn":
        x = rng.normal(size=(n, 28, 28, 1)).astype("float32")
        return x, x[:, :10, 3, 0].argmax(1).astype("int32")
    if model == "lstm":
        x = rng.normal(size=(n, 32, 32)).astype("float32")
        return x, x[:, -1, :10].argmax(1).astype("int32")
    x = rng.integers(0, VOCABULARY, size=(n, TIME)).astype("int32")
    return x, np.roll(x, 1, axis=1).astype("int32")


def keras_model(keras, model):
    layers = keras.layers
    if model == "cnn":
        return keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(16, 3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(32, 3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(10),
            ]
        )
    if model == "lstm":
        return keras.Sequential([keras.Input((32, 32)), layers.LSTM(64), layers.Dense(10)])
    ids = keras.Input((TIME,), dtype="int32")
    places = layers.Embedding(TIME, WIDTH)(keras.ops.arange(TIME))
    h = layers.Embedding(VOCABULARY, WIDTH)(ids) + places
    for _ in range(2):
        z = layers.LayerNormalization(epsilon=1e-5)(h)
        attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)
        h = h + attention(z, z, use_causal_mask=True)
        z = layers.LayerNormalization(epsilon=1e-5)(h)
        h = h + layers.Dense(WIDTH)(layers.Dense(4 * WIDTH, activation="gelu")(z))
    h = layers.LayerNormalization(epsilon=1e-5)(h)
    return keras.Model(ids, layers.Dense(VOCABULARY)(h))


def torch_model(model):
    """The model, and what makes its inputs of those of Keras."""
    import torch
    from torch import nn
    from torch.nn.functional import scaled_dot_product_attention

    if model == "cnn":
        parts = [nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2)]
        parts += [nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
        parts += [nn.Flatten(), nn.Linear(800, 10)]
        return nn.Sequential(*parts), lambda x: x.permute(0, 3, 1, 2).contiguous()

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.walk, self.head = nn.LSTM(32, 64, batch_first=True), nn.Linear(64, 10)

        def forward(self, x):
            return self.head(self.walk(x)[0][:, -1])

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.project, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, h):
            shape = (-1, TIME, 3, HEADS, WIDTH // HEADS)
            q, k, v = self.project(self.before(h)).view(shape).permute(2, 0, 3, 1, 4)
            found = scaled_dot_product_attention(q, k, v, is_causal=True)
            h = h + self.out(found.transpose(1, 2).reshape(-1, TIME, WIDTH))
            return h + self.narrow(nn.functional.gelu(self.wide(self.between(h))))

    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.letters, self.places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(TIME, WIDTH)
            self.blocks, self.after = nn.Sequential(Block(), Block()), nn.LayerNorm(WIDTH)
            self.head = nn.Linear(WIDTH, VOCABULARY)

        def forward(self, ids):
            h = self.blocks(self.letters(ids) + self.places.weight)
            return self.head(self.after(h)).flatten(0, 1)

    if model == "lstm":
        return Recurrent(), lambda x: x
    return Transformer(), lambda x: x.to(torch.int64)


def _with_backward(count, rows, depth, columns):
    return [
        (count, rows, depth, columns),
        (count, rows, columns, depth),
        (count, depth, rows, columns),
    ]


def products_of(model):
    if model == "cnn":
        first, second = 26 * 26 * BATCH, 11 * 11 * BATCH
        return [
            *[(1, first, 9, 16), (1, 9, first, 16)],  # nobody asks for the gradient by the images
            *_with_backward(1, second, 144, 32),
            *_with_backward(1, BATCH, 800, 10),
        ]
    if model == "lstm":
        return [
            *[(1, 32 * BATCH, 32, 256), (1, 32, 32 * BATCH, 256)],
            *[(32, BATCH, 64, 256), (32, BATCH, 256, 64), (1, 64, 32 * BATCH, 256)],
            *_with_backward(1, BATCH, 64, 10),
        ]
    rows, depth = TIME * BATCH, WIDTH // HEADS
    block = [
        *4 * _with_backward(1, rows, WIDTH, WIDTH),
        *_with_backward(1, rows, WIDTH, 4 * WIDTH),
        *_with_backward(1, rows, 4 * WIDTH, WIDTH),
        *_with_backward(BATCH * HEADS, TIME, depth, TIME),
        *_with_backward(BATCH * HEADS, TIME, TIME, depth),
    ]
    return [*2 * block, *_with_backward(1, rows, WIDTH, VOCABULARY)]


def floor_step(model):
    """A function that does the products, in one buffer where they are many."""
    arrays = [
        [np.full((count, *shape), 1e-3, "float32") for shape in ((m, k), (k, n), (m, n))]
        for count, m, k, n in products_of(model)
    ]

    def step():
        for a, b, out in arrays:
            np.matmul(a, b, out=out)

    return step
