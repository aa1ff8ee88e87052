"""Models that are saved by Keras and opened by minigrad, and the reverse; both build them here.

A function takes the package, `keras` or `minigrad`, and returns a model (and, for what is trained
on, the shape of an input comes from the model itself).
"""

import numpy as np


def sequential(keras):
    return keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(5, activation="relu", kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(3, activation="gelu", use_bias=False),
            keras.layers.LayerNormalization(),
            keras.layers.Dense(2),
        ]
    )


def convolutional(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(3, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(4, 3),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )


def recurrent(keras):
    layers = keras.layers
    x = keras.Input((5, 3))
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    y = layers.GRU(4)(y)
    return keras.Model(x, layers.Dense(2)(y))


def shared_and_nested(keras):
    layers = keras.layers
    a = keras.Input((6,), name="a")
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(6, activation="tanh")], name="inner")
    twice = layers.Dense(6, name="twice")
    y = twice(inner(twice(a)))
    y = layers.Concatenate()([layers.Add()([y, a]), inner(y)])
    return keras.Model(a, layers.Dense(2)(y * 2.0 + keras.ops.sum(a, axis=-1, keepdims=True)))


def of_a_class(keras):
    """A class with layers in attributes, lists and dicts, and a weight of its own."""

    @keras.saving.register_keras_serializable("zoo")
    class Own(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.zeta = keras.layers.Dense(5, activation="relu")
            self.alpha = keras.layers.Dense(4)
            self.stack = [keras.layers.Dense(4), [keras.layers.Dense(4)]]
            self.table = {"out": keras.layers.Dense(2)}
            self.gain = self.add_weight(shape=(2,), initializer="ones", name="gain")

        def call(self, x):
            y = self.stack[0](self.alpha(self.zeta(x)))
            return self.table["out"](self.stack[1][0](y)) * self.gain

    model = Own()
    model(np.zeros((1, 6), "float32"))
    return model


TRAINED = {
    one.__name__: one
    for one in (sequential, convolutional, recurrent, shared_and_nested, of_a_class)
}

OPTIMIZERS = {
    "SGD": {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True},
    "RMSprop": {"learning_rate": 0.01, "momentum": 0.5, "centered": True},
    "Adam": {"learning_rate": 0.01, "amsgrad": True},
    "AdamW": {"learning_rate": 0.01, "weight_decay": 0.01},
    "Adadelta": {"learning_rate": 0.1},
    "Adagrad": {"learning_rate": 0.01},
    "Adamax": {"learning_rate": 0.01},
    "Adafactor": {"learning_rate": 0.01},
    "Nadam": {"learning_rate": 0.01},
    "Ftrl": {"learning_rate": 0.01},
    "Lion": {"learning_rate": 0.001},
    "Lamb": {"learning_rate": 0.01},
}


def with_optimizer(name):
    def build(keras):
        model = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(2)]
        )
        model.compile(getattr(keras.optimizers, name)(**OPTIMIZERS[name]), "mse")
        return model

    return build


# name, shape of the input, arguments: models of a single layer
LAYERS = [
    ("Dense", (3,), {"units": 2, "kernel_initializer": "he_normal", "bias_constraint": "non_neg"}),
    ("Embedding", (3,), {"input_dim": 4, "output_dim": 2, "mask_zero": True}),
    ("Conv1D", (6, 2), {"filters": 2, "kernel_size": 3, "padding": "causal"}),
    ("Conv2D", (6, 6, 2), {"filters": 2, "kernel_size": 3, "dilation_rate": 2}),
    ("Conv3D", (4, 4, 4, 1), {"filters": 2, "kernel_size": 2, "strides": 2}),
    ("Conv1DTranspose", (4, 2), {"filters": 2, "kernel_size": 3, "strides": 2}),
    ("Conv2DTranspose", (4, 4, 2), {"filters": 2, "kernel_size": 3, "strides": 2}),
    ("DepthwiseConv1D", (6, 2), {"kernel_size": 3, "depth_multiplier": 2}),
    ("DepthwiseConv2D", (6, 6, 2), {"kernel_size": 3}),
    ("SeparableConv1D", (6, 2), {"filters": 3, "kernel_size": 3}),
    ("SeparableConv2D", (6, 6, 2), {"filters": 3, "kernel_size": 3}),
    ("BatchNormalization", (3,), {"momentum": 0.5}),
    ("LayerNormalization", (3,), {"epsilon": 0.1}),
    ("GroupNormalization", (4, 4), {"groups": 2}),
    ("RMSNormalization", (4,), {}),
    ("UnitNormalization", (4,), {}),
    ("SimpleRNN", (4, 3), {"units": 2}),
    ("LSTM", (4, 3), {"units": 2, "return_sequences": True, "go_backwards": True}),
    ("GRU", (4, 3), {"units": 2, "reset_after": False}),
    ("ConvLSTM1D", (3, 5, 2), {"filters": 2, "kernel_size": 3}),
    ("ConvLSTM2D", (3, 5, 5, 2), {"filters": 2, "kernel_size": 3}),
    ("PReLU", (3,), {}),
    ("ELU", (3,), {"alpha": 0.5}),
    ("LeakyReLU", (3,), {"negative_slope": 0.1}),
    ("ReLU", (3,), {"max_value": 1.0}),
    ("Softmax", (3,), {}),
    ("Activation", (3,), {"activation": "softplus"}),
    ("Dropout", (3,), {"rate": 0.5, "seed": 1}),
    ("SpatialDropout1D", (3, 2), {"rate": 0.5}),
    ("GaussianNoise", (3,), {"stddev": 0.5}),
    ("GaussianDropout", (3,), {"rate": 0.5}),
    ("AlphaDropout", (3,), {"rate": 0.5}),
    ("ActivityRegularization", (3,), {"l2": 0.1}),
    ("MaxPooling1D", (6, 2), {}),
    ("AveragePooling2D", (4, 4, 1), {"pool_size": 2}),
    ("MaxPooling3D", (4, 4, 4, 1), {"pool_size": 2}),
    ("GlobalMaxPooling2D", (4, 4, 1), {"keepdims": True}),
    ("GlobalAveragePooling1D", (4, 2), {}),
    ("Flatten", (2, 3), {}),
    ("Reshape", (6,), {"target_shape": (2, -1)}),
    ("Permute", (2, 3), {"dims": (2, 1)}),
    ("RepeatVector", (3,), {"n": 2}),
    ("Cropping1D", (5, 2), {"cropping": (1, 2)}),
    ("Cropping2D", (5, 5, 1), {"cropping": 1}),
    ("ZeroPadding1D", (3, 2), {"padding": 2}),
    ("ZeroPadding2D", (3, 3, 1), {"padding": ((1, 0), (2, 1))}),
    ("UpSampling1D", (3, 2), {"size": 3}),
    ("UpSampling2D", (3, 3, 1), {"interpolation": "bilinear"}),
    ("Masking", (3, 2), {"mask_value": 0.5}),
]


