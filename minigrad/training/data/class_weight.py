"""Weights of classes as weights of samples."""

import numpy as np

from minigrad import settings
from minigrad.training.data.adapter import as_array


def class_weight_to_sample_weights(y, class_weight):
    """The weight of each sample: that of its class, 1 for a class without one.

    Args:
        y: Targets: class numbers (n,) or (n, 1), or a score per class (n, …, classes).
        class_weight: `{class number: weight}`.

    Returns:
        An array of the shape of the class numbers, in `floatx()`.

    >>> class_weight_to_sample_weights(np.array([0, 1, 2]), {0: 0.5, 2: 3.0})
    array([0.5, 1. , 3. ], dtype=float32)
    """
    classes = as_array(y)
    if classes.ndim > 1:
        classes = classes[..., 0] if classes.shape[-1] == 1 else classes.argmax(-1)
    classes = np.round(classes).astype("int64")
    weights = np.ones(classes.shape, settings.floatx())
    for number, weight in class_weight.items():
        weights[classes == number] = weight
    return weights
