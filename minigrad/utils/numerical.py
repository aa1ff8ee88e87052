"""Arrays for training: classes as rows with a one, vectors of length one."""

import numpy as np

from minigrad import ops
from minigrad.autograd.tensor import Tensor


def to_categorical(x, num_classes=None):
    """Class numbers as rows of zeros with a one ("one-hot").

    Args:
        x: Array-like of ints from 0 to `num_classes - 1`, of any shape; a last axis of length 1 is
            dropped.
        num_classes: By default the greatest class + 1.

    Returns:
        Of shape `x.shape + (num_classes,)`: a NumPy array, or a Tensor if `x` is one.

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    classes = np.array(x, dtype="int64")
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if not num_classes:
        num_classes = int(classes.max()) + 1
    if isinstance(x, Tensor):
        return ops.one_hot(classes, num_classes)
    rows = np.zeros((classes.size, num_classes))
    rows[np.arange(classes.size), classes.ravel()] = 1
    return rows.reshape(*classes.shape, num_classes)


def normalize(x, axis=-1, order=2):
    """`x` divided by its norm along an axis; a row of zeros stays as it is.

    Args:
        x: Array or Tensor; the result is of the same kind.
        axis: Along which the norm is taken.
        order: Of the norm: 2 is the Euclidean one.

    >>> normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    if isinstance(x, Tensor):
        return ops.normalize(x, axis=axis, order=order)
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)
