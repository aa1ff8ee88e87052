"""nan_watch names the op, pass, layer, line, inputs and rows of the first NaN or infinity."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import inspect, layers, ops
from minigrad.autograd.record import THREAD
from tests.inspect.leaving import state_of

X = np.array([[1.0, 2.0], [0.0, 4.0]], "float32")


def watched(function):
    """The report of what was found; None if nothing was."""
    try:
        with inspect.nan_watch() as watch:
            function()
    except inspect.NonFiniteError as error:
        assert error.report.text() == str(error)
        return error.report
    assert watch.report is None
    return None


def leaf():
    return mg.Tensor(X, requires_grad=True)


def test_the_forward_op_its_line_its_inputs_and_rows_are_told():
    def f():
        y = ops.exp(mg.Tensor(X))
        return ops.log(y - 1.0)  # here

    report = watched(f)
    assert (report.op, report.phase, report.index, report.rows) == ("log", "forward", (1, 0), [1])
    assert "# here" in str(report)
    assert "x = 0 at [1, 0]" in str(report)
    assert "1 of 4 values" in str(report)
    assert "from_logits" in str(report)


@pytest.mark.parametrize(
    ("function", "op", "advice"),
    [
        (lambda x: 1.0 / x, "true_divide", "divide_no_nan"),
        (lambda x: ops.sqrt(x - 3.0), "sqrt", "root of a negative"),
        (lambda x: ops.exp(x * 30.0), "exp", "88.7"),
        (lambda x: ops.arccos(x), "arccos", "-1 to 1"),
        (lambda x: ops.matmul(x * 1e30, x * 1e30), "matmul", "learning rate"),
        (lambda x: ops.square(x * 1e30), "square", "grown beyond"),
    ],
)
def test_each_op_has_its_advice(function, op, advice):
    report = watched(lambda: function(mg.Tensor(X)))
    assert report.op == op
    assert advice in str(report)


def test_a_gradient_is_found_in_the_rule_of_its_op():
    def f():
        ops.sum(ops.sqrt(leaf())).backward()

    report = watched(f)
    assert (report.op, report.phase, report.trap) == ("sqrt", "backward", False)
    assert "ops.sqrt(leaf())" in str(report)


@pytest.mark.parametrize("unsafe", [ops.sqrt, ops.log], ids=["sqrt", "log"])
def test_the_trap_of_where_is_explained(unsafe):
    def f():
        x = leaf()
        ops.sum(ops.where(x > 0, unsafe(x), 0.0)).backward()

    report = watched(f)
    assert report.trap
    assert report.phase == "backward"
    assert "the trap of `where`" in str(report)


def test_the_chosen_branch_of_a_where_is_no_trap():
    def f():
        x = leaf()
        ops.sum(ops.where(x < 1, ops.sqrt(x), 0.0)).backward()

    assert not watched(f).trap


def test_the_remedy_for_the_trap_works():
    def f():
        x = leaf()
        safe = ops.where(x > 0, x, 1.0)
        ops.sum(ops.where(x > 0, ops.log(safe), 0.0)).backward()

    assert watched(f) is None


def test_what_is_hidden_and_does_no_harm_is_let_pass():
    assert watched(lambda: ops.where(X > 0, ops.log(X), 0.0)) is None
    assert watched(lambda: ops.softmax(ops.where(X > 0, X, -np.inf))) is None


class Logarithm(layers.Layer):
    def call(self, x):
        return ops.log(x)


def model(jit_compile):
    mg.utils.set_random_seed(0)
    made = mg.Sequential(
        [
            layers.Input((2,)),
            layers.Dense(3, activation="sigmoid"),
            Logarithm(name="logarithm"),
            layers.Dense(1),
        ]
    )
    made.compile("sgd", "mse", jit_compile=jit_compile)
    return made


GOOD, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
JIT = pytest.mark.parametrize("jit_compile", [False, "auto"], ids=["eager", "compiled"])


def changed(row, value):
    x = GOOD.copy()
    x[row] = value
    return x


@JIT
def test_a_layer_in_fit_is_found_with_its_rows(jit_compile):
    made = model(jit_compile)
    fit = {"batch_size": 4, "verbose": 0, "shuffle": False}
    assert watched(lambda: made.fit(GOOD, Y, epochs=3, **fit)) is None
    weights = made.get_weights()
    made.fit(GOOD, Y, **fit)
    report = watched(lambda: made.fit(changed(6, -500.0), Y, **fit))
    assert report.op == "log"
    assert report.layer.endswith("/logarithm")
    assert report.rows == [2]  # of the second batch of four
    assert "return ops.log(x)" in str(report)
    assert report.reached == "the loss"
    assert all(np.isfinite(one).all() for one in made.get_weights())
    assert not np.array_equal(weights[0], made.get_weights()[0])


@JIT
def test_a_nan_of_the_data_is_told_from_one_that_was_computed(jit_compile):
    made = model(jit_compile)
    made.fit(GOOD, Y, batch_size=4, verbose=0)
    report = watched(
        lambda: made.fit(changed(5, np.nan), Y, batch_size=4, shuffle=False, verbose=0)
    )
    assert report.given == "an input"
    assert (report.rows, report.value.shape) == ([1], (4, 2))
    assert "came in with the inputs, the data" in str(report)


def test_a_weight_that_is_nan_already_is_named():
    made = model("auto")
    made.layers[-1].kernel.assign(np.full((3, 1), np.nan))
    report = watched(lambda: made.fit(GOOD, Y, verbose=0))
    assert report.given == "the weight kernel"


@JIT
def test_watching_computes_what_not_watching_does(jit_compile):
    states = []
    for watch in (False, True):
        made = model(jit_compile)
        if watch:
            with inspect.nan_watch():
                made.fit(GOOD, Y, epochs=3, batch_size=4, verbose=0)
        else:
            made.fit(GOOD, Y, epochs=3, batch_size=4, verbose=0)
        states.append(list(state_of(made)[0].values()))
    assert states[0] == states[1]


def test_nothing_listens_afterwards():
    watched(lambda: ops.log(mg.Tensor(X)))
    assert (THREAD.mode.listeners, THREAD.mode.tracer) == ((), None)


def test_a_value_that_is_looked_at_or_assigned_is_told_at_once():
    def look():
        float(ops.log(mg.Tensor(0.0)))
        raise KeyError("never reached")

    assert watched(look).op == "log"
    v = mg.Variable([1.0])
    report = watched(lambda: v.assign(ops.log(v - 1.0)))
    assert report.reached == f"the variable {v.path}"
    assert watched(lambda: v.assign([np.nan])).given == "it"


def test_a_whole_program_is_watched_by_an_environment_variable(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import minigrad as mg\nprint(mg.ops.log(mg.Tensor([0.0])).numpy())\n")
    done = subprocess.run(
        [sys.executable, str(script)],
        env={
            **os.environ,
            "MINIGRAD_DEBUG": "nan",
            "PYTHONPATH": str(Path(mg.__file__).parents[1]),
        },
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "-inf, made by log in the forward pass" in done.stderr
    assert "script.py, line 2" in done.stderr


def test_the_picture_marks_the_bad_values():
    report = watched(lambda: ops.log(mg.Tensor(X)))
    (axes,) = report._figure().axes
    assert axes.images[0].get_array().tolist() == [[0, 0], [1, 0]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["row 1"]
    assert "made by log" in report._repr_html_()


def scaled_model(jit_compile, initial_scale):
    mg.utils.set_random_seed(0)
    dense = mg.layers.Dense
    model = mg.Sequential(
        [mg.Input((4,)), dense(8, "relu", dtype="mixed_float16", name="hidden"), dense(1)]
    )
    optimizer = mg.optimizers.LossScaleOptimizer(mg.optimizers.SGD(1e-5), initial_scale)
    model.compile(optimizer, "mse", jit_compile=jit_compile)
    return model


@pytest.mark.parametrize("jit_compile", [False, "auto", True])
def test_gradients_of_a_scaled_loss_may_overflow(jit_compile):
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32") * 30
    y = np.ones((32, 1), "float32")
    model, alone = (scaled_model(jit_compile, 2.0**20) for _ in range(2))
    mg.utils.set_random_seed(1)
    with inspect.nan_watch():
        model.fit(x, y, batch_size=8, epochs=5, verbose=0)
    mg.utils.set_random_seed(1)
    alone.fit(x, y, batch_size=8, epochs=5, verbose=0)
    assert float(model.optimizer.dynamic_scale) < 2.0**20  # some steps were left out
    assert int(model.optimizer.inner_optimizer.iterations) > 0
    for mine, other in zip(model.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
    # What is wrong in the forward pass is found all the same, then and in the next step.
    x[20] = np.inf
    with pytest.raises(inspect.NonFiniteError, match="rows 4 of 8"), inspect.nan_watch():
        model.fit(x, y, batch_size=8, epochs=1, verbose=0, shuffle=False)


def test_an_overflow_without_a_scaled_loss_is_reported():
    model = scaled_model(False, 2.0**15)
    model.compile(mg.optimizers.SGD(1e-5), "mse", jit_compile=False, auto_scale_loss=False)
    x = np.full((8, 4), 60000.0, "float32")
    with pytest.raises(inspect.NonFiniteError, match="made by"), inspect.nan_watch():
        model.fit(x, np.zeros((8, 1)), epochs=3, verbose=0)