def single(index):
    name, shape, arguments = LAYERS[index]

    def build(keras):
        return keras.Sequential([keras.Input(shape), getattr(keras.layers, name)(**arguments)])

    return build


ZOO = {
    **TRAINED,
    **{f"optimizer {name}": with_optimizer(name) for name in OPTIMIZERS},
    **{f"layer {name}": single(index) for index, (name, *_) in enumerate(LAYERS)},
}


def inputs(model_name, model):
    """Six samples for a model."""
    shape = getattr(model, "input_shape", None) if model_name != "of_a_class" else (None, 6)
    rng = np.random.default_rng(7)
    if "Embedding" in model_name:
        return rng.integers(0, 4, (6, *shape[1:]))
    return rng.normal(size=(6, *shape[1:])).astype("float32")


def trained(name, keras):
    """A model of the zoo, its optimizer in the middle of its work if it has two outputs."""
    keras.utils.set_random_seed(3)
    model = ZOO[name](keras)
    if name in TRAINED:
        model.compile("adam", "mse", metrics=["mae"])
    if not name.startswith("layer"):
        train(name, model, steps=3)
    return model


def train(name, model, steps=1):
    """So many steps on the same data."""
    x = inputs(name, model)
    y = np.random.default_rng(8).normal(size=(6, 2)).astype("float32")
    for _ in range(steps):
        model.train_on_batch(x, y)


def behaviour(name, model):
    """What a model computes, and what it computes after another step: arrays by name."""
    x = inputs(name, model)
    found = {"outputs": np.asarray(model(x))}
    if not name.startswith("layer"):
        train(name, model)
        found["outputs after a step"] = np.asarray(model(x))
        found["iterations"] = np.asarray(model.optimizer.iterations)
    return found


def write(folder, keras, names):
    """Save models of the zoo, and how they behave, as `keras` (the package) does it."""
    for number, name in enumerate(names):
        model = trained(name, keras)
        model.save(f"{folder}/{number}.keras")
        model.save_weights(f"{folder}/{number}.weights.h5")
        np.savez(f"{folder}/{number}.npz", **behaviour(name, model))


def differences(folder, keras, names):
    """{name: {what: largest difference}} of models that are loaded from their files."""
    found = {}
    for number, name in enumerate(names):
        if name == "of_a_class":
            ZOO[name](keras)  # registers the class
        model = keras.saving.load_model(f"{folder}/{number}.keras")
        fresh = ZOO[name](keras)
        if getattr(fresh, "optimizer", None) is not None:
            fresh.optimizer.build(fresh.trainable_variables)
        fresh.load_weights(f"{folder}/{number}.weights.h5")
        weights = [
            float(np.abs(a - b).max(initial=0))
            for a, b in zip(model.get_weights(), fresh.get_weights(), strict=True)
        ]
        found[name] = {"weights": max(weights, default=0.0)}
        with np.load(f"{folder}/{number}.npz", allow_pickle=False) as expected:
            actual = behaviour(name, model)
            for what in expected.files:
                scale = max(1.0, float(np.abs(expected[what]).max(initial=0)))
                distance = np.abs(actual[what] - expected[what]).max(initial=0)
                found[name][what] = float(distance / scale)
    return found
