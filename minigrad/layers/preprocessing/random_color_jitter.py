"""RandomColorJitter: brightness, contrast, saturation and hue, all at random."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer
from minigrad.layers.preprocessing.random_brightness import RandomBrightness
from minigrad.layers.preprocessing.random_contrast import RandomContrast
from minigrad.layers.preprocessing.random_hue import RandomHue
from minigrad.layers.preprocessing.random_saturation import RandomSaturation

_KINDS = {
    "brightness": RandomBrightness,
    "contrast": RandomContrast,
    "saturation": RandomSaturation,
    "hue": RandomHue,
}


class RandomColorJitter(ImageLayer):
    """RandomBrightness, RandomContrast, RandomSaturation and RandomHue, one after the other.

    Args:
        value_range: The lowest and the highest value of a pixel.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: The `factor` of each;
            None leaves it out.
        seed: Of all.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layer = layers.RandomColorJitter(brightness_factor=0.1, hue_factor=0.1)
    >>> layer(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        value_range=(0, 255),
        brightness_factor=None,
        contrast_factor=None,
        saturation_factor=None,
        hue_factor=None,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        self._use_seed(seed)
        self._steps = [
            kind(
                getattr(self, f"{name}_factor"),
                value_range=value_range,
                seed=seed,
                data_format=data_format,
                dtype=self.dtype_policy,
            )
            for name, kind in _KINDS.items()
            if getattr(self, f"{name}_factor") is not None
        ]

    def build(self, input_shape):
        for layer in self._steps:
            layer.build(input_shape)

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if training:
            for layer in self._steps:
                drawn = layer.get_random_transformation(images, seed=self.generator)
                images = layer.transform_images(images, drawn)
        return images
