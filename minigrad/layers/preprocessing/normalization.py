"""Normalization: features of mean 0 and variance 1, by numbers that are given or looked at."""

import numpy as np

from minigrad import ops, settings
from minigrad.layers.layer import Layer
from minigrad.utils.py_dataset import PyDataset


class Normalization(Layer):
    """`(inputs - mean) / √variance`.

    Mean and variance are given, or found in data by `adapt`.

    Args:
        axis: The axes along which they differ, an int or several; None for one of everything.
        mean, variance: Numbers or arrays that fit to those axes; both or neither.
        invert: Whether to compute `inputs · √variance + mean` instead.

    >>> import numpy as np
    >>> from minigrad import layers
    >>> layer = layers.Normalization()
    >>> layer.adapt(np.array([[0.0, 7.0], [2.0, 9.0]], "float32"))
    >>> layer(np.array([[1.0, 8.0], [2.0, 7.0]], "float32")).numpy()
    array([[ 0.,  0.],
           [ 1., -1.]], dtype=float32)
    """

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        if axis is None:
            axis = ()
        self.axis = (axis,) if isinstance(axis, int) else tuple(axis)
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. "
                f"Received: mean={mean} and variance={variance}"
            )
        if mean is not None:
            if np.shape(mean) != np.shape(variance):
                raise ValueError(
                    "When setting values directly, `mean` and `variance` must have the same shape. "
                    f"Received: mean shape {np.shape(mean)} and variance shape "
                    f"{np.shape(variance)}"
                )
            if np.ndim(mean) > len(self.axis):
                raise ValueError(
                    "The rank of `mean` must be less than or equal to the number of axes "
                    f"({len(self.axis)}). Received: mean shape {np.shape(mean)} for axis "
                    f"{self.axis}"
                )
        self.input_mean = mean
        self.input_variance = variance
        self.invert = invert
        self.supports_masking = True
        self._allow_non_tensor_positional_args = True
        self._kept = None

    def build(self, input_shape):
        ndim = len(input_shape)
        if any(not -ndim <= axis < ndim for axis in self.axis):
            raise ValueError(
                "All `axis` values must be in the range [-ndim, ndim). "
                f"Received inputs with ndim={ndim}, while axis={self.axis}"
            )
        self._kept = tuple(sorted(axis % ndim for axis in self.axis))
        if any(input_shape[axis] is None for axis in self._kept):
            raise ValueError(
                "All `axis` values to be kept must have a known shape. "
                f"Received: axis={self.axis}, inputs.shape={input_shape}"
            )
        shape = tuple(input_shape[axis] for axis in self._kept)
        self._broadcast_shape = tuple(
            input_shape[axis] if axis in self._kept else 1 for axis in range(ndim)
        )
        if self.input_mean is None:
            for name, start in (("mean", "zeros"), ("variance", "ones")):
                weight = self.add_weight(name=name, shape=shape, initializer=start, trainable=False)
                setattr(self, f"adapt_{name}", weight)
            # Kept for files: it was there when layers were adapted step by step.
            self.count = self.add_weight(
                name="count", shape=(), dtype="int32", initializer="zeros", trainable=False
            )
        else:
            self._given_mean = self._fitted(self.input_mean)
            self._given_variance = self._fitted(self.input_variance)

    def _fitted(self, value):
        """A given array, its axes those that are kept, or the last of them."""
        value = np.asarray(value, settings.floatx())
        shape = [1] * len(self._broadcast_shape)
        for axis, length in zip(self._kept[::-1], value.shape[::-1], strict=False):
            shape[axis] = length
        return np.broadcast_to(value.reshape(shape), self._broadcast_shape)

    @property
    def mean(self):
        """The mean, in a shape that is broadcast to the inputs; None if not built."""
        return self._statistic("mean")

    @property
    def variance(self):
        """The variance, in a shape that is broadcast to the inputs; None if not built."""
        return self._statistic("variance")

    def _statistic(self, name):
        if self._kept is None:
            return None
        if self.input_mean is not None:
            return ops.convert_to_tensor(getattr(self, f"_given_{name}"), self.compute_dtype)
        weight = ops.cast(getattr(self, f"adapt_{name}"), self.compute_dtype)
        return ops.reshape(weight, self._broadcast_shape)

    def adapt(self, data):
        """Find mean and variance.

        Args:
            data: An array, a PyDataset, or anything that yields batches; of a tuple (inputs,
                targets) the first is taken.

        Raises ValueError for no data, or batches of another shape, TypeError for what is neither.
        """
        if self.input_mean is not None:
            raise ValueError(
                f"{self.name}: a layer that was given `mean` and `variance` cannot be adapted. "
                f"Received: mean={self.input_mean}"
            )
        count, mean, variance = 0, 0.0, 0.0
        for batch in _batches(data):
            if not self.built:
                self.build(batch.shape)
            self._check(batch)
            reduced = tuple(axis for axis in range(batch.ndim) if axis not in self._kept)
            n = int(np.prod([batch.shape[axis] for axis in reduced]))
            new_mean = batch.mean(axis=reduced, dtype="float64")
            new_variance = batch.var(axis=reduced, dtype="float64")
            # Of two parts together (Chan et al. 1979).
            share, distance = n / (count + n), new_mean - mean
            variance = variance * (1 - share) + new_variance * share
            variance = variance + distance**2 * share * (1 - share)
            mean = mean + distance * share
            count += n
        if not count:
            raise ValueError(
                "adapt() received an empty iterable (no batches). Pass arrays that are not empty. "
                f"Received: data={data}"
            )
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)

    def _check(self, batch):
        if batch.ndim != len(self._broadcast_shape) or any(
            batch.shape[axis] != self._broadcast_shape[axis] for axis in self._kept
        ):
            raise ValueError(
                "adapt() was given data with an incompatible shape. The axes "
                f"{self._kept} must be as in {self._broadcast_shape}, for which the layer was "
                f"built. Received: data.shape={batch.shape}"
            )

    def finalize_state(self):
        """Nothing is left to do after `adapt`; kept for Keras's callers."""

    def call(self, inputs):
        inputs = ops.convert_to_tensor(inputs, self.compute_dtype)
        deviation = ops.maximum(ops.sqrt(self.variance), settings.epsilon())
        if self.invert:
            return self.mean + inputs * deviation
        return (inputs - self.mean) / deviation

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        for name, value in (("mean", self.input_mean), ("variance", self.input_variance)):
            config[name] = None if value is None else np.asarray(value).tolist()
        return config


def _batches(data):
    """The arrays of `data`, one after the other."""
    if hasattr(data, "__array__"):  # a pandas table, too
        yield np.asarray(data)
        return
    if isinstance(data, PyDataset):
        dataset = data
        data = (dataset[i] for i in range(dataset.num_batches))
    if not hasattr(data, "__iter__"):
        raise TypeError(
            f"Unsupported data type: {type(data)}. `adapt` supports arrays, tensors, `PyDataset` "
            f"and iterables of batches. Received: data={data}"
        )
    for batch in data:
        if isinstance(batch, (tuple, list)) and batch:
            batch = batch[0]
        if not hasattr(batch, "shape"):
            raise TypeError(
                "adapt() expects an iterable that yields arrays or tensors. "
                f"Received: an element of type {type(batch).__name__}"
            )
        yield np.asarray(batch)
