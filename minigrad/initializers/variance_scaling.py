"""Random weights whose spread suits the number of inputs: signals neither grow nor vanish."""

from math import prod, sqrt

from minigrad import random
from minigrad.dtypes import standardize_dtype
from minigrad.initializers.distributions import RandomInitializer

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")

# Cut off at ±2, a standard normal distribution has this standard deviation.
TRUNCATED_STDDEV = 0.87962566103423978


def compute_fans(shape, input_axes=None, output_axes=None):
    """How many inputs feed one output of a weight of this shape, and how many outputs one input.

    Args:
        shape: Of the weight: `(inputs, outputs)`, or `(*window, inputs, outputs)`.
        input_axes, output_axes: The axes that are inputs and outputs, if given both.

    >>> compute_fans((3, 3, 16, 32))
    (144, 288)
    """
    if input_axes is not None and output_axes is not None:
        return tuple(prod(shape[axis] for axis in axes) for axes in (input_axes, output_axes))
    if len(shape) < 2:
        return prod(shape), prod(shape)
    *window, inputs, outputs = shape
    return prod(window) * inputs, prod(window) * outputs


class VarianceScaling(RandomInitializer):
    """Numbers with mean 0 and variance `scale / n`, where n is the fan that `mode` names.

    Args:
        scale: A positive number.
        mode: "fan_in" (inputs of a unit), "fan_out" (its outputs), "fan_avg" (the mean of both).
        distribution: "truncated_normal" (also "normal"), "untruncated_normal" or "uniform".
        seed: An int, a SeedGenerator or None.
        input_axes, output_axes: The axes of the weight that are inputs and outputs, where these
            are not the last two.

    Raises ValueError for another scale, mode or distribution.
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        super().__init__(seed)
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={scale}")
        if mode not in MODES:
            raise ValueError(
                f"Invalid `mode` argument: {mode}. Please use one of {MODES}. Received: mode={mode}"
            )
        distribution = distribution.lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in DISTRIBUTIONS:
            raise ValueError(
                f"Invalid `distribution` argument: {distribution}. "
                f"Please use one of {DISTRIBUTIONS}. Received: distribution={distribution}"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes

    def __call__(self, shape, dtype=None):
        dtype = standardize_dtype(dtype)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        stddev = sqrt(self.scale / max(1.0, fan))
        if self.distribution == "truncated_normal":
            stddev /= TRUNCATED_STDDEV
            return random.truncated_normal(shape, 0.0, stddev, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, stddev, dtype, self.seed)
        limit = sqrt(3) * stddev
        return random.uniform(shape, -limit, limit, dtype, self.seed)


class _Preset(VarianceScaling):
    """Variance scaling with scale, mode and distribution as somebody proposed them."""

    preset = {}

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(**self.preset, seed=seed, input_axes=input_axes, output_axes=output_axes)

    def get_config(self):
        config = super().get_config()
        return {name: value for name, value in config.items() if name not in self.preset}


class GlorotUniform(_Preset):
    """Evenly over ±√(6 / (fan_in + fan_out)), also called Xavier's.

    Source: Glorot and Bengio 2010, http://proceedings.mlr.press/v9/glorot10a.html, eq. 16.
    """

    preset = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform"}


class GlorotNormal(_Preset):
    """Truncated normal with standard deviation √(2 / (fan_in + fan_out)), also called Xavier's.

    Source: Glorot and Bengio 2010, http://proceedings.mlr.press/v9/glorot10a.html, eq. 12.
    """

    preset = {"scale": 1.0, "mode": "fan_avg", "distribution": "truncated_normal"}


class LecunNormal(_Preset):
    """Truncated normal with standard deviation √(1 / fan_in): for SELU.

    Source: Klambauer et al. 2017, https://arxiv.org/abs/1706.02515.
    """

    preset = {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal"}


class LecunUniform(_Preset):
    """Evenly over ±√(3 / fan_in).

    Source: LeCun et al. 1998, "Efficient BackProp", section 4.6.
    """

    preset = {"scale": 1.0, "mode": "fan_in", "distribution": "uniform"}


class HeNormal(_Preset):
    """Truncated normal with standard deviation √(2 / fan_in): for ReLU.

    Source: He et al. 2015, https://arxiv.org/abs/1502.01852, eq. 10.
    """

    preset = {"scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal"}


class HeUniform(_Preset):
    """Evenly over ±√(6 / fan_in): for ReLU.

    Source: He et al. 2015, https://arxiv.org/abs/1502.01852.
    """

    preset = {"scale": 2.0, "mode": "fan_in", "distribution": "uniform"}
