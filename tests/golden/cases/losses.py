"""Cases of the losses, as classes and as functions: values and gradients for the predictions."""

from tests.golden.cases.spec import (
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


def loss(name: str, truth: Array, predicted: Array, *weight: Array, slack=1.0, **kwargs) -> Case:
    """A loss made with `kwargs` and called with truth, predictions and perhaps sample weights."""
    return Case(f"losses.{name}", kwargs, (truth, predicted, *weight), {}, slack)


REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)

# What each class is fed with: (truth, predictions), and one further configuration.
CONTINUOUS = (normal(3, 4), normal(3, 4))
FAR = (normal(3, 4), values([[-3.0, 0.3, 2.5, 5.0]] * 3))
EVENTS = (labels(2, 3, 4), unit(3, 4))
EVENT_LOGITS = (labels(2, 3, 4), normal(3, 4))
CHOICES = (one_hot(3, 5), simplex(3, 5))
CHOICE_LOGITS = (one_hot(3, 5), normal(3, 5))
INDICES = (integers(5, 3), simplex(3, 5))
INDEX_LOGITS = (integers(5, 3), normal(3, 5))
MARGINS = (signs(3, 4), normal(3, 4))
COUNTS = (positive(3, 4), positive(3, 4))
EXTREME = values([[0.0, 1e-9, 0.5]])
EXTREME_TRUTH = values([[0.0, 1.0, 1.0]])

TABLE: dict[str, list[tuple[tuple, dict]]] = {
    "MeanSquaredError": [(CONTINUOUS, {}), ((normal(2, 3, 2), normal(2, 3, 2)), {})],
    "MeanAbsoluteError": [(CONTINUOUS, {}), ((normal(2, 3, 2), normal(2, 3, 2)), {})],
    "MeanAbsolutePercentageError": [(CONTINUOUS, {})],
    "MeanSquaredLogarithmicError": [(COUNTS, {}), (CONTINUOUS, {})],
    "Huber": [(CONTINUOUS, {}), (FAR, {"delta": 0.5}), (FAR, {"delta": 2.0})],
    "LogCosh": [(CONTINUOUS, {}), (FAR, {})],
    "Poisson": [(COUNTS, {})],
    "KLDivergence": [((simplex(3, 5), simplex(3, 5)), {})],
    "CosineSimilarity": [(CONTINUOUS, {}), (CONTINUOUS, {"axis": 0})],
    "Hinge": [(MARGINS, {}), ((labels(2, 3, 4), normal(3, 4)), {})],
    "SquaredHinge": [(MARGINS, {}), ((labels(2, 3, 4), normal(3, 4)), {})],
    "CategoricalHinge": [((one_hot(3, 5), normal(3, 5)), {})],
    "BinaryCrossentropy": [
        (EVENTS, {}),
        (EVENT_LOGITS, {"from_logits": True}),
        (EVENTS, {"label_smoothing": 0.2}),
        (EVENT_LOGITS, {"from_logits": True, "label_smoothing": 0.2}),
        ((labels(2, 3, 4), unit(3, 4)), {"axis": 1}),
        ((labels(2, 2, 3, 2), normal(2, 3, 2)), {"from_logits": True}),
        ((labels(2, 3, 1), unit(3, 1)), {}),
    ],
    "BinaryFocalCrossentropy": [
        (EVENTS, {}),
        (EVENTS, {"gamma": 3.0}),
        (EVENTS, {"apply_class_balancing": True, "alpha": 0.3}),
        (EVENT_LOGITS, {"from_logits": True}),
        (EVENT_LOGITS, {"from_logits": True, "label_smoothing": 0.1}),
    ],
    "CategoricalCrossentropy": [
        (CHOICES, {}),
        (CHOICE_LOGITS, {"from_logits": True}),
        (CHOICES, {"label_smoothing": 0.1}),
        (CHOICE_LOGITS, {"from_logits": True, "label_smoothing": 0.1}),
        ((simplex(3, 5), positive(3, 5)), {}),
        ((simplex(2, 3, 4), normal(2, 3, 4)), {"from_logits": True, "axis": 1}),
    ],
    "CategoricalFocalCrossentropy": [
        (CHOICES, {}),
        (CHOICES, {"alpha": 0.4, "gamma": 1.0}),
        (CHOICE_LOGITS, {"from_logits": True}),
        (CHOICE_LOGITS, {"from_logits": True, "label_smoothing": 0.1}),
    ],
    "CategoricalGeneralizedCrossEntropy": [(INDICES, {}), (INDICES, {"q": 0.8})],
    "SparseCategoricalCrossentropy": [
        (INDICES, {}),
        (INDEX_LOGITS, {"from_logits": True}),
        ((integers(5, 3, 1), normal(3, 5)), {"from_logits": True}),
        ((integers(5, 2, 3), normal(2, 3, 5)), {"from_logits": True}),
        ((values([0, 2, 1, 2], "int32"), normal(4, 3)), {"from_logits": True, "ignore_class": 2}),
        ((values([0, 2, 1, 2], "int32"), simplex(4, 3)), {"ignore_class": 2}),
        ((values([0, -1, 1], "int32"), normal(3, 4)), {"from_logits": True, "ignore_class": -1}),
    ],
    "Dice": [(EVENTS, {}), ((labels(2, 2, 3, 2), unit(2, 3, 2)), {"axis": (1, 2)})],
    "Tversky": [
        (EVENTS, {}),
        (EVENTS, {"alpha": 0.3, "beta": 0.7}),
        ((labels(2, 2, 3, 2), unit(2, 3, 2)), {"axis": (1, 2)}),
    ],
    "Circle": [
        ((values([0, 1, 0, 1, 2, 2], "int32"), normal(6, 4)), {"gamma": 5.0}),
        ((values([0, 1, 0, 1], "int32"), normal(4, 3)), {"gamma": 2.0, "margin": 0.25}),
    ],
    "CTC": [((values([[1, 2, 1], [3, 3, 0]], "int32"), normal(2, 7, 5)), {})],
}

