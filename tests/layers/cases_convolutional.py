"""Convolutions and pooling."""

from tests.layers.cases import Case

LINE, PLANE, SPACE = (2, 7, 4), (2, 6, 5, 4), (2, 5, 4, 4, 2)
FIRST = {"data_format": "channels_first"}

CASES = [
    Case("Conv1D", LINE, filters=3, kernel_size=3, padding="causal", activation="relu"),
    Case("Conv1D", (2, 4, 7), filters=3, kernel_size=2, strides=2, **FIRST),
    Case("Conv2D", PLANE, filters=4, kernel_size=(2, 3), padding="same", strides=2, groups=2),
    Case("Conv2D", (2, 4, 6, 5), filters=3, kernel_size=2, dilation_rate=2, **FIRST),
    Case("Conv3D", SPACE, filters=2, kernel_size=2, use_bias=False),
    Case("Conv1DTranspose", LINE, filters=3, kernel_size=3, strides=2, padding="same"),
    Case("Conv2DTranspose", PLANE, filters=3, kernel_size=2, strides=2, output_padding=1),
    Case("Conv2DTranspose", (2, 4, 6, 5), filters=3, kernel_size=2, activation="tanh", **FIRST),
    Case("Conv3DTranspose", SPACE, filters=2, kernel_size=2, strides=2),
    Case("DepthwiseConv1D", LINE, kernel_size=3, depth_multiplier=2),
    Case("DepthwiseConv2D", PLANE, kernel_size=2, padding="same"),
    Case("DepthwiseConv2D", (2, 4, 6, 5), kernel_size=2, **FIRST),
    Case("SeparableConv1D", LINE, filters=3, kernel_size=3, depth_multiplier=2),
    Case("SeparableConv2D", PLANE, filters=3, kernel_size=2, activation="relu"),
    *(
        Case(f"{kind}Pooling{n}D", shape, pool_size=2, **more)
        for kind in ("Max", "Average")
        for n, shape in enumerate((LINE, PLANE, SPACE), 1)
        for more in ({}, {"strides": 1, "padding": "same"})
    ),
    *(
        Case(f"Global{kind}Pooling{n}D", shape, **more)
        for kind in ("Max", "Average")
        for n, shape in enumerate((LINE, PLANE, SPACE), 1)
        for more in ({}, {"keepdims": True, **FIRST})
    ),
    *(
        Case(f"Adaptive{kind}Pooling{n}D", shape, output_size=3)
        for kind in ("Max", "Average")
        for n, shape in enumerate((LINE, PLANE, SPACE), 1)
    ),
]
