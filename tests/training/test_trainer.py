"""`fit`, `evaluate`, `predict` and their kin, from data to History."""

import signal
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import callbacks, layers, ops, optimizers, settings
from minigrad.utils import PyDataset, set_random_seed

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3)).astype("float32")
TRUE = np.array([[1.0], [-2.0], [0.5]], "float32")
Y = (X @ TRUE + 0.1 * rng.normal(size=(20, 1))).astype("float32")
W = np.zeros((3, 1), "float32")


def linear_model(loss="mse", **arguments):
    model = mg.Sequential([layers.Input((3,)), layers.Dense(1, use_bias=False)])
    model.set_weights([W])
    model.compile(optimizers.SGD(0.1), loss, **arguments)
    return model


def descend(orders, batch_size, weights=None):
    """The weights and the mean loss after each epoch of plain gradient descent."""
    w, losses = W.copy(), []
    weights = np.ones((len(X), 1)) if weights is None else weights
    for order in orders:
        total = 0.0
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            error = X[rows] @ w - Y[rows]
            total += (weights[rows] * error**2).sum()
            w -= 0.1 * X[rows].T @ (2 * weights[rows] * error) / len(rows)
        losses.append(total / len(order))
    return w, losses


# fit


@pytest.mark.parametrize("batch_size", [1, 8, 20])
def test_fit_is_gradient_descent(batch_size):
    model = linear_model()
    history = model.fit(X, Y, batch_size, epochs=3, shuffle=False, verbose=0)
    w, losses = descend([np.arange(20)] * 3, batch_size)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4, atol=1e-6)
    assert history.history["loss"] == pytest.approx(losses, rel=1e-4)
    assert history.epoch == [0, 1, 2]
    assert model.history is history


def test_shuffling_follows_numpys_seed():
    np.random.seed(7)
    orders = [np.random.permutation(20) for _ in range(3)]
    np.random.seed(7)
    model = linear_model()
    model.fit(X, Y, 8, epochs=3, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], descend(orders, 8)[0], rtol=1e-4, atol=1e-6)


