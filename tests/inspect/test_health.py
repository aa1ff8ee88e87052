"""The health report and callback: each mistake gets its verdict, a sound training none."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import inspect, layers, ops
from tests.inspect.leaving import left_as_it_was, trained

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 4)).astype("float32")
CLASSES = (X @ RNG.normal(size=(4, 3))).argmax(1)
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
TARGETS = (X @ RNG.normal(size=(4, 1))).astype("float32")
SPARSE, MSE = "sparse_categorical_crossentropy", "mse"


def model(*inner, loss=SPARSE, optimizer="adam", units=3, last="softmax", width=4):
    mg.utils.set_random_seed(0)
    made = mg.Sequential([layers.Input((width,)), *inner, layers.Dense(units, activation=last)])
    made.compile(optimizer, loss)
    return made


def dense(units=8, activation="relu", **arguments):
    return layers.Dense(units, activation=activation, **arguments)


def frozen():
    made = model(dense())
    made.trainable = False
    made.compile("adam", SPARSE)
    return made


def broadcasting(y_true, y_pred):
    return ops.mean(ops.square(y_true[:, 0] - y_pred))


class Broadcasting(mg.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean(ops.square(ops.squeeze(y_true, -1) - y_pred))


def deep(activation):
    return [dense(8, activation, name=f"deep_{i}") for i in range(12)]


SGD = mg.optimizers.SGD
LOGITS = mg.losses.SparseCategoricalCrossentropy(from_logits=True)

# code: (model, x, y)
MISTAKES = {
    "labels_are_one_hot": lambda: (model(dense()), X, ONE_HOT),
    "labels_are_numbers": lambda: (model(dense(), loss="categorical_crossentropy"), X, CLASSES),
    "labels_out_of_range": lambda: (model(dense()), X, CLASSES + 1),
    "labels_are_not_whole": lambda: (model(dense()), X, TARGETS),
    "labels_are_signs": lambda: (
        model(dense(), loss="binary_crossentropy", units=1, last="sigmoid"),
        X,
        np.sign(TARGETS),
    ),
    "softmax_of_one": lambda: (
        model(dense(), loss="binary_crossentropy", units=1),
        X,
        (TARGETS > 0).astype("float32"),
    ),
    "softmax_twice": lambda: (model(dense(), loss=LOGITS), X, CLASSES),
    "logits_as_probabilities": lambda: (model(dense(), last=None), X, CLASSES),
    "lengths_differ": lambda: (model(dense()), X, CLASSES[:-3]),
    "inputs_not_scaled": lambda: (model(dense()), np.abs(X) % 1 * 255, CLASSES),
    "inputs_not_finite": lambda: (model(dense()), np.where(X > 2, np.nan, X), CLASSES),
    "features_uneven": lambda: (model(dense()), X * [1, 1, 1, 1e-3], CLASSES),
    "one_class": lambda: (model(dense()), X, CLASSES * 0),
    "imbalance": lambda: (model(dense()), X, np.arange(64) // 62),
    "loss_broadcasts": lambda: (
        model(dense(), loss=Broadcasting(), units=1, last=None),
        X,
        TARGETS,
    ),
    "targets_out_of_reach": lambda: (
        model(dense(), loss=MSE, units=1, last="relu"),
        X,
        TARGETS,
    ),
    "targets_not_scaled": lambda: (
        model(dense(), loss=MSE, units=1, last=None),
        X,
        1000 * TARGETS,
    ),
    "nothing_trainable": lambda: (frozen(), X, CLASSES),
    "linear_stack": lambda: (model(dense(8, None)), X, CLASSES),
    "much_dropout": lambda: (model(dense(), layers.Dropout(0.9)), X, CLASSES),
    "dead_units": lambda: (
        model(dense(bias_initializer=mg.initializers.Constant(-50.0))),
        X,
        CLASSES,
    ),
    "saturated": lambda: (
        model(dense(activation="tanh", kernel_initializer=mg.initializers.RandomNormal(0, 50))),
        X,
        CLASSES,
    ),
    "same_units": lambda: (model(dense(kernel_initializer="ones")), X, CLASSES),
    "vanishing": lambda: (model(*deep("sigmoid")), X, CLASSES),
    "exploding": lambda: (
        model(
            *(
                dense(8, "relu", kernel_initializer=mg.initializers.RandomNormal(0, 3))
                for _ in "1234567"
            ),
            loss=LOGITS,
            last=None,
        ),
        X,
        CLASSES,
    ),
    "gradient_zero": lambda: (model(dense()), 1e6 * X, CLASSES),
    "learning_rate_small": lambda: (model(dense(), optimizer=SGD(1e-7)), X, CLASSES),
    "learning_rate_large": lambda: (model(dense(), optimizer=mg.optimizers.Adam(3.0)), X, CLASSES),
    "first_loss": lambda: (
        model(dense(kernel_initializer=mg.initializers.RandomNormal(0, 30))),
        X,
        CLASSES,
    ),
}


@pytest.mark.parametrize("code", MISTAKES)
def test_each_mistake_is_told_with_its_remedy(code):
    report = inspect.health_report(*MISTAKES[code]())
    assert code in report.codes, report
    finding = next(one for one in report.findings if one.code == code)
    assert finding.remedy in str(report)
    assert not report.healthy


def test_an_output_is_constant_only_among_several():
    made = model(dense(activation=None), units=1, last=None, loss=MSE)
    assert "constant_output" in inspect.health_report(made, X * 0, TARGETS).codes
    assert "constant_output" not in inspect.health_report(made, X[:1], TARGETS[:1]).codes


def test_regression_with_a_column_too_few_is_told_by_its_shapes():
    report = inspect.health_report(model(dense(), loss=MSE, last=None), X, TARGETS)
    assert "labels of shape (64, 1) with outputs of shape (64, 3)" in str(report)


@pytest.mark.parametrize(
    ("code", "history"),
    [
        ("not_learning", {"loss": [2.3, 2.31, 2.3, 2.3, 2.3]}),
        ("diverging", {"loss": [1.0, 2.0, 5.0, 20.0]}),
        ("loss_not_finite", {"loss": [1.0, 0.5, float("nan")]}),
        ("not_finished", {"loss": [1.0, 0.8, 0.6, 0.5, 0.4]}),
        ("oscillating", {"loss": [1.0, 0.3, 1.1, 0.2, 1.0, 0.3, 0.9]}),
        (
            "overfitting",
            {"loss": [1, 0.6, 0.4, 0.3, 0.2, 0.1], "val_loss": [1, 0.7, 0.6, 0.7, 0.9, 1.2]},
        ),
    ],
)
def test_curves_are_read(code, history):
    assert inspect.health_report(model(dense()), history=history).codes == [code]


def test_a_sound_training_is_healthy():
    made = model(dense(kernel_initializer="he_normal"), optimizer=mg.optimizers.Adam(3e-3))
    made.fit(X, CLASSES, epochs=3, batch_size=16, verbose=0)
    report = inspect.health_report(made, X, CLASSES)
    assert report.healthy, report
    assert "Nothing is wrong" in str(report)
    assert [one.name for one in report.layers] == [layer.name for layer in made.layers]


def test_numbers_of_layers_are_those_of_numpy():
    made = model(dense(name="hidden"), loss=LOGITS, last=None)
    report = inspect.health_report(made, X, CLASSES)
    w, b = made.layers[0].get_weights()
    hidden = np.maximum(X @ w + b, 0)
    one = report.layers[0]
    assert (one.mean, one.std) == pytest.approx((hidden.mean(), hidden.std()), rel=1e-4)
    v, c = made.layers[1].get_weights()
    logits = hidden @ v + c
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    gradient = (p - ONE_HOT) / len(X)
    assert report.layers[1].gradient == pytest.approx(gradient.std(), rel=1e-4)
    norms = np.hypot(np.linalg.norm(hidden.T @ gradient), np.linalg.norm(gradient.sum(0)))
    assert report.layers[1].gradient_norm == pytest.approx(norms, rel=1e-4)


@pytest.mark.parametrize("jit_compile", [False, "auto"], ids=["eager", "compiled"])
def test_the_callback_changes_no_training_and_sees_every_epoch(jit_compile, capsys):
    weights = []
    for watched in (False, True):
        made, x, y = trained(jit_compile)
        health = inspect.Health()
        made.fit(x, y, epochs=3, batch_size=16, verbose=0, callbacks=[health] if watched else [])
        weights.append(made.get_weights())
    for one, other in zip(*weights, strict=True):
        assert np.array_equal(one, other)
    assert len(health.epochs) == 3
    assert [one.name for one in health.epochs[0]] == ["hidden", "norm", "answer"]
    assert all(one.update > 0 for one in health.epochs[-1])
    assert "hidden" in str(health)
    assert type(made.train_function).__name__ == "Execution"
    gradients = health.quantity("gradient")
    assert [len(row) for row in gradients.values()] == [3, 3, 3]
    images = [axes.images[0] for axes in health._figure().axes[:4]]
    assert images[0].get_array().shape == (3, 3)


def test_the_update_is_that_of_the_step():
    made = model(dense(name="hidden"), loss=LOGITS, last=None, optimizer=SGD(0.1))
    before = [layer.get_weights() for layer in made.layers]
    health = inspect.Health(verbose=False)
    made.fit(X, CLASSES, batch_size=64, verbose=0, callbacks=[health])
    for one, old, layer in zip(health.epochs[0], before, made.layers, strict=True):
        moved = np.sqrt(
            sum(((a - b) ** 2).sum() for a, b in zip(layer.get_weights(), old, strict=True))
        )
        size = np.sqrt(sum((a**2).sum() for a in layer.get_weights()))
        assert one.update == pytest.approx(moved / size, rel=1e-3)


def test_the_callback_prints_what_is_wrong_at_the_end(capsys):
    made = model(dense(bias_initializer=mg.initializers.Constant(-50.0), name="dying"))
    made.fit(X, CLASSES, verbose=0, callbacks=[inspect.Health()])
    assert "100% of dying's units are dead" in capsys.readouterr().out


def test_a_model_that_is_not_compiled_or_fails_says_so():
    with pytest.raises(ValueError, match="judged by its loss and optimizer"):
        inspect.health_report(mg.Sequential([layers.Dense(1)]), X, CLASSES)
    report = inspect.health_report(model(dense(), width=5), X, CLASSES)
    assert "fails" in report.codes


def test_the_report_leaves_an_untrained_model_as_it_was():
    made = model(layers.BatchNormalization(), layers.Dropout(0.5))
    made.optimizer.build(made.trainable_variables)
    with left_as_it_was(made):
        inspect.health_report(made, X, CLASSES)
