"""The first step of a training that goes on is recorded, not computed, and replayed."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, ops
from minigrad.autograd.primitive import Primitive
from minigrad.compile.postponing import Postponing
from minigrad.compile.step import compile


@pytest.fixture
def computed(monkeypatch):
    """How often what was postponed had to be computed after all."""
    found = []
    fill = Postponing._fill
    monkeypatch.setattr(Postponing, "_fill", lambda self: found.append(1) or fill(self))
    return found


def called_once(function, *args):
    """What a function returns at its first call, if it is known that more will follow."""
    step = compile(function, fallback=True)
    step.goes_on = True
    return step(*args)


X = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)


def test_a_step_is_recorded_without_being_computed(computed):
    v = mg.Variable(np.ones((3, 4)), dtype="float32")
    ran, found = [], []

    @mg.no_grad()
    def step(x):
        y = ops.tanh(x) * v
        found.append(y._value.any())
        v.assign_add(y)
        ran.append(1)
        return {"sum": ops.sum(y)}

    result = called_once(step, mg.Tensor(X))
    assert not computed and ran == [1] and not found[0]
    np.testing.assert_allclose(result["sum"], np.tanh(X).sum(), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(v.numpy(), 1 + np.tanh(X), rtol=1e-6)


def test_who_looks_at_a_value_finds_it(computed):
    v = mg.Variable(1.0)
    seen = []

    def step(x):
        v.assign(2.0 * v)
        y = ops.exp(x) * v
        seen.append(float(ops.sum(y)))
        return y + 1.0

    result = called_once(step, mg.Tensor(X))
    assert computed == [1]
    np.testing.assert_allclose(seen, [2 * np.exp(X).sum()], rtol=1e-6)
    np.testing.assert_allclose(result, 2 * np.exp(X) + 1, rtol=1e-6)
    assert float(v) == 2


def test_what_is_kept_outside_has_its_values(computed):
    kept = []

    def step(x):
        y = ops.exp(x)
        kept.append(y)
        return ops.sum(y)

    called_once(step, mg.Tensor(X))
    assert computed == [1]
    np.testing.assert_allclose(kept[0], np.exp(X), rtol=1e-6)


def test_shapes_that_depend_on_values_are_found(computed):
    result = called_once(lambda x: ops.nonzero(ops.relu(x))[0], mg.Tensor(X))
    assert computed == [1]
    np.testing.assert_array_equal(result, np.nonzero(X > 0)[0])


def test_primitives_of_others_are_computed(computed):
    own = Primitive("own", lambda x: x[:1] + 1)  # its shape is not what the rule says
    result = called_once(lambda x: own(ops.exp(x)), mg.Tensor(X))
    assert computed == [1]
    np.testing.assert_allclose(result, np.exp(X[:1]) + 1, rtol=1e-6)


def test_an_error_leaves_variables_with_the_values_that_they_were_given(computed):
    v = mg.Variable(1.0)

    def step(x):
        v.assign(ops.sum(ops.abs(x)))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        called_once(step, mg.Tensor(X))
    np.testing.assert_allclose(float(v), np.abs(X).sum(), rtol=1e-6)


def test_gradients_that_add_up_are_added_once(computed):
    w = mg.Tensor(np.ones(4, "float32"), requires_grad=True)

    def step(x):
        loss = ops.sum(x * w)
        loss.backward()
        return loss

    step = compile(step)
    step.goes_on = True
    step(mg.Tensor(X))
    np.testing.assert_allclose(w.grad.numpy(), X.sum(0), rtol=1e-6, atol=1e-6)
    step(mg.Tensor(X))
    np.testing.assert_allclose(w.grad.numpy(), 2 * X.sum(0), rtol=1e-6, atol=1e-6)


def _model():
    mg.utils.set_random_seed(0)
    model = mg.Sequential([mg.Input((4,)), layers.Dense(8, "gelu"), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize(
    ("epochs", "rows", "postponed"), [(1, 9, 1), (1, 10, 1), (2, 3, 1), (1, 6, 0)]
)
def test_fit_knows_whether_it_goes_on(epochs, rows, postponed, computed, monkeypatch):
    made = []
    settle = Postponing.settle
    monkeypatch.setattr(Postponing, "settle", lambda *a: made.append(1) or settle(*a))
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    settings = {"batch_size": 3, "epochs": epochs, "verbose": 0, "shuffle": False}
    model, eager = _model(), _model()
    eager.run_eagerly = True
    found = model.fit(x, x[:, :1], **settings).history
    expected = eager.fit(x, x[:, :1], **settings).history
    assert len(made) == postponed and not computed
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5)
    for a, b in zip(model.get_weights(), eager.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_metrics_are_made_in_a_first_step_that_is_computed(computed):
    model = _model()
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
    model.fit(x, x[:, :1], batch_size=3, verbose=0)
    assert computed == [1]
    assert model.train_function.run.replays[0] is not None


def test_a_training_step_of_the_users_own_is_computed(computed):
    seen = []

    class Own(mg.Sequential):
        def train_step(self, data):
            logs = super().train_step(data)
            seen.append(self(data[0]))
            return logs

    mg.utils.set_random_seed(0)
    model = Own([mg.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((9, 4), "float32")
    model.fit(x, x[:, :1], batch_size=3, verbose=0)
    assert not computed and np.all(seen[0].numpy())
