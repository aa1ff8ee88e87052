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
    "Muon": {"learning_rate": 0.01},
    "ScheduleFreeAdamW": {"learning_rate": 0.01, "warmup_steps": 2},
}


def _small(keras, optimizer):
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(4, activation="tanh"), layers.Dense(2)]
    )
    # Step by step: Keras would translate each of these for seconds.
    model.compile(optimizer, "mse", jit_compile=False)
    return model


def with_optimizer(name):
    return lambda keras: _small(keras, getattr(keras.optimizers, name)(**OPTIMIZERS[name]))


def scaled_loss(keras):
    inner = keras.optimizers.SGD(0.01, momentum=0.9)
    return _small(keras, keras.optimizers.LossScaleOptimizer(inner, dynamic_growth_steps=2))


def scheduled(keras):
    """A schedule, averages of the weights, clipping, and gradients of several steps as one."""
    rate = keras.optimizers.schedules.CosineDecay(0.05, 10, warmup_target=0.1, warmup_steps=2)
    return _small(
        keras,
        keras.optimizers.Adam(
            rate,
            use_ema=True,
            ema_overwrite_frequency=2,
            global_clipnorm=0.5,
            gradient_accumulation_steps=2,
        ),
    )


def with_own_objects(keras):
    """A layer, a loss, a metric, an initializer and functions that only this script knows."""
    register = keras.saving.register_keras_serializable("zoo")

    @register
    def bent(x):
        return keras.ops.where(x > 0, x, 0.1 * x) + 0.5

    @register
    def pinball(y_true, y_pred):
        error = y_true - y_pred
        return keras.ops.mean(keras.ops.maximum(0.7 * error, -0.3 * error), axis=-1)

    @register
    class Scale(keras.layers.Layer):
        def __init__(self, factor, inner=None, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor
            self.inner = inner or keras.layers.Dense(6)

        def build(self, input_shape):
            if not self.inner.built:
                self.inner.build(input_shape)
            self.gain = self.add_weight(shape=(6,), initializer="ones", name="gain")

        def call(self, x):
            return self.inner(x) * self.gain * self.factor

        def get_config(self):
            inner = keras.saving.serialize_keras_object(self.inner)
            return {**super().get_config(), "factor": self.factor, "inner": inner}

        @classmethod
        def from_config(cls, config):
            inner = keras.saving.deserialize_keras_object(config.pop("inner"))
            return cls(inner=inner, **config)

    x = keras.Input((6,))
    y = keras.layers.Dense(6, activation=bent)(Scale(2.0, name="scale")(x))
    model = keras.Model(x, keras.layers.Dense(2)(y))
    model.compile("sgd", pinball, jit_compile=False)
    return model


def attentive(keras):
    """Attention with masks, over embedded words, and layers that read what it has read."""
    layers = keras.layers
    words = keras.Input((5,), dtype="int32")
    y = layers.Embedding(4, 6, mask_zero=True)(words)
    first = layers.LSTM(3)(y)
    attended = layers.MultiHeadAttention(2, 3)(y, y, use_causal_mask=True)
    last = layers.GRU(3)(y)
    again = layers.MultiHeadAttention(2, 3)(y, y)
    grouped = layers.GroupQueryAttention(4, 4, 2)(y, y)
    y = layers.LayerNormalization()(layers.Add()([y, attended, again, grouped]))
    y = layers.GroupQueryAttention(4, 4, 2)(y, y)
    y = layers.GlobalAveragePooling1D()(layers.TimeDistributed(layers.Dense(3))(y))
    return keras.Model(words, layers.Dense(2)(layers.Concatenate()([first, y, last])))


def several_ways(keras):
    """Two inputs, two outputs with a loss each, and a model inside of a model inside of a model."""
    layers = keras.layers
    innermost = keras.Sequential([keras.Input((4,)), layers.Dense(4, "relu")], name="innermost")
    a = keras.Input((4,))
    inner = keras.Model(a, [innermost(a), layers.Dense(2)(a)], name="inner")
    x, y = keras.Input((4,), name="x"), keras.Input((4,), name="y")
    first, second = inner(keras.ops.concatenate([x[:, :2], y[:, 2:]], axis=-1))
    out = layers.Dense(2)(first + keras.ops.tanh(inner(x)[0])) + second
    return keras.Model([x, y], out)


# GOLDEN were saved by Keras for the tests that need no Keras.
GOLDEN = {
    one.__name__: one
    for one in (
        sequential,
        convolutional,
        recurrent,
        shared_and_nested,
        of_a_class,
        several_ways,
    )
}
TRAINED = {
    **GOLDEN,
    **{one.__name__: one for one in (attentive, with_own_objects)},
    **{f"optimizer {name}": with_optimizer(name) for name in OPTIMIZERS},
    "optimizer LossScaleOptimizer": scaled_loss,
    "optimizer with a schedule": scheduled,
}

JITTED = {*GOLDEN}  # compiled on both sides

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
    ("EinsumDense", (3, 2), {"equation": "abc,cd->abd", "output_shape": (3, 4)}),
    ("ReversibleEmbedding", (3,), {"input_dim": 4, "output_dim": 2}),
    ("Conv3DTranspose", (2, 2, 2, 1), {"filters": 2, "kernel_size": 2, "strides": 2}),
    ("ConvLSTM3D", (2, 3, 3, 3, 1), {"filters": 1, "kernel_size": 2}),
    ("AdaptiveAveragePooling1D", (6, 2), {"output_size": 3}),
    ("AdaptiveAveragePooling2D", (4, 4, 1), {"output_size": 2}),
    ("AdaptiveAveragePooling3D", (4, 4, 4, 1), {"output_size": 2}),
    ("AdaptiveMaxPooling1D", (6, 2), {"output_size": 3}),
    ("AdaptiveMaxPooling2D", (4, 4, 1), {"output_size": 2}),
    ("AdaptiveMaxPooling3D", (4, 4, 4, 1), {"output_size": 2}),
    ("AveragePooling1D", (6, 2), {"pool_size": 2, "padding": "same"}),
    ("AveragePooling3D", (4, 4, 4, 1), {"pool_size": 2}),
    ("MaxPooling2D", (4, 4, 1), {"strides": 1}),
    ("GlobalAveragePooling2D", (4, 4, 2), {}),
    ("GlobalAveragePooling3D", (2, 2, 2, 2), {}),
    ("GlobalMaxPooling1D", (4, 2), {}),
    ("GlobalMaxPooling3D", (2, 2, 2, 2), {}),
    ("Cropping3D", (3, 3, 3, 1), {"cropping": 1}),
    ("ZeroPadding3D", (2, 2, 2, 1), {}),
    ("UpSampling3D", (2, 2, 2, 1), {}),
    ("Identity", (3,), {}),
    ("SpatialDropout2D", (3, 3, 2), {"rate": 0.5}),
    ("SpatialDropout3D", (2, 2, 2, 2), {"rate": 0.5}),
    ("Rescaling", (3,), {"scale": 0.5, "offset": 1.0}),
    ("Normalization", (3,), {"mean": [0.5, 1.0, 2.0], "variance": [1.0, 2.0, 3.0]}),
    ("CategoryEncoding", (3,), {"num_tokens": 4, "output_mode": "multi_hot"}),
    ("CenterCrop", (5, 5, 2), {"height": 3, "width": 3}),
    ("Resizing", (4, 4, 1), {"height": 6, "width": 5}),
    ("Solarization", (4, 4, 3), {"value_range": (-4.0, 4.0)}),
    ("AutoContrast", (4, 4, 3), {"value_range": (-4.0, 4.0)}),
    (
        "STFTSpectrogram",
        (32, 1),
        {"mode": "magnitude", "frame_length": 8, "frame_step": 4, "fft_length": 8},
    ),
    ("MelSpectrogram", (64,), {"fft_length": 16, "sequence_stride": 8, "num_mel_bins": 4}),
]
# Layers that change something in training alone: in `predict` they are the identity.
RANDOM_IMAGES = {
    "RandomBrightness": {"factor": 0.2},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomColorJitter": {"brightness_factor": 0.2},
    "RandomContrast": {"factor": 0.2},
    "RandomCrop": {"height": 4, "width": 4},
    "RandomElasticTransform": {},
    "RandomErasing": {},
    "RandomFlip": {},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {},
    "RandomHue": {"factor": 0.2},
    "RandomInvert": {},
    "RandomPerspective": {},
    "RandomPosterization": {"factor": 4},
    "RandomRotation": {"factor": 0.2},
    "RandomSaturation": {"factor": 0.2},
    "RandomSharpness": {"factor": 0.5},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomZoom": {"height_factor": 0.2},
    "AugMix": {},
    "CutMix": {},
    "MixUp": {},
    "RandAugment": {},
}
LAYERS += [(name, (4, 4, 3), arguments) for name, arguments in RANDOM_IMAGES.items()]