def test_runs_from_the_same_seed_are_equal_bit_by_bit():
    def run():
        set_random_seed(3)
        model = mg.Sequential(
            [layers.Dense(8, activation="relu"), layers.Dropout(0.5), layers.Dense(1)]
        )
        model.compile("adam", "mse")
        losses = model.fit(X, Y, 4, epochs=3, validation_split=0.2, verbose=0).history
        return losses, model.get_weights()

    (losses, weights), (again, weights_again) = run(), run()
    assert losses == again
    for a, b in zip(weights, weights_again, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", ["sample_weight", "class_weight", "in the batches"])
def test_weights_of_samples(kind):
    labels = (Y > 0).astype("float32")
    weights = np.where(labels > 0, 3.0, 0.5).astype("float32")
    arguments = {
        "sample_weight": (X, labels, {"sample_weight": weights[:, 0]}),
        "class_weight": (X, labels, {"class_weight": {0: 0.5, 1: 3.0}}),
        "in the batches": (((X, labels, weights[:, 0]) for _ in range(1)), None, {}),
    }
    x, y, more = arguments[kind]
    model = linear_model()
    model.fit(x, y, 20 if y is not None else None, shuffle=False, verbose=0, **more)
    gradient = X.T @ (weights * -2 * labels) / 20
    np.testing.assert_allclose(model.get_weights()[0], -0.1 * gradient, rtol=1e-4, atol=1e-6)


def test_validation_follows_each_epoch_and_changes_nothing():
    model = linear_model(metrics=["mae"])
    history = model.fit(
        X, Y, 8, epochs=2, shuffle=False, verbose=0, validation_data=(X[:5], Y[:5])
    ).history
    assert list(history) == ["loss", "mae", "val_loss", "val_mae"]
    w, losses = descend([np.arange(20)] * 2, 8)
    assert history["loss"] == pytest.approx(losses, rel=1e-4)
    assert history["val_loss"][1] == pytest.approx(((X[:5] @ w - Y[:5]) ** 2).mean(), rel=1e-4)
    assert history["val_mae"][1] == pytest.approx(np.abs(X[:5] @ w - Y[:5]).mean(), rel=1e-4)


def test_a_split_validates_with_the_last_samples():
    model = linear_model()
    history = model.fit(X, Y, 5, validation_split=0.25, shuffle=False, verbose=0).history
    w, _ = descend([np.arange(15)], 5)
    assert history["val_loss"][0] == pytest.approx(((X[15:] @ w - Y[15:]) ** 2).mean(), rel=1e-4)


def test_validation_weights_count():
    weights = np.linspace(0, 1, 5, dtype="float32")
    history = linear_model().fit(
        X, Y, verbose=0, shuffle=False, validation_data=(X[:5], Y[:5], weights)
    )
    w, _ = descend([np.arange(20)], 32)
    expected = (weights[:, None] * (X[:5] @ w - Y[:5]) ** 2).mean()
    assert history.history["val_loss"] == pytest.approx([expected], rel=1e-4)


@pytest.mark.parametrize(("freq", "epochs"), [(2, [1, 3]), ([1, 4], [0, 3]), (5, [])])
def test_validation_may_be_rarer_than_epochs(freq, epochs):
    validated = []
    note = callbacks.LambdaCallback(on_test_begin=lambda logs: validated.append(True))
    history = linear_model().fit(
        *(X, Y),
        epochs=4,
        validation_freq=freq,
        validation_data=(X, Y),
        verbose=0,
        callbacks=[note],
    )
    assert len(validated) == len(history.history.get("val_loss", [])) == len(epochs)


def test_training_may_begin_at_a_later_epoch():
    assert linear_model().fit(X, Y, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]


def test_metrics_still_count_when_a_second_fit_goes_on_at_a_later_epoch():
    model = linear_model(metrics=["mae"])
    model.fit(X, Y, epochs=2, verbose=0)  # the second epoch records the step
    history = model.fit(X, Y, epochs=3, initial_epoch=2, verbose=0).history
    assert min(history["mae"]) > 0


def test_epochs_can_be_limited_for_a_trial():
    settings.set_max_epochs(2)
    try:
        with pytest.warns(UserWarning, match="Limiting epochs to 2"):
            assert linear_model().fit(X, Y, epochs=5, verbose=0).epoch == [0, 1]
    finally:
        settings.set_max_epochs(None)


def test_a_callback_can_stop_at_any_step():
    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            self.model.stop_training = batch == 2

    seen = []
    history = linear_model().fit(X, Y, 1, epochs=5, verbose=0, callbacks=[Stop()])
    assert seen == [0, 1, 2]
    assert history.epoch == [0]


def test_data_that_ends_ends_the_training():
    def generate():
        for _ in range(3):
            yield X, Y

    with pytest.warns(UserWarning, match="ran out of data"):
        history = linear_model().fit(generate(), epochs=3, verbose=0)
    assert history.epoch == [0]
    assert len(history.history["loss"]) == 1


def test_validation_data_that_ends_is_left_out():
    with pytest.warns(UserWarning, match="ran out of data"):
        history = linear_model().fit(
            X, Y, epochs=2, verbose=0, validation_data=((X, Y) for _ in range(1))
        )
    assert (len(history.history["loss"]), len(history.history["val_loss"])) == (2, 1)


def test_endless_validation_data_needs_steps():
    def generate():
        while True:
            yield X, Y

    counted = []
    note = callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: counted.append(batch))
    linear_model().fit(
        generate(),
        steps_per_epoch=3,
        epochs=2,
        validation_data=generate(),
        validation_steps=4,
        verbose=0,
        callbacks=[note],
    )
    assert counted == [0, 1, 2, 3] * 2


