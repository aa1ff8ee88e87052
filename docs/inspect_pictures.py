"""Make the pictures of README.md and docs/inspect.md: python docs/inspect_pictures.py [name …]

The build of the site runs it too.
"""

import sys
from pathlib import Path

import numpy as np

import minigrad as mg
from minigrad import command_line, datasets, inspect, layers, ops
from minigrad.datasets import generators

FOLDER = Path(__file__).parent / "images"


def digits():
    (x, y), _ = datasets.digits.load_data()
    return np.float32(x.reshape(len(x), 8, 8, 1)) / 16, y


def convolutional():
    mg.utils.set_random_seed(0)
    x, y = digits()
    model = mg.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu", padding="same", name="edges"),
            layers.MaxPooling2D(name="smaller"),
            layers.Conv2D(8, 3, activation="relu", name="shapes"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="answer"),
        ]
    )
    model.compile(mg.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=4, verbose=0)
    return model, x, y


def spiral(*callbacks, epochs=40):
    mg.utils.set_random_seed(1)
    x, y = generators.spirals(400, classes=3, noise=0.05)
    dense = layers.Dense
    model = mg.Sequential(
        [layers.Input((2,)), dense(32, activation="relu"), dense(32, activation="relu"), dense(3)]
    )
    loss = mg.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(mg.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, verbose=0, callbacks=list(callbacks))
    return model, x, y


def _neuron():
    w, x, b = (mg.Tensor(value, requires_grad=True) for value in (2.0, 3.0, 1.0))
    y = ops.tanh(0.1 * (w * x + b)) * w
    y.backward()
    return y


def graph():
    return inspect.graph(_neuron())


def flow():
    model = mg.Sequential(
        [
            layers.Input((None,), dtype="int32"),
            layers.Embedding(20, 8, mask_zero=True, name="words"),
            layers.LSTM(16, return_sequences=True, name="reader"),
            layers.GlobalAveragePooling1D(name="mean"),
            layers.Dense(2, name="answer"),
        ]
    )
    return inspect.flow(model, np.array([[3, 7, 0, 0], [5, 1, 2, 9]]))


def check_gradients():
    square = mg.custom_gradient(lambda x: (x * x, lambda g: 4 * g * x))

    class Squared(layers.Layer):
        def call(self, x):
            return square(x)

    mg.utils.set_random_seed(0)
    dense = layers.Dense
    model = mg.Sequential([layers.Input((5,)), dense(8, name="first"), Squared(), dense(3)])
    model.compile("adam", mg.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 5)), rng.integers(0, 3, 16)
    return inspect.check_gradients(model, np.float32(x), y)


def nan_watch():
    x = np.random.default_rng(0).uniform(0.1, 2, (12, 30)).astype("float32")
    x[3, 4:9] = 0
    x[7, 20] = -1
    try:
        with inspect.nan_watch():
            ops.log(mg.Tensor(x))
    except inspect.NonFiniteError as error:
        return error.report


def health():
    mg.utils.set_random_seed(0)
    x, y = digits()
    inner = [layers.Dense(32, activation="sigmoid", name=f"sigmoid_{i}") for i in range(6)]
    model = mg.Sequential(
        [layers.Input((8, 8, 1)), layers.Flatten(), *inner, layers.Dense(10, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    watch = inspect.Health(verbose=False)
    model.fit(x, y, epochs=12, verbose=0, callbacks=[watch])
    return watch


def health_report():
    return health().report


def live_plot():
    plot = mg.callbacks.LivePlot(where="log", every=1000)
    spiral(plot)

    class Saved:
        save = staticmethod(plot.save)

        def __str__(self):
            return "\n".join(plot.lines(120))

    return Saved()


def decision_boundary():
    return inspect.decision_boundary(*spiral())


def boundary_movie():
    x, y = generators.spirals(400, classes=3, noise=0.05)
    movie = inspect.BoundaryMovie(x, y, every=2, resolution=110)
    spiral(movie)
    return movie


def lr_find():
    model, x, y = spiral(epochs=0)
    model.optimizer.learning_rate = 1e-4
    return inspect.lr_find(model, x, y)


def confusion():
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    mg.utils.set_random_seed(0)
    model = mg.Sequential(
        [layers.Input((8, 8)), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x / 16, y, epochs=10, verbose=0)
    return inspect.confusion(model, x_test / 16, y_test)


def activations():
    model, x, _ = convolutional()
    return inspect.activations(model, x[:64])


def filters():
    return inspect.filters(convolutional()[0].layers[0])


def attention():
    """A model that learns to give back a word reversed."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 20, (3000, 8))
    mg.utils.set_random_seed(0)
    inputs = mg.Input((8,), dtype="int32")
    x = layers.Embedding(20, 32)(inputs) + 2 * ops.eye(8, 32)  # where each letter stands
    x = x + layers.MultiHeadAttention(2, 16, name="attention")(x, x)
    model = mg.Model(inputs, layers.Dense(20, activation="softmax")(x))
    model.compile(mg.optimizers.Adam(5e-3), "sparse_categorical_crossentropy")
    model.fit(words, words[:, ::-1], epochs=25, batch_size=64, verbose=0)
    return inspect.attention(model, words[:1], tokens=[chr(97 + one) for one in words[0]])


def loss_landscape():
    path = inspect.WeightPath()
    model, x, y = spiral(path)
    return inspect.loss_landscape(model, x, y, path=path, resolution=31)


PICTURES = [
    *(graph, flow),
    *(check_gradients, nan_watch, health, health_report, live_plot, decision_boundary),
    *(boundary_movie, lr_find, confusion, activations, filters, attention, loss_landscape),
]


def main(names):
    for make in PICTURES:
        if not names or make.__name__ in names:
            found = make()
            ending = "gif" if make is boundary_movie else "png"
            found.save(FOLDER / f"inspect_{make.__name__}.{ending}")
            print(f"--- {make.__name__}\n{found}\n")
    if not names or "loss_curves" in names:
        command_line.main(["--output", str(FOLDER / "loss_curves.png")])


if __name__ == "__main__":
    main(sys.argv[1:])
