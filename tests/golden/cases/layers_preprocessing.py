"""Cases of the preprocessing layers: outputs only, since no gradient is asked of most of them.

What is random has a range of one point here, so that it is the same in every framework, or runs
with `training=False`.
"""

from tests.golden.cases.spec import SINGLE, Case, integers, layer, make, normal, pixels, values

IMAGES = pixels(2, 5, 4, 3)
FIRST = {"data_format": "channels_first"}
ON, OFF = {"training": True}, {"training": False}


def still(name: str, *args, **kwargs) -> Case:
    """A layer of which only outputs are compared."""
    return layer(name, *args, gradients=False, **kwargs)


# Layers of images with the channels first: what is random is fixed as below, or off.
CHANNELS_FIRST = {
    "AugMix": ({}, OFF),
    "AutoContrast": ({}, ON),
    "CutMix": ({}, OFF),
    "Equalization": ({}, ON),
    "MixUp": ({}, OFF),
    "RandAugment": ({}, OFF),
    "RandomBrightness": ({"factor": (0.2, 0.2)}, ON),
    "RandomColorDegeneration": ({"factor": (0.4, 0.4)}, ON),
    "RandomColorJitter": ({}, OFF),
    "RandomContrast": ({"factor": (0.3, 0.3)}, OFF),
    "RandomCrop": ({"height": 3, "width": 2}, OFF),
    "RandomElasticTransform": ({}, OFF),
    "RandomErasing": ({}, OFF),
    "RandomFlip": ({}, OFF),
    "RandomGaussianBlur": (
        {"factor": (1.0, 1.0), "kernel_size": 3, "sigma": (0.8, 0.8)},
        ON,
    ),
    "RandomGrayscale": ({"factor": 1.0}, ON),
    "RandomHue": ({"factor": (0.3, 0.3)}, OFF),
    "RandomInvert": ({"factor": (1.0, 1.0)}, ON),
    "RandomPerspective": ({}, OFF),
    "RandomPosterization": ({"factor": (4, 4)}, ON),
    "RandomRotation": ({"factor": (0.1, 0.1)}, ON),
    "RandomSaturation": ({"factor": (0.3, 0.3)}, ON),
    "RandomSharpness": ({"factor": (0.7, 0.7)}, ON),
    "RandomShear": ({"x_factor": (0.1, 0.1), "y_factor": (0.2, 0.2)}, OFF),
    "RandomTranslation": ({"height_factor": (0.25, 0.25), "width_factor": (-0.3, -0.3)}, ON),
    "RandomZoom": ({"height_factor": (0.3, 0.3)}, ON),
}
IMAGES_FIRST = pixels(2, 3, 5, 4)