@pytest.mark.parametrize("workers", [1, 3])
def test_a_py_dataset_is_trained_on_like_arrays(workers):
    class Batches(PyDataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            rows = slice(4 * index, 4 * index + 4)
            return X[rows], Y[rows]

    model = linear_model()
    model.fit(Batches(workers=workers), epochs=2, shuffle=False, verbose=0)
    w, _ = descend([np.arange(20)] * 2, 4)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4, atol=1e-6)
    assert model.evaluate(Batches(workers=workers), verbose=0) == pytest.approx(
        ((X @ w - Y) ** 2).mean(), rel=1e-4
    )


# What callbacks may do to the model in the midst of training


def test_weights_set_by_a_callback_count_from_the_next_step():
    class Reset(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                self.model.set_weights([W])

    model = linear_model()
    model.fit(X, Y, 4, shuffle=False, verbose=0, callbacks=[Reset()])
    w, _ = descend([np.arange(16, 20)], 4)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4, atol=1e-6)


def test_a_layer_frozen_by_a_callback_learns_no_more():
    class Freeze(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.layers[0].trainable = False
                weights.append(self.model.layers[0].get_weights()[0])

    weights = []
    model = mg.Sequential([layers.Input((3,)), layers.Dense(4), layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.layers[1].get_weights()[0]
    model.fit(X, Y, 4, epochs=2, verbose=0, callbacks=[Freeze()])
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], weights[0])
    assert (model.layers[1].get_weights()[0] != before).all()


def test_a_model_compiled_anew_goes_on_with_the_new_optimizer():
    class Recompile(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.compile(optimizers.SGD(0.0), "mse")
                weights.append(self.model.get_weights()[0])

    weights = []
    model = linear_model()
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[Recompile()]).history
    np.testing.assert_array_equal(model.get_weights()[0], weights[0])
    assert len(history["loss"]) == 3


def test_a_learning_rate_set_by_a_callback_counts():
    class Slower(callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.learning_rate = 0.1 if batch < 2 else 0.0

    model = linear_model()
    model.fit(X, Y, 4, shuffle=False, verbose=0, callbacks=[Slower()])
    w, _ = descend([np.arange(8)], 4)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4, atol=1e-6)


# Interruption


@pytest.fixture
def interruptible():
    """Ctrl-C raises, also where the process that runs the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interruption_leaves_a_usable_model_and_its_history(interruptible):
    class Interrupt(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if len(self.model.history.epoch) == 2 and batch == 1:
                signal.raise_signal(signal.SIGINT)  # what Ctrl-C does

    class Batches(PyDataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return X[4 * index : 4 * index + 4], Y[4 * index : 4 * index + 4]

    threads = threading.active_count()
    model = linear_model(metrics=["mae"])
    with pytest.raises(KeyboardInterrupt):
        model.fit(Batches(workers=2), epochs=5, verbose=0, callbacks=[Interrupt()])
    assert threading.active_count() == threads
    assert model.history.epoch == [0, 1]
    assert [len(values) for values in model.history.history.values()] == [2, 2]
    loss = model.history.history["loss"][-1]
    assert np.isfinite(model.get_weights()[0]).all()
    assert model.predict(X, verbose=0).shape == (20, 1)
    assert model.fit(X, Y, epochs=2, verbose=0).history["loss"][-1] < loss


# evaluate


def test_evaluate_gives_the_mean_over_all_samples_whatever_the_batches():
    model = linear_model(metrics=["mae"], weighted_metrics=["mse"])
    for batch_size in (3, 20):
        loss, mae, mse = model.evaluate(X, Y, batch_size, verbose=0)
        assert loss == pytest.approx((Y**2).mean(), rel=1e-5)
        assert mae == pytest.approx(np.abs(Y).mean(), rel=1e-5)
        assert mse == pytest.approx((Y**2).mean(), rel=1e-5)
    weights = np.linspace(0, 2, 20, dtype="float32")
    logs = model.evaluate(X, Y, sample_weight=weights, verbose=0, return_dict=True)
    assert list(logs) == ["loss", "mae", "mse"]
    assert logs["loss"] == pytest.approx((weights[:, None] * Y**2).mean(), rel=1e-5)
    assert logs["mse"] == pytest.approx((weights @ Y**2).item() / weights.sum(), rel=1e-5)


def test_a_loss_alone_is_a_number():
    value = linear_model().evaluate(X, Y, verbose=0)
    assert type(value) is float


def test_evaluate_takes_so_many_steps():
    value = linear_model().evaluate(X, Y, 4, steps=2, verbose=0)
    assert value == pytest.approx((Y[:8] ** 2).mean(), rel=1e-5)


def test_the_list_has_the_order_of_the_metrics():
    def zero(y_true, y_pred):
        return 0.0

    def one(y_true, y_pred):
        return 1.0

    assert linear_model(metrics=[zero, one]).evaluate(X, Y, verbose=0)[1:] == [0.0, 1.0]
    assert linear_model(metrics=[one, zero]).evaluate(X, Y, verbose=0)[1:] == [1.0, 0.0]


def test_evaluate_refuses_arguments_it_does_not_know():
    with pytest.raises(ValueError, match=r"Arguments not recognized: .'batchsize': 3"):
        linear_model().evaluate(X, Y, batchsize=3)


# predict


@pytest.mark.parametrize("batch_size", [None, 1, 7, 20])
def test_predictions_come_in_order(batch_size):
    model = linear_model()
    model.set_weights([TRUE])
    np.testing.assert_allclose(model.predict(X, batch_size, verbose=0), X @ TRUE, rtol=1e-5)


def test_predictions_have_the_structure_of_the_outputs():
    a, b = mg.Input((3,), name="a"), mg.Input((3,), name="b")
    model = mg.Model({"a": a, "b": b}, {"sum": a + b, "both": [a, b]})
    found = model.predict({"a": X, "b": 2 * X}, batch_size=8, verbose=0)
    np.testing.assert_allclose(found["sum"], 3 * X)
    np.testing.assert_array_equal(found["both"][1], 2 * X)
    assert all(type(one) is np.ndarray for one in (found["sum"], *found["both"]))
    np.testing.assert_allclose(model.predict_on_batch({"a": X, "b": X})["sum"], 2 * X)


def test_there_must_be_something_to_predict_from():
    class Empty(PyDataset):
        def __len__(self):
            return 0

        def __getitem__(self, index):
            raise IndexError

    with (
        pytest.warns(UserWarning, match="ran out of data"),
        pytest.raises(ValueError, match="no data to predict from"),
    ):
        linear_model().predict(Empty(), verbose=0)


@pytest.mark.parametrize(
    ("method", "stopping", "hook"),
    [
        ("fit", "stop_training", "on_train_batch_end"),
        ("evaluate", "stop_evaluating", "on_test_batch_end"),
        ("predict", "stop_predicting", "on_predict_batch_end"),
    ],
)
def test_endless_data_can_be_stopped(method, stopping, hook):
    def generate():
        while True:
            yield (X,) if method == "predict" else (X, Y)

    def stop(batch, logs):
        setattr(model, stopping, batch == 4)
        counted.append(batch)

    counted = []
    model = linear_model()
    getattr(model, method)(
        generate(), verbose=0, callbacks=[callbacks.LambdaCallback(**{hook: stop})]
    )
    assert counted == [0, 1, 2, 3, 4]


# One batch


def test_one_batch_is_one_step():
    model = linear_model(metrics=["mae"])
    loss, mae = model.train_on_batch(X, Y)
    assert loss == pytest.approx((Y**2).mean(), rel=1e-5)
    assert mae == pytest.approx(np.abs(Y).mean(), rel=1e-5)
    w, _ = descend([np.arange(20)], 20)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4, atol=1e-6)
    logs = model.test_on_batch(X, Y, return_dict=True)
    assert logs["loss"] == pytest.approx(((X @ w - Y) ** 2).mean(), rel=1e-4)
    np.testing.assert_allclose(model.predict_on_batch(X), X @ w, rtol=1e-4)


def test_weights_on_one_batch():
    labels = np.arange(20) % 2
    model = linear_model()
    weights = np.where(labels == 1, 0.3, 0.2).astype("float32")
    expected = (weights * labels**2).mean()
    assert model.test_on_batch(X, labels[:, None], weights) == pytest.approx(expected, rel=1e-5)
    value = model.train_on_batch(X, labels[:, None], class_weight={1: 0.3, 0: 0.2})
    assert value == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ValueError, match="cannot be specified at the same time"):
        model.train_on_batch(X, labels, weights, class_weight={0: 1})


# Several inputs and outputs


def test_several_inputs_and_outputs_with_weights_and_metrics():
    a, b = mg.Input((3,), name="a"), mg.Input((2,), name="b")
    joined = layers.Concatenate()([a, b])
    outputs = {
        "number": layers.Dense(1, name="number")(joined),
        "kind": layers.Dense(4, activation="softmax", name="kind")(joined),
    }
    model = mg.Model({"a": a, "b": b}, outputs)
    model.compile(
        "adam",
        {"number": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"number": 0.5, "kind": 2.0},
        metrics={"kind": ["accuracy"]},
    )
    inputs = {"a": X, "b": X[:, :2]}
    targets = {"number": Y, "kind": np.arange(20) % 4}
    history = model.fit(inputs, targets, epochs=2, batch_size=6, verbose=0).history
    assert set(history) == {"loss", "kind_loss", "number_loss", "kind_accuracy"}
    logs = model.evaluate(inputs, targets, verbose=0, return_dict=True)
    predicted = model.predict(inputs, verbose=0)
    number = ((predicted["number"] - Y) ** 2).mean()
    kind = -np.log(predicted["kind"][np.arange(20), targets["kind"]]).mean()
    assert logs["number_loss"] == pytest.approx(number, rel=1e-4)
    assert logs["kind_loss"] == pytest.approx(kind, rel=1e-4)
    assert logs["loss"] == pytest.approx(0.5 * number + 2 * kind, rel=1e-4)
    accuracy = (predicted["kind"].argmax(1) == targets["kind"]).mean()
    assert logs["kind_accuracy"] == pytest.approx(accuracy)


def test_masked_steps_do_not_count():
    sequences = rng.normal(size=(4, 5, 2)).astype("float32")
    sequences[:, 3:] = 0.0
    targets = rng.normal(size=(4, 5, 2)).astype("float32")
    model = mg.Sequential([layers.Input((5, 2)), layers.Masking()])
    model.compile("sgd", "mse", weighted_metrics=["mae"])
    loss, mae = model.evaluate(sequences, targets, verbose=0)
    error = (sequences - targets)[:, :3]
    assert loss == pytest.approx((error**2).mean(), rel=1e-5)
    assert mae == pytest.approx(np.abs(error).mean(), rel=1e-5)


def test_text_reaches_the_model_as_numpy_arrays():
    class Lengths(layers.Layer):
        def __init__(self):
            super().__init__()
            self._convert_input_args = False
            self._allow_non_tensor_positional_args = True

        def call(self, x):
            return ops.convert_to_tensor([float(len(word)) for word in x])

    class Reads(mg.Model):
        def __init__(self):
            super().__init__()
            self._convert_input_args = False
            self._allow_non_tensor_positional_args = True
            self.lengths = Lengths()

        def call(self, x):
            return self.lengths(x)

    assert Reads().predict(np.array(["a", "bcd"]), verbose=0).tolist() == [1.0, 3.0]