def _cells(keras):
    layers = keras.layers
    return [layers.LSTMCell(2), layers.GRUCell(3), layers.SimpleRNNCell(2)]


# Layers of which a model is not made by their name and arguments: (shapes of the inputs, what
# makes the outputs of symbolic inputs).
BUILT = {
    "Add": ([(3,), (3,)], lambda k, a, b: k.layers.Add()([a, b])),
    "Subtract": ([(3,), (3,)], lambda k, a, b: k.layers.Subtract()([a, b])),
    "Multiply": ([(3,), (3,)], lambda k, a, b: k.layers.Multiply()([a, b])),
    "Average": ([(3,), (3,)], lambda k, a, b: k.layers.Average()([a, b])),
    "Maximum": ([(3,), (3,)], lambda k, a, b: k.layers.Maximum()([a, b])),
    "Minimum": ([(3,), (3,)], lambda k, a, b: k.layers.Minimum()([a, b])),
    "Concatenate": ([(3,), (2,)], lambda k, a, b: k.layers.Concatenate()([a, b])),
    "Dot": ([(2, 3), (2, 3)], lambda k, a, b: k.layers.Dot(axes=-1, normalize=True)([a, b])),
    "Attention": (
        [(3, 4), (5, 4)],
        lambda k, a, b: k.layers.Attention(use_scale=True, score_mode="concat")([a, b]),
    ),
    "AdditiveAttention": ([(3, 4), (5, 4)], lambda k, a, b: k.layers.AdditiveAttention()([a, b])),
    "MultiHeadAttention": (
        [(3, 4), (5, 4)],
        lambda k, a, b: k.layers.MultiHeadAttention(2, 3, output_shape=5)(a, b),
    ),
    "GroupQueryAttention": (
        [(3, 4), (5, 4)],
        lambda k, a, b: k.layers.GroupQueryAttention(3, 4, 2)(a, b),
    ),
    "Bidirectional": (
        [(4, 3)],
        lambda k, a: k.layers.Bidirectional(k.layers.GRU(2), merge_mode="ave")(a),
    ),
    "TimeDistributed": ([(4, 3)], lambda k, a: k.layers.TimeDistributed(k.layers.Dense(2))(a)),
    "SpectralNormalization": (
        [(3,)],
        lambda k, a: k.layers.SpectralNormalization(k.layers.Dense(2))(a),
    ),
    "RNN": ([(4, 3)], lambda k, a: k.layers.RNN(k.layers.LSTMCell(2))(a)),
    "StackedRNNCells": (
        [(4, 3)],
        lambda k, a: k.layers.RNN(k.layers.StackedRNNCells(_cells(k)), return_sequences=True)(a),
    ),
    "Discretization": (
        [(3,)],
        lambda k, a: k.layers.Discretization([-0.5, 0.0, 0.5], output_mode="one_hot")(a),
    ),
    "Pipeline": (
        [(4, 4, 3)],
        lambda k, a: k.layers.Pipeline([k.layers.Rescaling(2.0), k.layers.CenterCrop(2, 2)])(a),
    ),
}
# Kept out: abstract classes, what is tested with text or boxes only, aliases of the others, and
# Lambda, whose files carry code.
NOT_IN_THE_ZOO = {
    *("Layer", "InputSpec", "Wrapper", "Lambda", "InputLayer"),
    *("LSTMCell", "GRUCell", "SimpleRNNCell"),  # in RNN and StackedRNNCells
    "GroupedQueryAttention",
    "Equalization",  # of which Keras cannot make a model
    "RandomShear",  # of which Keras writes configs that it refuses
    *("StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "HashedCrossing"),
    *("MaxNumBoundingBoxes", "ContrastLimitedAdaptiveHistogramEqualization"),
}


def single(index):
    name, shape, arguments = LAYERS[index]

    def build(keras):
        return keras.Sequential([keras.Input(shape), getattr(keras.layers, name)(**arguments)])

    return build


def built(name):
    shapes, make = BUILT[name]

    def build(keras):
        inputs = [keras.Input(shape) for shape in shapes]
        return keras.Model(inputs, make(keras, *inputs))

    return build


ZOO = {
    **TRAINED,
    **{f"layer {name}": single(index) for index, (name, *_) in enumerate(LAYERS)},
    **{f"layer {name}": built(name) for name in BUILT},
}
NUMBERS = {name: number for number, name in enumerate(ZOO)}  # what their files are called


WHOLE_NUMBERS = ("attentive", "Embedding", "CategoryEncoding")


def inputs(model_name, model):
    """Six samples for a model."""
    shapes = [(None, 6)] if model_name == "of_a_class" else [x.shape for x in model.inputs]
    rng = np.random.default_rng(7)
    if any(name in model_name for name in WHOLE_NUMBERS):
        found = [rng.integers(0, 4, (6, *shape[1:])).astype("int32") for shape in shapes]
    else:
        found = [rng.normal(size=(6, *shape[1:])).astype("float32") for shape in shapes]
    return found if len(found) > 1 else found[0]


def trained(name, keras):
    """A model of the zoo, its optimizer in the middle of its work."""
    keras.utils.set_random_seed(3)
    model = ZOO[name](keras)
    if name in TRAINED:
        if not model.compiled:
            model.compile("adam", "mse", metrics=["mae"], jit_compile=name in JITTED)
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

    def outputs():
        one = model.predict_on_batch(x) if name in JITTED else model(x, training=False)
        return np.asarray(one)

    found = {"outputs": outputs()}
    if name in TRAINED:
        train(name, model)
        found["outputs after a step"] = outputs()
        found["iterations"] = np.asarray(model.optimizer.iterations)
    return found


def write(folder, keras, names):
    """Save models of the zoo, and how they behave, as `keras` (the package) does it."""
    for name in names:
        number = NUMBERS[name]
        model = trained(name, keras)
        model.save(f"{folder}/{number}.keras")
        model.save_weights(f"{folder}/{number}.weights.h5")
        np.savez(f"{folder}/{number}.npz", **behaviour(name, model))


def differences(folder, keras, names):
    """{name: {what: largest difference}} of models that are loaded from their files.

    What failed has the error, as "failed".
    """
    found = {}
    for name in names:
        try:
            found[name] = _difference(folder, keras, NUMBERS[name], name)
        except Exception as error:
            found[name] = {"failed": f"{type(error).__name__}: {error}"[-600:]}
    return found


def _difference(folder, keras, number, name):
    if name in ("of_a_class", "with_own_objects"):
        ZOO[name](keras)  # registers the classes
    model = keras.saving.load_model(f"{folder}/{number}.keras")
    fresh = ZOO[name](keras)
    if getattr(fresh, "optimizer", None) is not None:
        fresh.optimizer.build(fresh.trainable_variables)
    fresh.load_weights(f"{folder}/{number}.weights.h5")
    weights = [
        float(np.abs(a - b).max(initial=0))
        for a, b in zip(model.get_weights(), fresh.get_weights(), strict=True)
    ]
    found = {"weights": max(weights, default=0.0)}
    with np.load(f"{folder}/{number}.npz", allow_pickle=False) as expected:
        actual = behaviour(name, model)
        for what in expected.files:
            scale = max(1.0, float(np.abs(expected[what]).max(initial=0)))
            distance = np.abs(actual[what] - expected[what]).max(initial=0)
            found[what] = float(distance / scale)
    return found
