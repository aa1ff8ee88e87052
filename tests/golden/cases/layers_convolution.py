"""Cases of convolutions, pooling, and what pads, crops and repeats around them."""

from tests.golden.cases.spec import Case, distinct, layer, normal

FIRST = {"data_format": "channels_first"}

# (layer, input without and with channels first, a stride per axis, a size per axis)
LINE, LINE_FIRST = normal(2, 7, 4), normal(2, 4, 7)
PLANE, PLANE_FIRST = normal(2, 5, 4, 4), normal(2, 4, 5, 4)
SPACE, SPACE_FIRST = normal(1, 4, 3, 4, 2), normal(1, 2, 4, 3, 4)


def convolutions() -> list[Case]:
    cases = [
        layer("Conv1D", LINE, filters=3, kernel_size=3),
        layer("Conv1D", LINE, filters=3, kernel_size=2, padding="same", strides=2),
        layer("Conv1D", LINE, filters=3, kernel_size=3, padding="causal", dilation_rate=2),
        layer("Conv1D", LINE, filters=4, kernel_size=3, groups=2, activation="relu"),
        layer("Conv1D", LINE_FIRST, filters=3, kernel_size=3, padding="same", **FIRST),
        layer("Conv2D", PLANE, filters=3, kernel_size=3),
        layer("Conv2D", PLANE, filters=3, kernel_size=1, use_bias=False),
        layer("Conv2D", PLANE, filters=3, kernel_size=(2, 3), padding="same", strides=(2, 1)),
        layer("Conv2D", PLANE, filters=2, kernel_size=2, dilation_rate=(2, 1)),
        layer("Conv2D", PLANE, filters=2, kernel_size=2, dilation_rate=2, padding="same"),
        layer("Conv2D", PLANE, filters=4, kernel_size=3, groups=2, activation="tanh"),
        layer("Conv2D", PLANE, filters=4, kernel_size=3, groups=4, padding="same"),
        layer("Conv2D", PLANE_FIRST, filters=3, kernel_size=3, strides=2, **FIRST),
        layer("Conv2D", PLANE, filters=2, kernel_size=3, padding="same", strides=3),
        layer("Conv2D", PLANE, filters=2, kernel_size=3, kernel_regularizer="l2"),
        layer("Conv3D", SPACE, filters=2, kernel_size=2),
        layer("Conv3D", SPACE, filters=2, kernel_size=(3, 2, 1), padding="same", strides=2),
        layer("Conv3D", SPACE_FIRST, filters=2, kernel_size=2, **FIRST),
        layer("Conv1DTranspose", LINE, filters=3, kernel_size=3),
        layer("Conv1DTranspose", LINE, filters=3, kernel_size=3, strides=2, padding="same"),
        layer("Conv1DTranspose", LINE, filters=3, kernel_size=2, strides=3, output_padding=1),
        layer("Conv1DTranspose", LINE, filters=3, kernel_size=2, dilation_rate=2),
        layer("Conv1DTranspose", LINE_FIRST, filters=3, kernel_size=3, strides=2, **FIRST),
        layer("Conv2DTranspose", PLANE, filters=3, kernel_size=3),
        layer("Conv2DTranspose", PLANE, filters=3, kernel_size=3, strides=2, padding="same"),
        layer("Conv2DTranspose", PLANE, filters=2, kernel_size=(2, 3), strides=(3, 2)),
        layer(
            "Conv2DTranspose",
            PLANE,
            filters=2,
            kernel_size=3,
            strides=2,
            padding="same",
            output_padding=1,
            activation="relu",
        ),
        layer("Conv2DTranspose", PLANE_FIRST, filters=3, kernel_size=2, strides=2, **FIRST),
        layer("Conv3DTranspose", normal(1, 2, 3, 2, 2), filters=2, kernel_size=2, strides=2),
        layer("Conv3DTranspose", normal(1, 2, 3, 2, 2), filters=2, kernel_size=3, padding="same"),
        layer("Conv3DTranspose", normal(1, 2, 2, 3, 2), filters=2, kernel_size=2, **FIRST),
        layer("DepthwiseConv1D", LINE, kernel_size=3),
        layer("DepthwiseConv1D", LINE, kernel_size=2, depth_multiplier=2, padding="same"),
        layer("DepthwiseConv1D", LINE_FIRST, kernel_size=3, strides=2, **FIRST),
        layer("DepthwiseConv2D", PLANE, kernel_size=3),
        layer("DepthwiseConv2D", PLANE, kernel_size=2, depth_multiplier=2, strides=2),
        layer("DepthwiseConv2D", PLANE, kernel_size=3, padding="same", use_bias=False),
        layer("DepthwiseConv2D", PLANE, kernel_size=2, dilation_rate=2),
        layer("DepthwiseConv2D", PLANE_FIRST, kernel_size=2, padding="same", **FIRST),
        layer("SeparableConv1D", LINE, filters=3, kernel_size=3),
        layer("SeparableConv1D", LINE, filters=3, kernel_size=2, strides=2, depth_multiplier=2),
        layer("SeparableConv1D", LINE_FIRST, filters=3, kernel_size=2, strides=2, **FIRST),
        layer("SeparableConv2D", PLANE, filters=3, kernel_size=3, activation="relu"),
        layer("SeparableConv2D", PLANE, filters=3, kernel_size=2, depth_multiplier=2),
        layer("SeparableConv2D", PLANE_FIRST, filters=3, kernel_size=2, padding="same", **FIRST),
    ]
    return cases


