"""Training compiled equals training eagerly for every loss and metric.

Each by itself is replayed in both precisions in test_every_loss.py; here each is part of a model.
"""

import inspect

import numpy as np
import pytest

import minigrad as keras
from minigrad import layers, losses, metrics
from tests.compile.trainings import assert_compiled_equals_eager, dense, rows, sequences

pytestmark = pytest.mark.usefixtures("kernels", "no_messages")
both_precisions = pytest.mark.parametrize("dtype", ["float32", "float64"])

CLASSES = np.array([0, 1, 2, 3, 1, 0])

LOSSES = {  # the loss, the activation before it, and whether the targets are numbers of classes
    "MeanSquaredError": (losses.MeanSquaredError, None),
    "MeanAbsoluteError": (losses.MeanAbsoluteError, None),
    "MeanAbsolutePercentageError": (losses.MeanAbsolutePercentageError, None),
    "MeanSquaredLogarithmicError": (losses.MeanSquaredLogarithmicError, None),
    "Huber": (losses.Huber, None),
    "LogCosh": (losses.LogCosh, None),
    "CosineSimilarity": (losses.CosineSimilarity, None),
    "KLDivergence": (losses.KLDivergence, "softmax"),
    "Poisson": (losses.Poisson, "softplus"),
    "Hinge": (losses.Hinge, None),
    "SquaredHinge": (losses.SquaredHinge, None),
    "CategoricalHinge": (losses.CategoricalHinge, None),
    "BinaryCrossentropy": (losses.BinaryCrossentropy, "sigmoid"),
    "BinaryFocalCrossentropy": (losses.BinaryFocalCrossentropy, "sigmoid"),
    "CategoricalCrossentropy": (losses.CategoricalCrossentropy, "softmax"),
    "CategoricalFocalCrossentropy": (losses.CategoricalFocalCrossentropy, "softmax"),
    "CategoricalCrossentropy of logits": (
        lambda: losses.CategoricalCrossentropy(from_logits=True),
        None,
    ),
    "CategoricalGeneralizedCrossEntropy": (losses.CategoricalGeneralizedCrossEntropy, "softmax"),
    "SparseCategoricalCrossentropy": (losses.SparseCategoricalCrossentropy, "softmax"),
    "SparseCategoricalCrossentropy of logits": (
        lambda: losses.SparseCategoricalCrossentropy(from_logits=True),
        None,
    ),
    "Dice": (losses.Dice, "sigmoid"),
    "Tversky": (losses.Tversky, "sigmoid"),
    "Circle": (losses.Circle, None),
}
BY_CLASS = {  # their targets are numbers of classes
    "CategoricalGeneralizedCrossEntropy",
    "Circle",
    "SparseCategoricalCrossentropy",
    "SparseCategoricalCrossentropy of logits",
}


def public(namespace, base):
    """Names of the classes, without second names."""
    return {
        name
        for name, thing in vars(namespace).items()
        if inspect.isclass(thing) and issubclass(thing, base) and thing.__name__ == name
    }


def test_every_public_loss_is_trained_with():
    apart = {"CTC", "Loss", "LossFunctionWrapper"}  # the first: below, the others: bases
    assert {name.split()[0] for name in LOSSES} == public(losses, losses.Loss) - apart


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted, dtype", [(False, "float64"), (True, "float32")])
def test_losses(name, weighted, dtype):
    make, activation = LOSSES[name]
    y = CLASSES if name in BY_CLASS else np.eye(4, dtype=dtype)[CLASSES]
    if name == "MeanAbsolutePercentageError":
        y = y + 1
    arguments = {} if name in BY_CLASS else {"metrics": ["mae"]}
    weights = np.array([1, 0, 2, 1, 0.5, 3], dtype) if weighted else None

    def make_model():
        return keras.Sequential([dense(8, "relu"), dense(4, activation)])

    x = rows(dtype=dtype)
    assert_compiled_equals_eager(
        make_model, x, y, dtype, loss=make, sample_weight=weights, **arguments
    )


@both_precisions
def test_ctc(dtype):
    def make_model():
        return keras.Sequential([layers.Conv1D(6, 3, padding="same"), dense(4)])

    y = np.array([[1, 2, 1], [3, 3, 0], [2, 0, 0], [1, 3, 2], [1, 1, 0], [3, 0, 0]])
    x = sequences(6, 7, 5, dtype)
    assert_compiled_equals_eager(make_model, x, y, dtype, loss=losses.CTC)


BY_CLASS_METRICS = {
    "IoU": {"num_classes": 4, "target_class_ids": [0, 2], "sparse_y_pred": False},
    "MeanIoU": {"num_classes": 4, "sparse_y_pred": False},
    "SparseCategoricalAccuracy": {},
    "SparseCategoricalCrossentropy": {},
    "SparseTopKCategoricalAccuracy": {"k": 2},
}
ARGUMENTS = {
    "BinaryIoU": {"target_class_ids": [0, 1], "threshold": 0.3},
    "FBetaScore": {"beta": 2.0, "threshold": 0.3},
    "MeanMetricWrapper": {"fn": losses.mean_absolute_error},
    "OneHotIoU": {"num_classes": 4, "target_class_ids": [0, 2]},
    "OneHotMeanIoU": {"num_classes": 4},
    "PrecisionAtRecall": {"recall": 0.5},
    "R2Score": {"num_regressors": 2},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "TopKCategoricalAccuracy": {"k": 2},
}
NOT_OF_PREDICTIONS = {"Mean", "Metric", "Sum"}
NOT_BY_ROW = {"BinaryIoU"}  # it weighs each element of a label


@pytest.mark.parametrize("name", sorted(public(metrics, metrics.Metric) - NOT_OF_PREDICTIONS))
def test_metrics(name):
    by_class = name in BY_CLASS_METRICS
    kwargs = {**BY_CLASS_METRICS, **ARGUMENTS}.get(name, {})

    def make_model():
        return keras.Sequential([dense(8, "relu"), dense(4, "softmax")])

    assert_compiled_equals_eager(
        make_model,
        rows(),
        CLASSES if by_class else np.eye(4, dtype="float32")[CLASSES],
        loss=("sparse_" if by_class else "") + "categorical_crossentropy",
        metrics=lambda: [getattr(metrics, name)(**kwargs)],
        weighted_metrics=None
        if name in NOT_BY_ROW
        else lambda: [getattr(metrics, name)(**kwargs, name="weighted")],
        sample_weight=np.array([1, 0, 2, 1, 1, 3]),
    )


@both_precisions
def test_what_a_model_adds_to_mean_and_sum(dtype):
    """`Mean` and `Sum` of values that a `train_step` of the user's has at hand."""

    class Watched(keras.Sequential):
        def __init__(self, *args):
            super().__init__(*args)
            self.watched = [metrics.Mean(name="mean"), metrics.Sum(name="sum")]

        def train_step(self, data):
            logs = super().train_step(data)
            for metric in self.watched:
                metric.update_state(keras.ops.abs(self.layers[0].kernel))
            return {**logs, **{metric.name: metric.result() for metric in self.watched}}

    def make_model():
        return Watched([dense(3, "tanh"), dense(2)])

    x, y = rows(dtype=dtype), rows(6, 2, dtype, seed=1)
    assert_compiled_equals_eager(make_model, x, y, dtype)
