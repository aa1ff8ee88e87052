"""`compile`: what it was given, what becomes of it, and how steps are run."""

import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, losses, metrics, optimizers
from minigrad.training import Trainer

X, Y = np.ones((6, 2), "float32"), np.zeros((6, 1), "float32")


def model_of(*given, **arguments):
    model = mg.Sequential([layers.Input((2,)), layers.Dense(1)])
    if given or arguments:
        model.compile(*given, **arguments)
    return model


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_a_model_must_be_compiled_first(method):
    with pytest.raises(ValueError, match=rf"You must call `compile\(\)` before .*{method}"):
        getattr(model_of(), method)(X, Y)


def test_predictions_need_no_compile():
    assert model_of().predict(X, verbose=0).shape == (6, 1)


def test_metrics_come_in_order():
    class Counting(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seen = metrics.Sum(name="seen")

        def call(self, x):
            return x

    class Own(mg.Sequential):
        def __init__(self, layers):
            super().__init__(layers)
            self.mine = metrics.Mean(name="mine")

    model = Own([layers.Input((2,)), layers.Dense(1), Counting()])
    assert model.metrics_names == ["mine", "seen"]
    model.compile("sgd", "mse", metrics=["mae"])
    assert model.metrics_names == ["loss", "compile_metrics", "mine", "seen"]
    model.evaluate(X, Y, verbose=0)
    assert len(model.metrics_variables) == 7
    assert len(model.non_trainable_variables) == 0


def test_the_metrics_of_a_model_inside_belong_to_it():
    inner = model_of("sgd", "mse", metrics=["mae"])
    outer = mg.Sequential([layers.Input((2,)), inner, layers.Dense(1)])
    outer.compile("sgd", "mse")
    assert outer.metrics == [outer._loss_tracker]
    assert len(inner.metrics) == 2


def test_compiling_again_starts_anew():
    model = model_of("sgd", "mse", metrics=["mse"])
    assert set(model.fit(X, Y, verbose=0).history) == {"loss", "mse"}
    model.compile("sgd", "mae", metrics=["mae"])
    assert set(model.fit(X, Y, verbose=0).history) == {"loss", "mae"}
    model.compile("sgd")
    with pytest.raises(ValueError, match="No loss to compute"):
        model.fit(X, Y, verbose=0)


def test_nothing_of_it_becomes_a_part_of_the_layer():
    model = model_of()
    weights, variables = len(model.weights), len(model.variables)
    model.compile("adam", ["mse"], metrics=[metrics.MeanSquaredError()])
    model.fit(X, Y, verbose=0)
    assert (len(model.weights), len(model.variables)) == (weights, variables)
    assert len(model.layers) == 1


def test_half_precision_has_its_loss_scaled():
    if not hasattr(optimizers, "LossScaleOptimizer"):
        pytest.skip("LossScaleOptimizer is not there yet")

    def compiled(policy, **arguments):
        model = mg.Sequential([layers.Input((2,)), layers.Dense(1)])
        model.dtype_policy = policy
        model.compile("sgd", "mse", **arguments)
        return type(model.optimizer).__name__

    assert compiled("mixed_float16") == "LossScaleOptimizer"
    assert compiled("mixed_float16", auto_scale_loss=False) == "SGD"
    assert compiled("mixed_bfloat16") == "SGD"


# Compiled steps


def test_run_eagerly_and_jit_compile_exclude_each_other():
    assert model_of("sgd", "mse").jit_compile
    assert not model_of("sgd", "mse", jit_compile=False).jit_compile
    assert not model_of("sgd", "mse", run_eagerly=True).jit_compile
    with pytest.warns(UserWarning, match="Disabling `jit_compile`"):
        model = model_of("sgd", "mse", run_eagerly=True, jit_compile=True)
    assert not model.jit_compile


def test_a_layer_that_cannot_be_compiled_is_respected():
    model = model_of("sgd", "mse")
    model.layers[0].supports_jit = False
    assert not model.jit_compile
    with pytest.warns(UserWarning, match="Model doesn't support `jit_compile=True`"):
        model.compile("sgd", "mse", jit_compile=True)
    assert not model.jit_compile


def test_a_layer_that_cannot_be_compiled_is_named_once(caplog):
    model = model_of("sgd", "mse")
    model.layers[0].supports_jit = False
    for _ in range(2):
        model.fit(X, Y, epochs=2, verbose=0)
        model.predict(X, verbose=0)
    (record,) = caplog.records
    name = model.layers[0].name
    assert record.getMessage() == (
        f"{model.name} trains uncompiled: `supports_jit` is False for its layers ['{name}']."
    )
    with pytest.raises(RuntimeError, match=rf"cannot be compiled: \['{name}'\]"):
        model.explain_step()


@pytest.mark.parametrize("kind", ["train", "test", "predict"])
def test_the_function_of_a_step_is_made_once(kind):
    model = model_of("sgd", "mse")
    make = getattr(model, f"make_{kind}_function")
    function = make()
    assert make() is function is getattr(model, f"{kind}_function")
    assert make(force=True) is not function
    model.compile("sgd", "mse")
    assert getattr(model, f"{kind}_function") is None


def test_a_class_may_run_its_steps_in_its_own_way():
    class Own(mg.Sequential):
        def make_train_function(self, force=False):
            def train_function(batches):
                seen.append(len(batches))
                return self.train_step(batches[0])

            self.train_function = train_function

    seen = []
    model = Own([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=3, verbose=0)
    assert seen == [1, 1]


def test_several_steps_run_between_two_callbacks():
    def train(steps):
        model = model_of()
        model.set_weights([np.ones((2, 1)), np.zeros(1)])
        model.compile("sgd", "mse", steps_per_execution=steps)
        seen = []
        note = mg.callbacks.LambdaCallback(
            on_train_batch_begin=lambda batch, logs: seen.append(batch),
            on_train_batch_end=lambda batch, logs: seen.append(batch),
        )
        history = model.fit(X, Y, batch_size=1, epochs=2, verbose=0, callbacks=[note])
        predictions = model.predict(X, batch_size=1, verbose=0)
        return seen, history.history["loss"], predictions

    seen, losses, predictions = train(4)
    assert seen == [0, 3, 4, 7] * 2
    _, expected_losses, expected_predictions = train(1)
    assert losses == pytest.approx(expected_losses)
    np.testing.assert_array_equal(predictions, expected_predictions)


# Copies and configs


class Line(mg.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_trains_on_its_own(copied):
    model = Line()
    model.compile(optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"])
    model.fit(X, Y, verbose=0)
    twin = copied(model)
    weights = model.get_weights()
    loss = twin.fit(X, Y, verbose=0).history["loss"]
    np.testing.assert_array_equal(model.get_weights()[0], weights[0])
    assert model.fit(X, Y, verbose=0).history["loss"] == loss
    np.testing.assert_array_equal(model.get_weights()[0], twin.get_weights()[0])


def test_the_arguments_of_compile_survive_a_config():
    model = model_of(
        optimizers.SGD(0.25),
        losses.Huber(delta=2.0),
        metrics=["mae", metrics.MeanSquaredError(name="error")],
        weighted_metrics=["mse"],
        loss_weights=0.5,
        steps_per_execution=3,
    )
    config = model.get_compile_config()
    assert config["jit_compile"] is True
    twin = model_of()
    twin.compile_from_config(config)
    assert float(twin.optimizer.learning_rate) == 0.25
    assert twin.optimizer.built
    assert twin.steps_per_execution == 3
    weights = model.get_weights()
    twin.set_weights(weights)
    assert twin.evaluate(X, Y, verbose=0) == pytest.approx(model.evaluate(X, Y, verbose=0))
    assert twin.get_compile_config() == config


def test_before_compile_the_config_is_empty():
    assert model_of().get_compile_config() == {}


def test_a_compile_of_its_own_is_not_called_by_loading():
    class Own(mg.Sequential):
        def compile(self, *args):
            super().compile(*args)

    model = Own([layers.Input((2,)), layers.Dense(1)])
    with pytest.warns(UserWarning, match=r"model's `compile\(\)` method is custom"):
        model.compile_from_config({"optimizer": "sgd"})
    assert not model.compiled


# Building


def test_symbolic_build_makes_all_state_and_changes_none():
    class Twice(Trainer, layers.Layer):
        def __init__(self):
            layers.Layer.__init__(self)
            Trainer.__init__(self)
            self.dense = layers.Dense(1)
            self.calls = self.add_weight((), "zeros", trainable=False)

        def call(self, x):
            self.calls.assign_add(1)
            return [self.dense(x), self.dense(x)]

    model = Twice()
    model.compile("adam", ["mse", "mse"], metrics=["mae", "mae"])
    model._symbolic_build(data_batch=(X, (Y, Y)))
    assert model.dense.built and model.optimizer.built
    assert len(model.metrics) == 4
    assert float(model.calls.value) == 0.0
    assert [float(v.value) for v in model.metrics_variables] == [0.0] * 10
    model.train_on_batch(X, (Y, Y))
    assert float(model.calls.value) == 1.0


def test_callbacks_find_the_model_built_before_the_first_step():
    class Looking(mg.callbacks.Callback):
        def on_train_begin(self, logs=None):
            found.append((len(self.model.weights), self.model.optimizer.built))

    found = []
    model = mg.Sequential([layers.Dense(3), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(((X, Y) for _ in range(2)), verbose=0, callbacks=[Looking()])
    assert found == [(4, True)]


def test_a_model_that_needs_values_is_built_by_its_first_step():
    class Branching(mg.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x if float(x[0, 0]) > 0 else -x)

    model = Branching()
    model.compile("adam", "mse", run_eagerly=True)
    assert model.fit(X, Y, verbose=0, epochs=2).history["loss"][1] > 0
