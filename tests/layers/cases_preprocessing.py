"""Layers that prepare features, texts and images."""

from tests.layers.cases import Case

IMAGES = (2, 6, 5, 3)
STILL = {"training": False}
FIRST = {"data_format": "channels_first"}


def image(name, *shape, **more):
    """A layer of images, the random ones at rest and at work."""
    return [
        Case(name, shape or IMAGES, call=STILL, **more),
        Case(name, shape or IMAGES, call={"training": True}, random=True, **more),
    ]


CASES = [
    Case("Normalization", (3, 4), mean=[0.0, 1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0, 4.0]),
    Case("Normalization", (3, 4), axis=None, invert=True),
    Case("CategoryEncoding", (3, 2), draw=4, num_tokens=4),
    Case("CategoryEncoding", (3, 1), draw=4, num_tokens=4, output_mode="one_hot"),
    Case("Discretization", (3, 2), bin_boundaries=[-0.5, 0.5], output_mode="one_hot"),
    Case("Hashing", (3, 2), draw=9, num_bins=4, output_mode="count"),
    Case("IntegerLookup", (3, 2), draw=5, vocabulary=[1, 2, 3]),
    Case("IntegerLookup", (3, 2), draw=5, vocabulary=[1, 2, 3], output_mode="multi_hot"),
    Case("Resizing", IMAGES, height=4, width=7),
    Case("Resizing", (6, 5, 3), height=4, width=7, interpolation="nearest"),
    Case("Resizing", IMAGES, draw=255, height=4, width=7, crop_to_aspect_ratio=True),
    Case("Resizing", (2, 3, 6, 5), height=4, width=7, pad_to_aspect_ratio=True, **FIRST),
    Case("CenterCrop", IMAGES, height=3, width=2),
    Case("CenterCrop", (2, 3, 6, 5), height=8, width=2, **FIRST),
    Case("RandomCrop", IMAGES, call={"training": True}, random=True, height=3, width=2),
    Case("RandomCrop", (2, 3, 6, 5), call={"training": True}, height=8, width=2, **FIRST),
    *image("RandomFlip"),
    *image("RandomRotation", factor=0.2),
    *image("RandomTranslation", 2, 3, 6, 5, height_factor=0.2, width_factor=0.3, **FIRST),
    *image("RandomZoom", height_factor=0.3, fill_mode="constant"),
    *image("RandomShear", x_factor=0.3, y_factor=0.2, interpolation="nearest"),
    *image("RandomPerspective", scale=0.5),
    *image("RandomElasticTransform"),
    *image("RandomBrightness", factor=0.3),
    *image("RandomContrast", 2, 3, 6, 5, factor=0.3, **FIRST),
    *image("RandomHue", factor=0.3),
    *image("RandomSaturation", 2, 3, 6, 5, factor=0.6, **FIRST),
    *image("RandomSharpness", 2, 3, 6, 5, factor=0.8, **FIRST),
    *image("RandomPosterization", factor=(2, 5)),
    *image("RandomColorDegeneration", factor=0.5),
    *image("RandomColorJitter", brightness_factor=0.2, contrast_factor=0.1, hue_factor=0.1),
    *image("RandomGrayscale"),
    *image("RandomInvert"),
    *image("RandomGaussianBlur", 2, 3, 6, 5, kernel_size=(3, 5), **FIRST),
    *image("RandomErasing", fill_value=(1, 2, 3)),
    *image("Solarization", addition_factor=0.2, threshold_factor=0.5),
    *image("RandAugment"),
    *image("AugMix"),
    *image("MixUp"),
    *image("CutMix", 2, 3, 6, 5, **FIRST),
    Case("AutoContrast", IMAGES, tolerance=0.1),
    Case("Equalization", IMAGES, draw=255, random=True),
    Case("ContrastLimitedAdaptiveHistogramEqualization", IMAGES, draw=255, tile_grid_size=(2, 3)),
    Case("MaxNumBoundingBoxes", IMAGES, max_number=2),
    Case(
        "MelSpectrogram",
        (2, 64),
        fft_length=16,
        sequence_stride=8,
        num_mel_bins=3,
        power_to_db=False,
    ),
    Case("STFTSpectrogram", (2, 40, 2), frame_length=8, mode="stft", expand_dims=True),
    Case("STFTSpectrogram", (2, 2, 40), frame_length=8, mode="magnitude", **FIRST),
]