# Classes that weigh samples per row; with (rows, columns) inputs, each row is a sample.
FUNCTIONS = {
    "mean_squared_error": CONTINUOUS,
    "mean_absolute_error": CONTINUOUS,
    "mean_absolute_percentage_error": CONTINUOUS,
    "mean_squared_logarithmic_error": COUNTS,
    "huber": CONTINUOUS,
    "log_cosh": CONTINUOUS,
    "poisson": COUNTS,
    "kl_divergence": (simplex(3, 5), simplex(3, 5)),
    "cosine_similarity": CONTINUOUS,
    "hinge": MARGINS,
    "squared_hinge": MARGINS,
    "categorical_hinge": (one_hot(3, 5), normal(3, 5)),
    "binary_crossentropy": EVENTS,
    "binary_focal_crossentropy": EVENTS,
    "categorical_crossentropy": CHOICES,
    "categorical_focal_crossentropy": CHOICES,
    "sparse_categorical_crossentropy": INDICES,
    "dice": EVENTS,
    "tversky": EVENTS,
    "ctc": (values([[1, 2, 1], [3, 3, 0]], "int32"), normal(2, 7, 5)),
}


def rows(name: str) -> int:
    return TABLE[name][0][0][1].shape[0]


CASES = [
    *[loss(name, *pair, **kwargs) for name, cases in TABLE.items() for pair, kwargs in cases],
    # Every class under every reduction, plain and weighted.
    *[
        loss(name, *cases[0][0], positive(rows(name)), reduction=reduction, **cases[0][1])
        for name, cases in TABLE.items()
        if name not in ("Dice", "Tversky")  # one number for the batch: nothing to weigh
        for reduction in (("sum_over_batch_size", "none") if name != "Huber" else ())
    ],
    *[
        loss("Huber", *CONTINUOUS, *weight, reduction=reduction)
        for reduction in REDUCTIONS
        for weight in ((), (positive(3),), (values([0.0, 1.0, 0.5]),))
    ],
    *[
        loss("MeanSquaredError", *CONTINUOUS, weight, reduction=reduction)
        for reduction in ("sum_over_batch_size", "mean_with_sample_weight")
        for weight in (positive(3, 1), values(2.0), values([[0.0], [0.0], [0.0]]))
    ],
    loss("MeanAbsoluteError", normal(2, 3, 2), normal(2, 3, 2), positive(2, 3)),
    loss(
        "SparseCategoricalCrossentropy",
        integers(5, 3),
        normal(3, 5),
        positive(3),
        from_logits=True,
        reduction="sum",
    ),
    # Ties and the ends of the range.
    loss("MeanAbsoluteError", values([[1.0, 2.0]]), values([[1.0, 3.0]])),
    loss("Huber", values([[1.0, 2.0, 3.0]]), values([[1.0, 3.0, 2.0]])),
    loss("Hinge", values([[1.0, -1.0]]), values([[1.0, -1.0]])),
    loss("BinaryCrossentropy", EXTREME_TRUTH, EXTREME),
    loss("BinaryCrossentropy", EXTREME_TRUTH, values([[80.0, -80.0, 0.0]]), from_logits=True),
    loss("CategoricalCrossentropy", values([[0.0, 1.0, 0.0]]), values([[0.0, 0.0, 1.0]])),
    loss(
        "CategoricalCrossentropy",
        values([[0.0, 1.0, 0.0]]),
        values([[300.0, -300.0, 0.0]]),
        from_logits=True,
    ),
    loss(
        "SparseCategoricalCrossentropy",
        values([1], "int32"),
        values([[300.0, -300.0, 0.0]]),
        from_logits=True,
    ),
    *[loss(name, *pair) for name, pair in FUNCTIONS.items()],
    loss("categorical_generalized_cross_entropy", *INDICES, q=0.7),
    loss("huber", *FAR, delta=0.5),
    loss("sparse_categorical_crossentropy", *INDEX_LOGITS, from_logits=True, ignore_class=1),
    Case(
        "losses.circle",
        {"gamma": 5.0},
        (values([0, 1, 0, 1], "int32"), normal(4, 3)),
        {
            "ref_labels": values([0, 1, 2], "int32"),
            "ref_embeddings": normal(3, 3),
            "remove_diagonal": False,
        },
    ),
    loss("circle", values([0, 1, 0, 1, 2], "int32"), normal(5, 3), gamma=5.0),
]
