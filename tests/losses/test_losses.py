"""The losses against their formulas in NumPy, and as classes, by name and by config."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, losses
from tests.replaying import Replayed

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 4, 3))
P, Q = RNG.dirichlet(np.ones(3), size=(2, 4))
BITS = RNG.integers(0, 2, (4, 3)).astype(float)
U = RNG.uniform(0.05, 0.95, (4, 3))
LABELS = np.array([0, 2, 1, 1])
ONE_HOT = np.eye(3)[LABELS]
SIGNS = 2 * BITS - 1


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def bce(y, p):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def cosine(a, b):
    return (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


right = np.where(BITS == 1, U, 1 - U)

# function, arguments, keyword arguments, the formula
FORMULAS = [
    ("mean_squared_error", (A, B), {}, ((A - B) ** 2).mean(-1)),
    ("mean_absolute_error", (A, B), {}, np.abs(A - B).mean(-1)),
    ("mean_absolute_percentage_error", (A, B), {}, 100 * np.abs((A - B) / A).mean(-1)),
    ("mean_squared_logarithmic_error", (U, P), {}, (np.log1p(U) - np.log1p(P)) ** 2),
    ("cosine_similarity", (A, B), {}, -cosine(A, B)),
    ("cosine_similarity", (A, B), {"axis": 0}, -cosine(A.T, B.T)),
    ("huber", (A, B), {"delta": 10.0}, 0.5 * ((A - B) ** 2).mean(-1)),
    ("huber", (A, A + 3.0), {"delta": 0.5}, np.full(4, 0.5 * 3.0 - 0.125)),
    ("log_cosh", (A, B), {}, np.log(np.cosh(A - B)).mean(-1)),
    ("hinge", (SIGNS, A), {}, np.maximum(1 - SIGNS * A, 0).mean(-1)),
    ("hinge", (BITS, A), {}, np.maximum(1 - SIGNS * A, 0).mean(-1)),
    ("squared_hinge", (SIGNS, A), {}, (np.maximum(1 - SIGNS * A, 0) ** 2).mean(-1)),
    (
        "categorical_hinge",
        (ONE_HOT, A),
        {},
        np.maximum(((1 - ONE_HOT) * A).max(-1) - (ONE_HOT * A).sum(-1) + 1, 0),
    ),
    ("kl_divergence", (P, Q), {}, (P * np.log(P / Q)).sum(-1)),
    ("poisson", (BITS, U), {}, (U - BITS * np.log(U)).mean(-1)),
    ("binary_crossentropy", (BITS, U), {}, bce(BITS, U).mean(-1)),
    (
        "binary_crossentropy",
        (BITS, A),
        {"from_logits": True, "label_smoothing": 0.2},
        bce(0.8 * BITS + 0.1, 1 / (1 + np.exp(-A))).mean(-1),
    ),
    ("binary_focal_crossentropy", (BITS, U), {}, ((1 - right) ** 2 * bce(BITS, U)).mean(-1)),
    (
        "binary_focal_crossentropy",
        (BITS, U),
        {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.0},
        ((BITS * 0.3 + (1 - BITS) * 0.7) * (1 - right) * bce(BITS, U)).mean(-1),
    ),
    ("categorical_crossentropy", (P, Q), {}, -(P * np.log(Q)).sum(-1)),
    (
        "categorical_crossentropy",
        (ONE_HOT, A),
        {"from_logits": True, "label_smoothing": 0.3},
        -((0.7 * ONE_HOT + 0.1) * np.log(softmax(A))).sum(-1),
    ),
    (
        "categorical_focal_crossentropy",
        (ONE_HOT, Q),
        {"alpha": 0.5, "gamma": 3.0},
        -(0.5 * (1 - Q) ** 3 * ONE_HOT * np.log(Q)).sum(-1),
    ),
    ("sparse_categorical_crossentropy", (LABELS, Q), {}, -np.log(Q[range(4), LABELS])),
    (
        "sparse_categorical_crossentropy",
        (LABELS[:, None], A),
        {"from_logits": True},
        -np.log(softmax(A)[range(4), LABELS]),
    ),
    (
        "sparse_categorical_crossentropy",
        (LABELS, Q),
        {"ignore_class": 1},
        np.where(LABELS == 1, 0.0, -np.log(Q[range(4), LABELS])),
    ),
    (
        "categorical_generalized_cross_entropy",
        (LABELS, Q),
        {"q": 0.7},
        (1 - Q[range(4), LABELS] ** 0.7) / 0.7,
    ),
    ("dice", (BITS, U), {}, 1 - 2 * (BITS * U).sum() / (BITS.sum() + U.sum())),
    (
        "dice",
        (BITS, U),
        {"axis": 1},
        1 - 2 * (BITS * U).sum(1) / (BITS.sum(1) + U.sum(1) + 1e-7),
    ),
    (
        "tversky",
        (BITS, U),
        {"alpha": 0.3, "beta": 0.7},
        1
        - (BITS * U).sum()
        / ((BITS * U).sum() + 0.3 * (BITS * (1 - U)).sum() + 0.7 * ((1 - BITS) * U).sum()),
    ),
]
FORMULAS[3] = (*FORMULAS[3][:3], FORMULAS[3][3].mean(-1))

CLASSES = {
    "Huber": "huber",
    "BinaryCrossentropy": "binary_crossentropy",
    "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
    "CategoricalGeneralizedCrossEntropy": "categorical_generalized_cross_entropy",
    "CategoricalHinge": "categorical_hinge",
    "CosineSimilarity": "cosine_similarity",
    "CTC": "ctc",
    "Circle": "circle",
    "Dice": "dice",
    "Hinge": "hinge",
    "KLDivergence": "kl_divergence",
    "LogCosh": "log_cosh",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredError": "mean_squared_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "Poisson": "poisson",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "SquaredHinge": "squared_hinge",
    "Tversky": "tversky",
}


def label(x):
    return x if isinstance(x, str) else ""


@pytest.mark.parametrize(("name", "arguments", "keywords", "expected"), FORMULAS, ids=label)
def test_functions_are_their_formulas(name, arguments, keywords, expected):
    result = getattr(losses, name)(*arguments, **keywords)
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("name", "arguments", "keywords", "expected"), FORMULAS, ids=label)
def test_classes_take_the_mean_of_their_function(name, arguments, keywords, expected):
    cls = next(getattr(losses, c) for c, function in CLASSES.items() if function == name)
    loss = cls(**keywords, dtype="float64")
    if keywords.get("ignore_class") is not None:  # what is ignored does not count in the mean
        expected = expected[keywords["ignore_class"] != LABELS]
    assert float(loss(*arguments)) == pytest.approx(np.mean(expected), rel=1e-6)


def test_every_loss_class_is_in_the_table():
    public = {
        name
        for name, value in vars(losses).items()
        if isinstance(value, type) and issubclass(value, losses.LossFunctionWrapper)
    }
    assert public - {"LossFunctionWrapper"} == set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_configs_survive_a_round_trip(name):
    loss = getattr(losses, name)(reduction="sum", name="mine")
    config = losses.serialize(loss)
    assert config["module"] == "keras.losses" and config["class_name"] == name
    again = losses.deserialize(config)
    assert type(again) is type(loss) and again.get_config() == loss.get_config()
    assert again.get_config()["name"] == "mine" and again.get_config()["reduction"] == "sum"


def test_what_a_class_was_made_with_survives_too():
    for loss in (
        losses.Huber(delta=2.0),
        losses.CosineSimilarity(axis=0),
        losses.Dice(axis=(1, 2)),
    ):
        again = type(loss).from_config(loss.get_config())
        assert again.get_config() == loss.get_config()
    assert losses.Huber.from_config(losses.Huber(delta=2.0).get_config()).delta == 2.0


@pytest.mark.parametrize("name", CLASSES.values())
def test_functions_survive_a_round_trip(name):
    function = getattr(losses, name)
    assert losses.deserialize(losses.serialize(function)) is function
    assert losses.get(name) is function


def test_short_names():
    for short, name in (("mse", "mean_squared_error"), ("KLD", "kl_divergence")):
        assert losses.get(short) is getattr(losses, name)
    assert type(losses.get("MeanSquaredError")) is losses.MeanSquaredError
    assert type(losses.get(losses.Huber)) is losses.Huber
    assert losses.get(None) is None
    with pytest.raises(ValueError, match="Could not interpret loss identifier: typo"):
        losses.get("typo")


@mg.saving.register_keras_serializable("tests")
def cubed(y_true, y_pred, scale=1.0):
    return scale * mg.ops.mean(mg.ops.abs(y_true - y_pred) ** 3, axis=-1)


def test_a_function_of_one_s_own_becomes_a_loss_and_is_saved():
    loss = losses.LossFunctionWrapper(cubed, scale=2.0)
    assert float(loss(A, B)) == pytest.approx(2 * (np.abs(A - B) ** 3).mean(), rel=1e-5)
    again = losses.LossFunctionWrapper.from_config(loss.get_config())
    assert again.fn is cubed and again.scale == 2.0


def test_a_class_of_one_s_own_is_saved_by_its_constructor_s_arguments():
    class Powers(losses.Loss):
        def __init__(self, power=2, **kwargs):
            super().__init__(**kwargs)
            self.exponent = power

        def call(self, y_true, y_pred):
            return mg.ops.mean(mg.ops.abs(y_true - y_pred) ** self.exponent, axis=-1)

    again = Powers.from_config(Powers(3, reduction="sum").get_config())
    assert again.exponent == 3 and again.reduction == "sum"


def test_extreme_probabilities_and_logits_give_finite_losses_and_gradients():
    cases = [
        (losses.BinaryCrossentropy(), [[0.0, 1.0]], [[1.0, 0.0]]),
        (losses.BinaryCrossentropy(from_logits=True), [[0.0, 1.0]], [[200.0, -200.0]]),
        (losses.CategoricalCrossentropy(), [[0.0, 1.0]], [[1.0, 0.0]]),
        (losses.CategoricalCrossentropy(from_logits=True), [[0.0, 1.0]], [[200.0, -200.0]]),
        (losses.KLDivergence(), [[0.0, 1.0]], [[1.0, 0.0]]),
        (losses.Poisson(), [[1.0, 2.0]], [[0.0, 1.0]]),
        (losses.LogCosh(), [[0.0, 0.0]], [[-300.0, 300.0]]),
    ]
    for loss, y_true, y_pred in cases:
        x = Tensor(y_pred, requires_grad=True)
        value = loss(np.array(y_true), x)
        value.backward()
        assert np.isfinite(value.numpy()) and np.isfinite(x.grad.numpy()).all(), loss


def test_one_class_alone_is_warned_of():
    for name in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        with pytest.warns(SyntaxWarning, match=f"In loss {name}.*num_classes > 1"):
            getattr(losses, name)(np.ones((2, 1)), np.ones((2, 1)))


def test_errors():
    with pytest.raises(ValueError, match=r"`axis` must be of type `int`. Received: axis=True"):
        losses.categorical_crossentropy(P, Q, axis=True)
    with pytest.raises(ValueError, match=r"interval \(0, 1\). Received: q=1"):
        losses.CategoricalGeneralizedCrossEntropy(q=1)
    with pytest.raises(ValueError, match=r"Targets `y_true`.*y_true.shape=\(4,\)"):
        losses.ctc(LABELS, A)
    with pytest.raises(ValueError, match=r"Logits `y_pred`.*y_pred.shape=\(4, 3\)"):
        losses.ctc(ONE_HOT, A)


def test_ctc_is_the_sum_over_alignments():
    """Two steps, label 1: the alignments are 1 1, blank 1, 1 blank."""
    logits = RNG.normal(size=(1, 2, 3))
    p = softmax(logits)[0]
    expected = -np.log(p[0, 1] * p[1, 1] + p[0, 0] * p[1, 1] + p[0, 1] * p[1, 0])
    assert float(losses.ctc([[1]], logits)) == pytest.approx(expected, rel=1e-5)


def test_circle_is_small_where_equal_labels_are_near():
    near = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    labels = np.array([0, 0, 1, 1])
    good = losses.Circle(gamma=5.0)(labels, near)
    bad = losses.Circle(gamma=5.0)(labels, near[[0, 2, 1, 3]])
    assert 10 * float(good) < float(bad)


@pytest.mark.parametrize("name", [name for name in CLASSES if name != "CTC"])
def test_a_recorded_loss_and_its_gradient_hold_for_other_data(name):
    sparse = name in (
        *("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy", "Circle"),
    )
    loss = getattr(losses, name)()

    def value_and_gradient(y_true, y_pred):
        return mg.value_and_grad(lambda x: loss(y_true, x))(y_pred)

    recorded = Replayed(value_and_gradient)
    for seed in range(2):
        rng = np.random.default_rng(seed)
        labels = rng.permutation(LABELS)
        y_true = Tensor(labels if sparse else np.eye(3)[labels], "int32" if sparse else "float32")
        y_pred = Tensor(rng.dirichlet(np.ones(3), 4), "float32")
        value, gradient = recorded(y_true, y_pred)
        expected = value_and_gradient(y_true, y_pred)
        np.testing.assert_allclose(value, expected[0].numpy(), rtol=1e-6)
        np.testing.assert_allclose(gradient, expected[1].numpy(), rtol=1e-6)