CASES = [
    # Arithmetic with gradients.
    layer("Normalization", normal(3, 4), mean=0.5, variance=2.0),
    layer("Normalization", normal(3, 3), mean=[0.5, -1.0, 0.0], variance=[1.0, 2.0, 0.5]),
    layer("Normalization", normal(3, 4), mean=0.5, variance=2.0, invert=True),
    layer("Normalization", normal(2, 3, 4), axis=1, mean=[0.0, 1.0, 2.0], variance=[1.0, 4.0, 9.0]),
    layer("Normalization", normal(3, 4), axis=None, mean=0.5, variance=2.0),
    *[
        layer("Resizing", normal(2, 4, 5, 2), height=h, width=w, interpolation=method)
        for method in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
        for h, w in ((2, 3), (6, 7))
    ],
    layer("Resizing", normal(1, 6, 4, 2), height=3, width=3, antialias=True),
    layer("Resizing", normal(1, 6, 4, 2), height=3, width=3, crop_to_aspect_ratio=True),
    layer(
        "Resizing", normal(1, 6, 4, 2), height=4, width=4, pad_to_aspect_ratio=True, fill_value=0.5
    ),
    layer("Resizing", normal(1, 2, 6, 4), height=3, width=5, **FIRST),
    layer("CenterCrop", normal(2, 5, 4, 2), height=3, width=2),
    layer("CenterCrop", normal(1, 3, 3, 2), height=4, width=5),
    layer("CenterCrop", normal(1, 2, 5, 6), height=2, width=3, **FIRST),
    layer("RandomCrop", normal(2, 5, 4, 2), height=3, width=2, call=OFF),
    layer(
        "MelSpectrogram",
        normal(2, 64),
        fft_length=16,
        sequence_stride=8,
        num_mel_bins=4,
        sampling_rate=800,
        min_freq=20.0,
        slack=10.0,
        dtypes=SINGLE,
    ),
    layer(
        "MelSpectrogram",
        normal(2, 64),
        fft_length=16,
        sequence_stride=8,
        num_mel_bins=4,
        sampling_rate=800,
        power_to_db=False,
        mag_exp=1.0,
        slack=10.0,
        dtypes=SINGLE,
    ),
    *[
        layer(
            "STFTSpectrogram",
            normal(1, 24, 1),
            mode=mode,
            frame_length=8,
            frame_step=4,
            fft_length=8,
            slack=10.0,
            **kwargs,
        )
        for mode, kwargs in (
            ("magnitude", {}),
            ("psd", {"padding": "same"}),
            ("real", {"window": "hamming", "periodic": True}),
            ("imag", {"scaling": "spectrum"}),
            ("log", {"expand_dims": True}),
            ("stft", {}),
            ("magnitude", {"scaling": None, "window": None}),
        )
    ],
    layer(
        "STFTSpectrogram",
        normal(1, 2, 24),
        mode="magnitude",
        frame_length=8,
        frame_step=4,
        fft_length=8,
        slack=10.0,
        **FIRST,
    ),
    # Categories.
    still("CategoryEncoding", integers(4, 3, 2), num_tokens=4),
    still("CategoryEncoding", integers(4, 3), num_tokens=4, output_mode="one_hot"),
    still("CategoryEncoding", integers(4, 3, 2), num_tokens=4, output_mode="count"),
    still(
        "CategoryEncoding",
        integers(4, 3, 2),
        num_tokens=4,
        output_mode="count",
        call={"count_weights": values([[0.5, 1.0], [2.0, 0.25], [1.0, 3.0]])},
    ),
    *[
        still("Discretization", normal(2, 3), bin_boundaries=[-0.5, 0.0, 1.0], output_mode=mode)
        for mode in ("int", "multi_hot", "count")
    ],
    still("Discretization", normal(4, 1), bin_boundaries=[-0.5, 0.0, 1.0], output_mode="one_hot"),
    still("Discretization", values([[-0.5, 0.0, 1.0, 5.0]]), bin_boundaries=[-0.5, 0.0, 1.0]),
    # Images.
    still("RandomBrightness", IMAGES, factor=(0.2, 0.2), call=ON),
    still("RandomBrightness", IMAGES, factor=(-0.3, -0.3), value_range=(0, 200), call=ON),
    still("RandomContrast", IMAGES, factor=(0.3, 0.3), call=OFF),
    still("RandomFlip", IMAGES, call=OFF),
    still("RandomRotation", IMAGES, factor=(0.1, 0.1), call=ON),
    *[
        still("RandomRotation", IMAGES, factor=(0.15, 0.15), fill_mode=mode, call=ON)
        for mode in ("constant", "wrap", "nearest")
    ],
    still("RandomRotation", IMAGES, factor=(0.1, 0.1), interpolation="nearest", call=ON),
    still(
        "RandomTranslation", IMAGES, height_factor=(0.25, 0.25), width_factor=(-0.3, -0.3), call=ON
    ),
    still(
        "RandomTranslation",
        IMAGES,
        height_factor=(0.25, 0.25),
        width_factor=(0.1, 0.1),
        fill_mode="constant",
        fill_value=7.0,
        call=ON,
    ),
    still("RandomZoom", IMAGES, height_factor=(0.3, 0.3), call=ON),
    still("RandomZoom", IMAGES, height_factor=(-0.3, -0.3), width_factor=(0.2, 0.2), call=ON),
    still("RandomShear", IMAGES, x_factor=(0.3, 0.3), call=OFF),
    still(
        "RandomShear",
        IMAGES,
        x_factor=(0.1, 0.1),
        y_factor=(0.2, 0.2),
        fill_mode="constant",
        call=OFF,
    ),
    still("RandomHue", IMAGES, factor=(0.3, 0.3), call=OFF),
    still("RandomSaturation", IMAGES, factor=(0.3, 0.3), call=ON),
    still("RandomSaturation", IMAGES, factor=(0.8, 0.8), call=ON),
    still("RandomSharpness", IMAGES, factor=(0.7, 0.7), call=ON),
    still("RandomPosterization", IMAGES, factor=(4, 4), call=ON),
    still("RandomColorDegeneration", IMAGES, factor=(0.4, 0.4), call=ON),
    still("RandomGrayscale", IMAGES, factor=1.0, call=ON),
    still("RandomInvert", IMAGES, factor=(1.0, 1.0), call=ON),
    still(
        "RandomGaussianBlur", IMAGES, factor=(1.0, 1.0), kernel_size=3, sigma=(0.8, 0.8), call=ON
    ),
    still("RandomColorJitter", IMAGES, call=OFF),
    still("RandomErasing", IMAGES, call=OFF),
    still("RandomElasticTransform", IMAGES, call=OFF),
    still("RandomPerspective", IMAGES, call=OFF),
    still(
        "Solarization", IMAGES, addition_factor=(0.2, 0.2), threshold_factor=(0.5, 0.5), call=OFF
    ),
    still("Solarization", IMAGES, threshold_factor=(0.4, 0.4), call=OFF),
    still("AutoContrast", IMAGES),
    still("AutoContrast", pixels(1, 4, 4, 3), value_range=(0, 100)),
    still("Equalization", IMAGES),
    still(
        "ContrastLimitedAdaptiveHistogramEqualization", pixels(1, 8, 8, 3), tile_grid_size=(2, 2)
    ),
    still("AugMix", IMAGES, call=OFF),
    still("RandAugment", IMAGES, call=OFF),
    still("CutMix", {"images": IMAGES, "labels": normal(2, 3)}, call=OFF),
    still("MixUp", {"images": IMAGES, "labels": normal(2, 3)}, call=OFF),
    still(
        "Pipeline",
        IMAGES,
        layers=[
            make("layers.Rescaling", scale=1 / 255),
            make("layers.CenterCrop", height=2, width=2),
        ],
    ),
    still(
        "MaxNumBoundingBoxes",
        {
            "images": pixels(1, 4, 4, 1),
            "bounding_boxes": {"boxes": normal(1, 3, 4), "labels": integers(5, 1, 3)},
        },
        max_number=2,
        bounding_box_format="xyxy",
        dtypes=SINGLE,
    ),
    *[
        still(
            name,
            {"images": IMAGES_FIRST, "labels": normal(2, 3)}
            if name in ("CutMix", "MixUp")
            else IMAGES_FIRST,
            **kwargs,
            **FIRST,
            call=call,
        )
        for name, (kwargs, call) in CHANNELS_FIRST.items()
    ],
    still(
        "ContrastLimitedAdaptiveHistogramEqualization",
        pixels(1, 3, 8, 8),
        tile_grid_size=(2, 2),
        **FIRST,
    ),
]
