"""What a compiled step says about itself, and that what it says is true."""

import numpy as np
import pytest

import minigrad as keras
from minigrad import layers
from minigrad.compile import listing


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            layers.Dense(8, activation="relu", name="first"),
            layers.Dropout(0.3, seed=1),
            layers.Dense(3, name="second"),
        ],
        name="net",
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    return model


@pytest.fixture
def data():
    generator = np.random.default_rng(0)
    return generator.normal(size=(6, 4)).astype("float32"), generator.integers(0, 3, 6)


def test_explaining_leaves_the_model_as_it_is(model, data, python_kernels):
    model.build((None, 4))
    before = model.get_weights()
    explanation = model.explain_step(*data)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.optimizer.iterations.numpy() == 0
    text = str(explanation)
    for part in ("recorded", "simplified", "fused", "def step(m):", "net/first", "np.matmul"):
        assert part in text
    assert "net/first/kernel" in text


def test_every_launch_has_a_cost(model, data):
    explanation = model.explain_step(*data)
    assert len(explanation.costs) == len(explanation.plan.steps)
    for cost in explanation.costs:
        assert 0 < cost.floor <= cost.seconds
        assert cost.nbytes > 0
    flops = sum(cost.flops for cost in explanation.costs)
    # Forward, and by the weights; by the inputs only of the second layer.
    assert flops == 2 * 6 * (2 * 4 * 8 + 3 * 8 * 3)


def test_measuring_changes_nothing(model, data):
    x, y = data
    model.fit(x, y, epochs=3, batch_size=6, verbose=0)
    before = model.get_weights()
    str(model.explain_step())
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_source_runs_and_does_what_the_step_does(model, data):
    x, y = data
    model.fit(x, y, epochs=2, batch_size=6, verbose=0)
    compiled = model.train_function.run
    explanation = compiled.explain()
    replay = compiled.replays[-1]
    values = lambda: [v._home.array.copy() for v in replay.variables]  # noqa: E731
    with replay.undone():
        for step in replay.plan.steps:
            replay.runner(step)()
        expected = values()
    module = {}
    exec(compile(explanation.source, "step.py", "exec"), module)
    with replay.undone(), np.errstate(all="ignore"):
        module["step"](listing.arrays_of(replay))
        ours = values()
    for a, b in zip(ours, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_picture_shows_each_launch(model, data, tmp_path):
    explanation = model.explain_step(*data)
    figure = explanation.plot(tmp_path / "step.png")
    (axes,) = figure.axes
    assert axes.get_xlabel() == "µs"
    assert len(axes.get_yticks()) == len(explanation.costs)
    assert (tmp_path / "step.png").stat().st_size > 10_000


def test_the_source_can_be_saved(model, data, tmp_path):
    explanation = model.explain_step(*data)
    explanation.save(tmp_path / "step.py")
    assert (tmp_path / "step.py").read_text(encoding="utf-8") == explanation.source


def test_without_a_compiled_step_there_is_nothing_to_explain(model, data):
    with pytest.raises(RuntimeError, match="nothing has been compiled yet"):
        model.explain_step()
    model.compile(loss="mse", run_eagerly=True)
    with pytest.raises(RuntimeError, match="run_eagerly=True"):
        model.explain_step()


def test_a_step_that_has_written_over_its_labels_can_be_measured():
    model = keras.Sequential([keras.Input((40, 8)), layers.Dense(12)])
    model.compile("adam", "ctc")
    x, y = np.ones((32, 40, 8), "float32"), np.full((32, 6), 3)
    model.train_on_batch(x, y)
    model.train_on_batch(x, y)  # where labels were, there are floats now
    assert "ctc" in str(model.explain_step(x, y))
