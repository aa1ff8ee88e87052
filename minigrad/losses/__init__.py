"""What training makes small: `minigrad.losses` is Keras's `keras.losses`."""

from minigrad.losses.circle import Circle, circle
from minigrad.losses.crossentropies import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from minigrad.losses.ctc import CTC, ctc
from minigrad.losses.hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from minigrad.losses.loss import Loss
from minigrad.losses.probabilistic import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from minigrad.losses.reduction import squeeze_or_expand_to_same_rank
from minigrad.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from minigrad.losses.segmentation import Dice, Tversky, dice, tversky
from minigrad.losses.wrapper import LossFunctionWrapper
from minigrad.saving.identifiers import interpret
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_ALL = (
    *(Loss, LossFunctionWrapper),
    *(KLDivergence, Poisson, BinaryCrossentropy, BinaryFocalCrossentropy),
    *(CategoricalCrossentropy, CategoricalFocalCrossentropy, SparseCategoricalCrossentropy),
    *(CategoricalGeneralizedCrossEntropy, MeanSquaredError, MeanAbsoluteError),
    *(MeanAbsolutePercentageError, MeanSquaredLogarithmicError, CosineSimilarity),
    *(LogCosh, Huber, Hinge, SquaredHinge, CategoricalHinge, Dice, Tversky, Circle, CTC),
    *(kl_divergence, poisson, binary_crossentropy, binary_focal_crossentropy),
    *(categorical_crossentropy, categorical_focal_crossentropy, sparse_categorical_crossentropy),
    *(categorical_generalized_cross_entropy, mean_squared_error, mean_absolute_error),
    *(mean_absolute_percentage_error, mean_squared_logarithmic_error, cosine_similarity),
    *(log_cosh, huber, hinge, squared_hinge, categorical_hinge, dice, tversky, circle, ctc),
)
_SHORT = {
    "bce": binary_crossentropy,
    "kld": kl_divergence,
    "mae": mean_absolute_error,
    "mse": mean_squared_error,
    "mape": mean_absolute_percentage_error,
    "msle": mean_squared_logarithmic_error,
}
_TABLE = {
    **{one.__name__: one for one in _ALL},
    **_SHORT,
    **{name.upper(): function for name, function in _SHORT.items()},
}


def is_loss(function):
    """Whether a function, or what has this class, is a loss of this module: less is better."""
    return any(function is one or type(function) is one for one in _ALL)


def serialize(loss):
    """A loss, an object or a function, as a config in Keras's format."""
    return serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss that a config or a name stands for."""
    return deserialize_keras_object(name, module_objects=_TABLE, custom_objects=custom_objects)


def get(identifier):
    """The loss that a name, config, class or callable stands for; None for None.

    Raises ValueError for what means nothing.

    >>> get("mse").__name__, type(get("MeanSquaredError")).__name__
    ('mean_squared_error', 'MeanSquaredError')
    """
    return interpret(identifier, "loss", deserialize)
