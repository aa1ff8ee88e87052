"""A student that learns from its teacher."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.distillation import (
    DistillationLoss,
    Distiller,
    FeatureDistillation,
    LogitsDistillation,
)

RANDOM = np.random.default_rng(0)
LOGITS = mg.losses.SparseCategoricalCrossentropy(from_logits=True)


def network(units, name, outputs=3):
    return mg.Sequential(
        [
            mg.Input((4,)),
            mg.layers.Dense(units, activation="tanh", name="hidden"),
            mg.layers.Dense(outputs, name="logits"),
        ],
        name=name,
    )


@pytest.fixture
def data():
    x = RANDOM.normal(size=(64, 4)).astype("float32")
    return x, np.argmax(x[:, :3], axis=1)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_softened_divergence_is_that_of_the_paper():
    teacher, student = RANDOM.normal(size=(2, 5, 3)).astype("float32")
    p, q = softmax(teacher / 2), softmax(student / 2)
    expected = 4 * np.mean(np.sum(p * np.log(p / q), axis=-1))
    for loss in ("kl_divergence", mg.losses.KLDivergence()):
        found = LogitsDistillation(temperature=2.0, loss=loss).compute_loss(teacher, student)
        assert float(found) == pytest.approx(expected, rel=1e-4)


def test_losses_may_be_a_structure():
    a, b = mg.ops.ones((2, 3)), mg.ops.zeros((2, 3))
    loss = FeatureDistillation({"x": "mse", "y": None})
    loss.validate_outputs({"x": a, "y": a}, {"x": b, "y": b})
    assert float(loss.compute_loss({"x": a, "y": a}, {"x": b, "y": b})) == 1
    with pytest.raises(ValueError, match="Loss structure mismatch"):
        loss.validate_outputs([a, a], [b, b])
    assert float(LogitsDistillation(0.5, "mse").compute_loss(a, b)) == 4


@pytest.mark.parametrize(
    "loss",
    [LogitsDistillation(2.0), FeatureDistillation("mae", "a", "b")],
    ids=["logits", "features"],
)
def test_losses_have_configs(loss):
    twin = type(loss).from_config(loss.get_config())
    assert twin.get_config() == loss.get_config()


@pytest.mark.parametrize("jit", [False, True], ids=["eager", "compiled"])
def test_a_student_comes_to_say_what_its_teacher_says(data, jit):
    x, y = data
    mg.utils.set_random_seed(1)
    teacher, student = network(16, "teacher"), network(8, "student")
    teacher.compile("adam", LOGITS)
    teacher.fit(x, y, epochs=20, verbose=0)
    before = teacher.get_weights()
    distiller = Distiller(
        teacher,
        student,
        [LogitsDistillation(), FeatureDistillation("mse", "logits", "logits")],
        distillation_loss_weights=[1.0, 0.5],
        student_loss_weight=0.1,
    )
    distiller.compile(mg.optimizers.Adam(0.01), LOGITS, metrics=["accuracy"], jit_compile=jit)
    history = distiller.fit(x, y, epochs=15, verbose=0).history
    assert set(history) == {
        "accuracy", "loss", "student_loss", "distillation_loss", "total_loss",
    }  # fmt: skip
    assert history["distillation_loss"][-1] < history["distillation_loss"][0] / 2
    combined = 0.1 * history["student_loss"][-1] + 0.9 * history["distillation_loss"][-1]
    assert history["total_loss"][-1] == pytest.approx(combined, rel=1e-4)
    for one, other in zip(before, teacher.get_weights()):
        np.testing.assert_array_equal(one, other)
    said = distiller.predict(x, verbose=0)
    np.testing.assert_allclose(said, student.predict(x, verbose=0), atol=1e-5)


def test_a_distiller_is_saved_and_loaded(data, tmp_path):
    distiller = Distiller(network(9, "teacher"), network(5, "student"), LogitsDistillation(2.0))
    distiller.build((None, 4))
    distiller.save(tmp_path / "distiller.keras")
    again = mg.models.load_model(tmp_path / "distiller.keras")
    np.testing.assert_array_equal(again(data[0]).numpy(), distiller(data[0]).numpy())
    assert again.distillation_losses[0].temperature == 2.0 and not again.teacher.trainable


def test_a_loss_of_ones_own_must_be_a_scalar(data):
    class Vector(DistillationLoss):
        def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
            return (teacher_outputs - student_outputs)[:, 0]

    distiller = Distiller(network(3, "t"), network(3, "s"), Vector())
    distiller.compile("sgd", LOGITS)
    with pytest.raises(ValueError, match="must return a scalar"):
        distiller.fit(*data, verbose=0)
    with pytest.raises(NotImplementedError, match="compute_loss"):
        DistillationLoss().compute_loss(1, 1)


def test_mistakes_are_told():
    teacher, student, loss = network(3, "t"), network(2, "s"), LogitsDistillation()

    class Own(mg.Model):
        def call(self, x):
            return x

    for call, message in (
        (lambda: LogitsDistillation(0), "temperature=0"),
        (lambda: LogitsDistillation("hot"), "temperature=hot"),
        (lambda: LogitsDistillation(loss=None), "at least one"),
        (lambda: Distiller(3, student, loss), "Teacher must be a keras.Model"),
        (lambda: Distiller(teacher, network(2, "x", 5), loss), "incompatible"),
        (lambda: Distiller(teacher, student, None), "cannot be `None`"),
        (lambda: Distiller(teacher, student, [loss], [1, 2]), "must match"),
        (lambda: Distiller(teacher, student, loss, student_loss_weight=2), "between"),
        (lambda: Distiller(teacher, student, FeatureDistillation("mse", "no")), "In teacher"),
        (lambda: Distiller(Own(), student, FeatureDistillation("mse", "hidden")), "subclassed"),
        (lambda: Distiller(teacher, student, loss).compile("sgd"), "'loss' cannot be"),
        (lambda: Distiller(teacher, student, loss).compile("sgd", "mse", "mae"), "list or tuple"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
