"""Cases of the first layers: dense, embedding, shapes, activations, merging, normalization."""

from tests.golden.cases.spec import (
    Case,
    booleans,
    integers,
    layer,
    make,
    normal,
    prefix_mask,
    values,
)


def square_plus_one(x):
    return x * x + 1.0


def scaled(x, factor=2.0):
    return factor * x


PAIR = [normal(2, 3), normal(2, 3)]
TRIPLE = [normal(2, 1, 3), normal(2, 4, 1), normal(2, 4, 3)]  # broadcast against each other
EDGES = values([[-7.0, -6.0, -3.0, -2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.5, 3.0, 6.0, 7.0]])

ACTIVATIONS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh "
    "leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink "
    "softmax softplus softsign sparse_plus sparse_sigmoid squareplus swish tanh "
    "tanh_shrink"
).split()
KINKED = (
    "celu elu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu relu relu6 selu "
    "soft_shrink softsign sparse_plus sparse_sigmoid"
).split()

CASES = [
    layer("Dense", normal(3, 4), units=5),
    layer("Dense", normal(3, 4), units=5, use_bias=False),
    layer("Dense", normal(3, 4), units=5, activation="relu"),
    layer("Dense", normal(2, 3, 4), units=2, activation="tanh"),
    layer("Dense", normal(2, 2, 3, 4), units=2, activation="softmax"),
    layer(
        "Dense",
        normal(3, 4),
        units=5,
        kernel_regularizer="l2",
        bias_regularizer="l1",
        activity_regularizer="l2",
    ),
    layer("Dense", normal(1, 1), units=1, activation="gelu"),
    *[layer("Activation", normal(3, 6), activation=name) for name in ACTIVATIONS],
    *[layer("Activation", EDGES, activation=name) for name in KINKED],
    layer("Activation", normal(2, 3, 4), activation="softmax"),
    layer("Dropout", normal(3, 4), rate=0.4, call={"training": False}),
    layer("Dropout", normal(3, 4), rate=0.4),
    layer("Dropout", normal(3, 4), rate=0.0, call={"training": True}),
    layer("Dropout", normal(2, 3, 4), rate=0.5, noise_shape=(None, 1, 4)),
    layer("Flatten", normal(2, 3, 4)),
    layer("Flatten", normal(2, 3, 2, 2), data_format="channels_first"),
    layer("Flatten", normal(3)),
    layer("Reshape", normal(2, 6), target_shape=(3, 2)),
    layer("Reshape", normal(2, 3, 4), target_shape=(-1, 2)),
    layer("Reshape", normal(2, 3, 4), target_shape=(12,)),
    layer("Identity", normal(3, 4)),
    layer("Identity", PAIR),
    layer("Lambda", normal(3, 4), function=square_plus_one),
    layer("Lambda", normal(3, 4), function=scaled, arguments={"factor": 3.0}),
    layer("Embedding", integers(6, 2, 5), input_dim=6, output_dim=3),
    layer("Embedding", integers(6, 4), input_dim=6, output_dim=3, mask_zero=True),
    layer("Embedding", integers(4, 2, 3, 2), input_dim=4, output_dim=2),
    layer("Embedding", values([[1.0, 3.0], [0.0, 3.0]]), input_dim=4, output_dim=2),
    layer("Embedding", integers(5, 3), input_dim=5, output_dim=2, embeddings_regularizer="l2"),
    layer("Rescaling", normal(2, 3, 4), scale=0.25, offset=-1.0),
    layer("Rescaling", normal(2, 3, 3), scale=[0.5, 1.5, 2.0], offset=[0.0, 1.0, -1.0]),
    layer("Add", PAIR),
    layer("Add", TRIPLE),
    layer("Add", [normal(2, 3), normal(2, 4, 3)]),
    layer("Concatenate", PAIR),
    layer("Concatenate", [normal(2, 3, 2), normal(2, 1, 2), normal(2, 2, 2)], axis=1),
    layer("Concatenate", [normal(1, 3), normal(2, 3)], axis=0),
    layer("LayerNormalization", normal(3, 5)),
    layer("LayerNormalization", normal(2, 3, 4), axis=1, epsilon=1e-5),
    layer("LayerNormalization", normal(2, 3, 4), axis=[1, 2]),
    layer("LayerNormalization", normal(2, 3, 4), axis=(1, -1)),
    layer("LayerNormalization", normal(3, 5), scale=False),
    layer("LayerNormalization", normal(3, 5), center=False),
    layer("LayerNormalization", normal(3, 5), center=False, scale=False),
    layer("LayerNormalization", normal(3, 5), gamma_regularizer="l2", beta_regularizer="l1"),
    *[
        layer("BatchNormalization", inputs, call={"training": training}, **kwargs)
        for training in (True, False)
        for inputs, kwargs in (
            (normal(4, 3), {}),
            (normal(2, 3, 3), {"momentum": 0.8, "epsilon": 1e-4}),
            (normal(2, 3, 2, 2), {"axis": 1, "momentum": 0.5}),
            (normal(4, 3), {"center": False}),
            (normal(4, 3), {"scale": False}),
            (normal(4, 3), {"center": False, "scale": False}),
        )
    ],
    layer("BatchNormalization", normal(4, 3)),
    layer(
        "BatchNormalization",
        normal(3, 4, 2),
        momentum=0.9,
        call={"training": True, "mask": prefix_mask(3, 4)},
    ),
    layer("BatchNormalization", normal(4, 3), trainable=False, call={"training": True}),
    layer("ReLU", EDGES),
    layer("ReLU", normal(3, 6), max_value=1.0),
    layer("ReLU", EDGES, negative_slope=0.25),
    layer("ReLU", EDGES, threshold=0.5),
    layer("ReLU", EDGES, max_value=6.0, negative_slope=0.1, threshold=1.0),
    layer("ReLU", EDGES, max_value=6.0, threshold=0.5),
    layer("Softmax", normal(3, 5)),
    layer("Softmax", normal(2, 3, 4), axis=1),
    layer("Softmax", normal(2, 3, 4), axis=[1, 2]),
    layer("Softmax", normal(2, 3, 4), axis=(-1, -2), call={"mask": booleans(2, 3, 4)}),
    layer("Softmax", normal(3, 5), call={"mask": booleans(3, 5)}),
    layer("Softmax", values([[1e4, 1e4 - 1.0, -1e4], [0.0, 0.0, 0.0]])),
    # Networks of several layers: Input has no arithmetic of its own.
    Case(
        "Sequential",
        {
            "layers": [
                make("layers.Input", shape=(4,)),
                make("layers.Dense", units=5, activation="relu"),
                make("layers.BatchNormalization", momentum=0.7),
                make("layers.Dropout", rate=0.0),
                make("layers.Dense", units=2, activation="softmax"),
            ]
        },
        (normal(6, 4),),
        {"training": True},
    ),
    Case(
        "Sequential",
        {
            "layers": [
                make("layers.Embedding", input_dim=5, output_dim=4),
                make("layers.LayerNormalization"),
                make("layers.Flatten"),
                make("layers.Dense", units=3, kernel_regularizer="l2"),
            ]
        },
        (integers(5, 2, 3),),
        {},
    ),
]
