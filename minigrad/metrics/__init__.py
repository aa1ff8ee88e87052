"""What training is judged by: `minigrad.metrics` is Keras's `keras.metrics`."""

from minigrad.losses import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from minigrad.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from minigrad.metrics.auc import AUC
from minigrad.metrics.correlation import (
    ConcordanceCorrelation,
    PearsonCorrelation,
    concordance_correlation,
    pearson_correlation,
)
from minigrad.metrics.counts import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from minigrad.metrics.f_score import F1Score, FBetaScore
from minigrad.metrics.iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from minigrad.metrics.margins import CategoricalHinge, Hinge, SquaredHinge
from minigrad.metrics.metric import Metric
from minigrad.metrics.operating_points import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from minigrad.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from minigrad.metrics.r2_score import R2Score
from minigrad.metrics.reduction import Mean, MeanMetricWrapper, Sum, reduce_to_samplewise_values
from minigrad.metrics.regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    RootMeanSquaredError,
)
from minigrad.saving.identifiers import interpret, table_of
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_SHORT = {
    "bce": BinaryCrossentropy,
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}
_TABLE = table_of(
    *(Metric, Mean, Sum, MeanMetricWrapper),
    *(MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError),
    *(MeanSquaredLogarithmicError, CosineSimilarity, LogCoshError),
    *(R2Score, PearsonCorrelation, ConcordanceCorrelation, AUC, Precision, Recall),
    *(TruePositives, TrueNegatives, FalsePositives, FalseNegatives),
    *(PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity),
    *(F1Score, FBetaScore, IoU, BinaryIoU, MeanIoU, OneHotIoU, OneHotMeanIoU),
    *(Hinge, SquaredHinge, CategoricalHinge, KLDivergence, Poisson),
    *(BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy),
    *(Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy),
    *(TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy),
    **_SHORT,
    **{name.upper(): cls for name, cls in _SHORT.items()},
)


def serialize(metric):
    """A metric, an object or a function, as a config in Keras's format."""
    return serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric that a config or a name stands for."""
    return deserialize_keras_object(config, module_objects=_TABLE, custom_objects=custom_objects)


def get(identifier):
    """The metric that a name, config, class or callable stands for; None for None.

    Raises ValueError for what means nothing.

    >>> type(get("mse")).__name__
    'MeanSquaredError'
    """
    return interpret(identifier, "metric", deserialize)