def pools() -> list[Case]:
    """Maxima get inputs without ties; the layers of both kinds are otherwise alike."""
    cases = []
    for kind, draw in (("Average", normal), ("Max", distinct)):
        line, line_first = draw(2, 7, 2), draw(2, 2, 7)
        plane, plane_first = draw(2, 5, 4, 2), draw(2, 2, 5, 4)
        space, space_first = draw(1, 4, 3, 4, 2), draw(1, 2, 4, 3, 4)
        cases += [
            layer(f"{kind}Pooling1D", line, pool_size=2),
            layer(f"{kind}Pooling1D", line, pool_size=3, strides=2, padding="same"),
            layer(f"{kind}Pooling1D", line, pool_size=3, strides=1),
            layer(f"{kind}Pooling1D", line_first, pool_size=2, **FIRST),
            layer(f"{kind}Pooling2D", plane, pool_size=2),
            layer(f"{kind}Pooling2D", plane, pool_size=(3, 2), strides=1, padding="same"),
            layer(f"{kind}Pooling2D", plane, pool_size=2, strides=2, padding="same"),
            layer(f"{kind}Pooling2D", plane, pool_size=3, strides=(2, 1)),
            layer(f"{kind}Pooling2D", plane_first, pool_size=2, **FIRST),
            layer(f"{kind}Pooling3D", space, pool_size=2),
            layer(f"{kind}Pooling3D", space, pool_size=(2, 3, 2), strides=2, padding="same"),
            layer(f"{kind}Pooling3D", space_first, pool_size=2, **FIRST),
            layer(f"Global{kind}Pooling1D", line),
            layer(f"Global{kind}Pooling1D", line_first, keepdims=True, **FIRST),
            layer(f"Global{kind}Pooling2D", plane),
            layer(f"Global{kind}Pooling2D", plane_first, keepdims=True, **FIRST),
            layer(f"Global{kind}Pooling3D", space),
            layer(f"Global{kind}Pooling3D", space_first, keepdims=True, **FIRST),
            layer(f"Adaptive{kind}Pooling1D", line, output_size=3),
            layer(f"Adaptive{kind}Pooling1D", line_first, output_size=2, **FIRST),
            layer(f"Adaptive{kind}Pooling2D", plane, output_size=2),
            layer(f"Adaptive{kind}Pooling2D", plane, output_size=(3, 2)),
            layer(f"Adaptive{kind}Pooling2D", plane_first, output_size=(2, 3), **FIRST),
            layer(f"Adaptive{kind}Pooling3D", space, output_size=2),
            layer(f"Adaptive{kind}Pooling3D", space_first, output_size=(2, 1, 3), **FIRST),
        ]
    return cases


CASES = [
    *convolutions(),
    *pools(),
    layer("ZeroPadding1D", normal(2, 3, 2)),
    layer("ZeroPadding1D", normal(2, 3, 2), padding=(0, 2)),
    layer("ZeroPadding1D", normal(2, 2, 3), padding=2, **FIRST),
    layer("ZeroPadding2D", normal(2, 3, 2, 2)),
    layer("ZeroPadding2D", normal(2, 3, 2, 2), padding=((1, 0), (2, 3))),
    layer("ZeroPadding2D", normal(2, 2, 3, 2), padding=(2, 1), **FIRST),
    layer("ZeroPadding3D", normal(1, 2, 3, 2, 1), padding=((1, 0), (0, 1), (1, 1))),
    layer("ZeroPadding3D", normal(1, 1, 2, 3, 2), padding=1, **FIRST),
    layer("Cropping1D", normal(2, 5, 2)),
    layer("Cropping1D", normal(2, 5, 2), cropping=(0, 3)),
    layer("Cropping2D", normal(2, 5, 4, 2), cropping=((1, 2), (0, 1))),
    layer("Cropping2D", normal(2, 2, 5, 4), cropping=1, **FIRST),
    layer("Cropping3D", normal(1, 4, 3, 4, 1), cropping=((1, 0), (0, 1), (1, 1))),
    layer("Cropping3D", normal(1, 1, 4, 3, 4), cropping=1, **FIRST),
    layer("UpSampling1D", normal(2, 3, 2)),
    layer("UpSampling1D", normal(2, 3, 2), size=3),
    layer("UpSampling2D", normal(2, 2, 3, 2)),
    layer("UpSampling2D", normal(2, 2, 3, 2), size=(3, 2)),
    layer("UpSampling2D", normal(2, 2, 2, 3), size=2, **FIRST),
    layer("UpSampling2D", normal(1, 3, 4, 2), size=2, interpolation="bilinear"),
    layer("UpSampling2D", normal(1, 3, 4, 2), size=(2, 3), interpolation="bicubic"),
    layer("UpSampling3D", normal(1, 2, 3, 2, 1)),
    layer("UpSampling3D", normal(1, 1, 2, 3, 2), size=(1, 2, 3), **FIRST),
]
