"""Cases of the metrics: results batch by batch, with and without sample weights, and the state."""

from tests.golden.cases.spec import (
    BOTH,
    SINGLE,
    Array,
    Case,
    integers,
    labels,
    normal,
    one_hot,
    positive,
    signs,
    simplex,
    unit,
    values,
)


def metric(name: str, *batches: list, slack: float = 1.0, **kwargs) -> Case:
    """A metric made with `kwargs` and updated with each batch, a list of arguments."""
    dtypes = SINGLE if name.endswith("IoU") else BOTH  # Keras counts in float32 there
    return Case(f"metrics.{name}", kwargs, batches, {}, slack, dtypes)


def plain_and_weighted(name: str, truth: Array, predicted: Array, **kwargs) -> list[Case]:
    """Two batches without weights; two with a weight for each row."""
    batch = [truth, predicted]
    weighted = [*batch, positive(predicted.shape[0])]
    return [metric(name, batch, batch, **kwargs), metric(name, weighted, weighted, **kwargs)]


def weighted_mean_of(y_true, y_pred):
    return (y_true - y_pred) * (y_true - y_pred)


CONTINUOUS = (normal(4, 3), normal(4, 3))
EVENTS = (labels(2, 4, 3), unit(4, 3))
FLAGS = (values([0.0, 1.0, 1.0, 0.0, 1.0, 0.0]), unit(6))
CHOICES = (one_hot(4, 5), simplex(4, 5))
INDICES = (integers(5, 4), simplex(4, 5))
CLASS_IDS = (integers(3, 8), integers(3, 8))
BOTH_CLASSES = values([0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0])
SCORES = values([0.13, 0.52, 0.87, 0.61, 0.44, 0.08, 0.93, 0.31])

TABLE: dict[str, list[tuple[tuple, dict]]] = {
    "MeanSquaredError": [(CONTINUOUS, {})],
    "RootMeanSquaredError": [(CONTINUOUS, {})],
    "MeanAbsoluteError": [(CONTINUOUS, {})],
    "MeanAbsolutePercentageError": [(CONTINUOUS, {})],
    "MeanSquaredLogarithmicError": [((positive(4, 3), positive(4, 3)), {})],
    "LogCoshError": [(CONTINUOUS, {})],
    "CosineSimilarity": [(CONTINUOUS, {})],
    "KLDivergence": [((simplex(4, 5), simplex(4, 5)), {})],
    "Poisson": [((positive(4, 3), positive(4, 3)), {})],
    "Hinge": [((signs(4, 3), normal(4, 3)), {}), ((labels(2, 4, 3), normal(4, 3)), {})],
    "SquaredHinge": [((signs(4, 3), normal(4, 3)), {})],
    "CategoricalHinge": [((one_hot(4, 5), normal(4, 5)), {})],
    "BinaryCrossentropy": [
        (EVENTS, {}),
        ((labels(2, 4, 3), normal(4, 3)), {"from_logits": True, "label_smoothing": 0.2}),
    ],
    "CategoricalCrossentropy": [
        (CHOICES, {}),
        ((one_hot(4, 5), normal(4, 5)), {"from_logits": True, "label_smoothing": 0.1}),
    ],
    "SparseCategoricalCrossentropy": [
        (INDICES, {}),
        ((integers(5, 4), normal(4, 5)), {"from_logits": True}),
    ],
    "Accuracy": [
        ((values([1.0, 2.0, 3.0, 4.0]), values([1.0, 2.0, 0.0, 4.0])), {}),
        ((integers(3, 4, 2), integers(3, 4, 2)), {}),
    ],
    "BinaryAccuracy": [(EVENTS, {}), (EVENTS, {"threshold": 0.7}), ((FLAGS[0], FLAGS[1]), {})],
    "CategoricalAccuracy": [(CHOICES, {}), ((one_hot(4, 2, 3), simplex(4, 2, 3)), {})],
    "SparseCategoricalAccuracy": [
        (INDICES, {}),
        ((integers(5, 4, 1), simplex(4, 5)), {}),
    ],
    "TopKCategoricalAccuracy": [(CHOICES, {"k": 2}), (CHOICES, {"k": 1})],
    "SparseTopKCategoricalAccuracy": [
        (INDICES, {"k": 2}),
        (
            (integers(5, 4), values([[1, 2], [0, 4], [3, 2], [1, 0]], "int32")),
            {"k": 2, "from_sorted_ids": True},
        ),
    ],
    "TruePositives": [(EVENTS, {}), (EVENTS, {"thresholds": [0.2, 0.5, 0.8]})],
    "TrueNegatives": [(EVENTS, {}), (EVENTS, {"thresholds": [0.2, 0.5, 0.8]})],
    "FalsePositives": [(EVENTS, {}), (EVENTS, {"thresholds": 0.3})],
    "FalseNegatives": [(EVENTS, {}), (EVENTS, {"thresholds": 0.3})],
    "Precision": [
        (EVENTS, {}),
        (EVENTS, {"thresholds": [0.3, 0.6]}),
        (CHOICES, {"top_k": 2}),
        (CHOICES, {"class_id": 1, "thresholds": 0.2}),
        (CHOICES, {"top_k": 3, "class_id": 2}),
    ],
    "Recall": [
        (EVENTS, {}),
        (EVENTS, {"thresholds": [0.3, 0.6]}),
        (CHOICES, {"top_k": 2}),
        (CHOICES, {"class_id": 1, "thresholds": 0.2}),
    ],
    "AUC": [
        ((BOTH_CLASSES, SCORES), {"num_thresholds": 20}),
        ((BOTH_CLASSES, SCORES), {}),
        ((BOTH_CLASSES, SCORES), {"curve": "PR", "num_thresholds": 20}),
        ((BOTH_CLASSES, SCORES), {"summation_method": "minoring", "num_thresholds": 20}),
        ((BOTH_CLASSES, SCORES), {"summation_method": "majoring", "num_thresholds": 20}),
        (
            (BOTH_CLASSES, SCORES),
            {"curve": "PR", "summation_method": "majoring", "thresholds": [0.1, 0.4, 0.7]},
        ),
        ((BOTH_CLASSES, normal(8)), {"from_logits": True, "num_thresholds": 20}),
    ],
    "PrecisionAtRecall": [((BOTH_CLASSES, SCORES), {"recall": 0.6, "num_thresholds": 20})],
    "RecallAtPrecision": [((BOTH_CLASSES, SCORES), {"precision": 0.7, "num_thresholds": 20})],
    "SensitivityAtSpecificity": [
        ((BOTH_CLASSES, SCORES), {"specificity": 0.6, "num_thresholds": 20})
    ],
    "SpecificityAtSensitivity": [
        ((BOTH_CLASSES, SCORES), {"sensitivity": 0.6, "num_thresholds": 20})
    ],
    "F1Score": [
        (CHOICES, {}),
        (CHOICES, {"average": "macro"}),
        (CHOICES, {"average": "weighted"}),
        (EVENTS, {"average": "micro", "threshold": 0.5}),
    ],
    "FBetaScore": [(EVENTS, {"beta": 2.0, "threshold": 0.4}), (CHOICES, {"beta": 0.5})],
    "IoU": [(CLASS_IDS, {"num_classes": 3, "target_class_ids": [0, 2]})],
    "BinaryIoU": [((BOTH_CLASSES, SCORES), {"target_class_ids": [0, 1], "threshold": 0.4})],
    "MeanIoU": [
        (CLASS_IDS, {"num_classes": 3}),
        (CLASS_IDS, {"num_classes": 3, "ignore_class": 0}),
    ],
    "OneHotIoU": [((one_hot(6, 3), simplex(6, 3)), {"num_classes": 3, "target_class_ids": [0, 1]})],
    "OneHotMeanIoU": [((one_hot(6, 3), simplex(6, 3)), {"num_classes": 3})],
    "R2Score": [
        (CONTINUOUS, {}),
        (CONTINUOUS, {"class_aggregation": None}),
        (CONTINUOUS, {"class_aggregation": "variance_weighted_average"}),
        ((normal(6, 3), normal(6, 3)), {"num_regressors": 1}),
    ],
    "PearsonCorrelation": [((normal(3, 6), normal(3, 6)), {})],
    "ConcordanceCorrelation": [((normal(3, 6), normal(3, 6)), {})],
}

