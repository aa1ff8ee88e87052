"""The layers that RandAugment and AugMix choose from."""

from minigrad.layers.preprocessing.auto_contrast import AutoContrast
from minigrad.layers.preprocessing.equalization import Equalization
from minigrad.layers.preprocessing.random_brightness import RandomBrightness
from minigrad.layers.preprocessing.random_color_degeneration import RandomColorDegeneration
from minigrad.layers.preprocessing.random_contrast import RandomContrast
from minigrad.layers.preprocessing.random_posterization import RandomPosterization
from minigrad.layers.preprocessing.random_rotation import RandomRotation
from minigrad.layers.preprocessing.random_sharpness import RandomSharpness
from minigrad.layers.preprocessing.random_shear import RandomShear
from minigrad.layers.preprocessing.random_translation import RandomTranslation
from minigrad.layers.preprocessing.solarization import Solarization


def augmenters(factor, value_range, interpolation, seed, **shared):
    """Layers that change shapes, and those that change values, as two lists.

    Args:
        factor: (lowest, highest), within 0 to 1, how strongly they do.
        shared: What all are made with: `data_format`, `dtype`.
    """
    place = {"interpolation": interpolation, "seed": seed, **shared}
    value = {"value_range": value_range, **shared}
    bits = max(1, int(8 * factor[1]))
    return [
        RandomShear(x_factor=factor, y_factor=factor, **place),
        RandomTranslation(height_factor=factor, width_factor=factor, **place),
        RandomRotation(factor=factor, **place),
        RandomPosterization(factor=bits, seed=seed, **value),
        Solarization(addition_factor=factor, threshold_factor=factor, seed=seed, **value),
        AutoContrast(**value),
        Equalization(**value),
    ], [
        kind(factor=factor, seed=seed, **value)
        for kind in (RandomBrightness, RandomColorDegeneration, RandomContrast, RandomSharpness)
    ]
