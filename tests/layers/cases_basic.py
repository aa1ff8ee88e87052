"""Core, activations, merging, normalization, reshaping, noise."""

import minigrad as mg
from tests.layers.cases import Case

ROWS, LINE, PLANE, SPACE = (3, 4), (2, 7, 4), (2, 6, 5, 4), (2, 5, 4, 4, 2)
FIRST = {"data_format": "channels_first"}

CASES = [
    Case("Dense", ROWS, units=5, activation="relu"),
    Case("Dense", LINE, units=3, use_bias=False, kernel_regularizer="l2"),
    Case("Activation", ROWS, activation="tanh"),
    Case("Activation", ROWS, activation="glu"),
    Case("Embedding", (2, 5), draw=7, input_dim=7, output_dim=3),
    Case("Embedding", (2, 5), draw=7, input_dim=7, output_dim=3, mask_zero=True),
    Case("Identity", ROWS),
    Case("Lambda", ROWS, function=mg.activations.softplus),
    Case("Masking", LINE, mask_value=0.5),
    Case("Rescaling", ROWS, scale=0.5, offset=1.0),
    Case("ReLU", ROWS, max_value=1.0, negative_slope=0.1, threshold=0.2),
    Case("LeakyReLU", ROWS, negative_slope=0.2),
    Case("PReLU", LINE, alpha_initializer="ones", shared_axes=[1]),
    Case("ELU", ROWS, alpha=0.7),
    Case("Softmax", LINE, axis=[1, 2]),
    *(Case(name, [ROWS, ROWS, ROWS]) for name in "Add Average Maximum Minimum Multiply".split()),
    Case("Subtract", [ROWS, ROWS]),
    Case("Concatenate", [ROWS, (3, 2)], axis=-1),
    Case("Dot", [(2, 3, 4), (2, 5, 4)], axes=(2, 2), normalize=True),
    Case("BatchNormalization", ROWS, call={"training": True}),
    Case("BatchNormalization", PLANE, axis=1, scale=False, center=False),
    Case("LayerNormalization", LINE, axis=[1, 2]),
    Case("GroupNormalization", PLANE, groups=2),
    Case("GroupNormalization", (2, 4, 6, 5), groups=-1, axis=1),
    Case("RMSNormalization", LINE),
    Case("UnitNormalization", LINE, axis=1),
    Case(
        "SpectralNormalization",
        ROWS,
        make=lambda **more: mg.layers.SpectralNormalization(
            mg.layers.Dense(3, dtype=more.get("dtype")), power_iterations=2, **more
        ),
    ),
    Case("Flatten", PLANE, **FIRST),
    Case("Reshape", PLANE, target_shape=(10, -1)),
    Case("Permute", LINE, dims=(2, 1)),
    Case("RepeatVector", ROWS, n=3),
    Case("Cropping1D", LINE, cropping=(1, 2)),
    Case("Cropping2D", PLANE, cropping=((1, 0), (2, 1))),
    Case("Cropping3D", SPACE, cropping=1),
    Case("ZeroPadding1D", LINE, padding=(1, 2)),
    Case("ZeroPadding2D", (2, 4, 6, 5), padding=((1, 0), (2, 1)), **FIRST),
    Case("ZeroPadding3D", SPACE, padding=1),
    Case("UpSampling1D", LINE, size=3),
    Case("UpSampling2D", PLANE, size=(2, 3)),
    Case("UpSampling2D", (2, 4, 6, 5), size=2, interpolation="bilinear", **FIRST),
    Case("UpSampling3D", SPACE, size=(1, 2, 2)),
    Case("Dropout", ROWS, call={"training": True}, random=True, rate=0.4, seed=1),
    Case("AlphaDropout", ROWS, call={"training": True}, random=True, rate=0.4, seed=1),
    Case("GaussianDropout", ROWS, call={"training": True}, random=True, rate=0.4, seed=1),
    Case("GaussianNoise", ROWS, call={"training": True}, random=True, stddev=0.4, seed=1),
    Case("SpatialDropout1D", LINE, call={"training": True}, random=True, rate=0.4, seed=1),
    Case("SpatialDropout2D", PLANE, call={"training": True}, random=True, rate=0.4, seed=1),
    Case("SpatialDropout3D", SPACE, call={"training": True}, random=True, rate=0.4, seed=1),
    Case("ActivityRegularization", ROWS, l1=0.1, l2=0.2),
]
