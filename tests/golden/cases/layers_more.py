"""Cases of the remaining layers: activations, merging, normalization, regularization, reshaping."""

from tests.golden.cases.spec import (
    Case,
    booleans,
    distinct,
    integers,
    layer,
    make,
    normal,
    prefix_mask,
    values,
)

FIRST = {"data_format": "channels_first"}
EDGES = values([[-7.0, -1.0, -0.5, 0.0, 0.5, 1.0, 7.0]])
PAIR = [distinct(2, 3), normal(2, 3)]
TRIPLE = [normal(2, 1, 3), normal(2, 4, 1), normal(2, 4, 3)]
TIED = [values([[1.0, 2.0, 3.0]]), values([[1.0, 3.0, 2.0]])]


def merging(name: str) -> list[Case]:
    """As classes and as functions."""
    cases = [layer(name, PAIR), layer(name, [normal(2, 3), normal(2, 4, 3)])]
    if name != "Subtract":
        cases += [layer(name, TRIPLE)]
    return [*cases, layer(name, TIED), Case(f"layers.{name.lower()}", {}, (PAIR,), {})]


CASES = [
    layer("ELU", normal(3, 4)),
    layer("ELU", EDGES, alpha=0.3),
    layer("LeakyReLU", normal(3, 4)),
    layer("LeakyReLU", EDGES, negative_slope=0.1),
    layer("PReLU", normal(3, 4)),
    layer("PReLU", EDGES),
    layer("PReLU", normal(2, 3, 2, 2), shared_axes=[1, 2]),
    *[
        case
        for name in ("Average", "Maximum", "Minimum", "Multiply", "Subtract")
        for case in merging(name)
    ],
    Case("layers.add", {}, (TRIPLE,), {}),
    Case("layers.concatenate", {"axis": 1}, ([normal(2, 3, 2), normal(2, 1, 2)],), {}),
    Case("layers.dot", {"axes": 1}, ([normal(2, 3), normal(2, 3)],), {}),
    layer("Dot", [normal(2, 3), normal(2, 3)], axes=1),
    layer("Dot", [normal(2, 3, 4), normal(2, 3, 5)], axes=1),
    layer("Dot", [normal(2, 3, 4), normal(2, 5, 4)], axes=(2, 2), normalize=True),
    layer("Dot", [normal(2, 3, 4), normal(2, 4)], axes=(2, 1)),
    layer("GroupNormalization", normal(3, 6), groups=2),
    layer("GroupNormalization", normal(2, 3, 4), groups=4, scale=False),
    layer("GroupNormalization", normal(2, 2, 3, 4), groups=1, epsilon=1e-5),
    layer("GroupNormalization", normal(2, 4, 3, 2), groups=2, axis=1, center=False),
    layer("GroupNormalization", normal(2, 4, 3), groups=-1),
    layer("RMSNormalization", normal(3, 5)),
    layer("RMSNormalization", normal(2, 3, 4), epsilon=1e-3),
    layer("RMSNormalization", normal(2, 3, 4), axis=[1, 2]),
    layer("UnitNormalization", normal(3, 5)),
    layer("UnitNormalization", normal(2, 3, 4), axis=1),
    layer("UnitNormalization", normal(2, 3, 4), axis=[1, 2]),
    layer("SpectralNormalization", normal(3, 4), layer=make("layers.Dense", units=3)),
    # In training it assigns to the kernel it reads: a gradient means other things elsewhere.
    layer(
        "SpectralNormalization",
        normal(3, 4),
        layer=make("layers.Dense", units=3),
        call={"training": True},
        gradients=False,
    ),
    layer(
        "SpectralNormalization",
        normal(1, 4, 4, 2),
        layer=make("layers.Conv2D", filters=2, kernel_size=2),
        power_iterations=2,
        call={"training": True},
        gradients=False,
    ),
    layer(
        "BatchNormalization",
        normal(4, 3),
        renorm=True,
        renorm_momentum=0.7,
        renorm_clipping={"rmin": 0.5, "rmax": 1.2, "dmax": 0.3},
        call={"training": True},
    ),
    layer("BatchNormalization", normal(4, 3), renorm=True),
    layer("ActivityRegularization", normal(3, 4), l1=0.1, l2=0.2),
    *[
        layer(name, inputs, call={"training": False}, **kwargs)
        for name, inputs, kwargs in (
            ("AlphaDropout", normal(3, 4), {"rate": 0.4}),
            ("GaussianDropout", normal(3, 4), {"rate": 0.4}),
            ("GaussianNoise", normal(3, 4), {"stddev": 0.4}),
            ("SpatialDropout1D", normal(2, 3, 4), {"rate": 0.4}),
            ("SpatialDropout2D", normal(2, 2, 3, 2), {"rate": 0.4}),
            ("SpatialDropout3D", normal(1, 2, 2, 3, 2), {"rate": 0.4}),
            ("SpatialDropout2D", normal(2, 2, 2, 3), {"rate": 0.4, **FIRST}),
            ("SpatialDropout3D", normal(1, 2, 2, 2, 3), {"rate": 0.4, **FIRST}),
        )
    ],
    *[
        layer(name, inputs, call={"training": True}, **kwargs)
        for name, inputs, kwargs in (
            ("AlphaDropout", normal(3, 4), {"rate": 0.0}),
            ("GaussianDropout", normal(3, 4), {"rate": 0.0}),
            ("GaussianNoise", normal(3, 4), {"stddev": 0.0}),
            ("SpatialDropout1D", normal(2, 3, 4), {"rate": 0.0}),
            ("SpatialDropout2D", normal(2, 2, 2, 3), {"rate": 0.0, **FIRST}),
            ("SpatialDropout3D", normal(1, 2, 2, 2, 3), {"rate": 0.0, **FIRST}),
        )
    ],
    layer("Permute", normal(2, 3, 4), dims=(2, 1)),
    layer("Permute", normal(2, 3, 2, 2), dims=(3, 1, 2)),
    layer("RepeatVector", normal(2, 3), n=4),
    layer("Masking", values([[[1.0, 2.0], [0.0, 0.0]], [[0.0, 3.0], [4.0, 5.0]]])),
    layer("Masking", values([[[1.0, 2.0], [9.0, 9.0]]]), mask_value=9.0),
    layer("EinsumDense", normal(2, 3), equation="ab,bc->ac", output_shape=4, bias_axes="c"),
    layer("EinsumDense", normal(2, 3, 4), equation="abc,cd->abd", output_shape=(None, 2)),
    layer(
        "EinsumDense",
        normal(2, 3, 4),
        equation="...x,xy->...y",
        output_shape=2,
        bias_axes="y",
        activation="relu",
    ),
    layer(
        "EinsumDense",
        normal(2, 3, 4),
        equation="abc,cde->abde",
        output_shape=(None, 2, 3),
        bias_axes="de",
    ),
    layer("EinsumDense", normal(2, 3, 4), equation="abc,bcd->ad", output_shape=3),
    layer("ReversibleEmbedding", integers(5, 2, 3), input_dim=5, output_dim=4),
    layer(
        "ReversibleEmbedding", normal(2, 3, 4), input_dim=5, output_dim=4, call={"reverse": True}
    ),
    layer(
        "ReversibleEmbedding",
        normal(2, 3, 4),
        input_dim=5,
        output_dim=4,
        tie_weights=False,
        logit_soft_cap=3.0,
        call={"reverse": True},
    ),
    layer("GlobalAveragePooling1D", normal(3, 4, 2), call={"mask": prefix_mask(3, 4)}),
    layer("Softmax", normal(2, 3, 4), axis=-2, call={"mask": booleans(2, 3, 4)}),
    layer(
        "Pipeline",
        normal(2, 3),
        layers=[
            make("layers.Rescaling", scale=0.5),
            make("layers.Rescaling", scale=2.0, offset=1.0),
        ],
    ),
]