FUNCTIONS = {
    "binary_accuracy": EVENTS,
    "categorical_accuracy": CHOICES,
    "sparse_categorical_accuracy": INDICES,
    "pearson_correlation": (normal(3, 6), normal(3, 6)),
    "concordance_correlation": (normal(3, 6), normal(3, 6)),
}

CASES = [
    metric("Mean", [normal(4)], [normal(2, 3)]),
    metric("Mean", [normal(4), positive(4)], [normal(2, 3), positive(2, 3)]),
    metric("Mean", [normal(2, 3), positive(2)], [values(2.5)]),
    metric("Mean", [normal(3), values([0.0, 0.0, 0.0])]),
    metric("Sum", [normal(4)], [normal(2, 3)]),
    metric("Sum", [normal(4), positive(4)], [normal(2, 3), positive(2)]),
    *plain_and_weighted("MeanMetricWrapper", *CONTINUOUS, fn=weighted_mean_of),
    *[
        case
        for name, configurations in TABLE.items()
        for pair, kwargs in configurations
        for case in plain_and_weighted(name, *pair, **kwargs)
    ],
    metric("MeanAbsoluteError", [normal(4), normal(4)]),
    metric("CosineSimilarity", [*CONTINUOUS], axis=0),
    metric("AUC", [labels(2, 6, 2), unit(6, 2)], multi_label=True, num_labels=2, num_thresholds=10),
    metric(
        "AUC",
        [labels(2, 6, 2), unit(6, 2)],
        multi_label=True,
        num_labels=2,
        num_thresholds=10,
        label_weights=[0.25, 0.75],
    ),
    metric(
        "IoU",
        [one_hot(6, 3), simplex(6, 3)],
        num_classes=3,
        target_class_ids=[1],
        sparse_y_true=False,
        sparse_y_pred=False,
    ),
    *[metric(name, [*pair]) for name, pair in FUNCTIONS.items()],
    metric("binary_accuracy", [*EVENTS], threshold=0.3),
    metric("top_k_categorical_accuracy", [*CHOICES], k=2),
    metric("sparse_top_k_categorical_accuracy", [*INDICES], k=2),
]
