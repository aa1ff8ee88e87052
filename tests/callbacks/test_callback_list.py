"""Who is called when, and with what."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import callbacks, layers
from minigrad.callbacks.logs import pythonify_logs

X, Y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")


def model():
    made = mg.Sequential([layers.Input((2,)), layers.Dense(1)])
    made.compile("sgd", "mse", metrics=["mae"])
    return made


class Everything(callbacks.Callback):
    """Notes each call, and the names in its logs."""

    def __init__(self):
        super().__init__()
        self.seen = []


def _noting(hook):
    def method(self, *args, logs=None):
        if logs is None:
            *args, logs = args
        self.seen.append((hook, *args, sorted(logs)))

    return method


HOOKS = [name for name in dir(callbacks.Callback) if name.startswith("on_")]
for _hook in HOOKS:
    if _hook not in ("on_batch_begin", "on_batch_end"):
        setattr(Everything, _hook, _noting(_hook))

BOTH = ["loss", "mae"]
WITH_VALIDATION = ["loss", "mae", "val_loss", "val_mae"]


def test_fit_calls_callbacks_in_order():
    note = Everything()
    model().fit(X, Y, 2, verbose=0, validation_data=(X, Y), callbacks=note)
    assert note.seen == [
        ("on_train_begin", []),
        ("on_epoch_begin", 0, []),
        ("on_train_batch_begin", 0, []),
        ("on_train_batch_end", 0, BOTH),
        ("on_train_batch_begin", 1, []),
        ("on_train_batch_end", 1, BOTH),
        ("on_test_begin", []),
        ("on_test_batch_begin", 0, []),
        ("on_test_batch_end", 0, BOTH),
        ("on_test_batch_begin", 1, []),
        ("on_test_batch_end", 1, BOTH),
        ("on_test_end", BOTH),
        ("on_epoch_end", 0, WITH_VALIDATION),
        ("on_train_end", WITH_VALIDATION),
    ]


def test_evaluate_and_predict_call_callbacks_in_order():
    note = Everything()
    model().evaluate(X, Y, verbose=0, callbacks=[note])
    model().predict(X, verbose=0, callbacks=[note])
    assert note.seen == [
        ("on_test_begin", []),
        ("on_test_batch_begin", 0, []),
        ("on_test_batch_end", 0, BOTH),
        ("on_test_end", BOTH),
        ("on_predict_begin", []),
        ("on_predict_batch_begin", 0, []),
        ("on_predict_batch_end", 0, ["outputs"]),
        ("on_predict_end", []),
    ]


def test_logs_are_numbers_and_predictions_are_arrays():
    class Look(callbacks.Callback):
        def on_batch_end(self, batch, logs=None):
            found.append(logs)

        def on_epoch_end(self, epoch, logs=None):
            found.append(logs)

        def on_predict_batch_end(self, batch, logs=None):
            found.append(logs)

    found = []
    model().fit(X, Y, verbose=0, callbacks=[Look()])
    model().predict(X, verbose=0, callbacks=[Look()])
    assert [type(value) for logs in found[:2] for value in logs.values()] == [float] * 4
    assert found[2]["outputs"].shape == (4, 1)


def test_the_short_names_are_called_too():
    class Short(callbacks.Callback):
        def on_batch_begin(self, batch, logs=None):
            seen.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            seen.append(("end", batch))

    seen = []
    model().fit(X, Y, 4, verbose=0, callbacks=[Short()])
    assert seen == [("begin", 0), ("end", 0)]


def test_a_method_set_on_the_instance_is_called():
    seen = []
    callback = callbacks.Callback()
    callback.on_train_batch_end = lambda batch, logs: seen.append(batch)
    model().fit(X, Y, 2, verbose=0, callbacks=[callback])
    assert seen == [0, 1]


def test_params_and_model_reach_every_callback():
    first, second = callbacks.Callback(), callbacks.Callback()
    trained = model()
    trained.fit(X, Y, 2, epochs=3, verbose=0, callbacks=[first, second])
    for callback in (first, second):
        assert callback.model is trained
        assert callback.params == {"verbose": 0, "epochs": 3, "steps": 2}


def test_a_callback_without_its_constructor_works():
    class Forgetful(callbacks.Callback):
        def __init__(self):
            self.count = 0

        def on_epoch_end(self, epoch, logs=None):
            self.count += 1

    forgetful = Forgetful()
    model().fit(X, Y, verbose=0, callbacks=[forgetful])
    assert forgetful.count == 1


def test_history_and_progress_bar_are_added_where_they_lack():
    made = callbacks.CallbackList([], add_history=True, add_progbar=True)
    assert [type(one).__name__ for one in made.callbacks] == ["History", "ProgbarLogger"]
    own = callbacks.History()
    made = callbacks.CallbackList([own], add_history=True)
    assert made.callbacks == [own]


def test_a_list_of_the_users_own_is_taken_as_it_is():
    note = Everything()
    trained = model()
    made = callbacks.CallbackList([note], add_history=True, model=trained, epochs=2)
    history = trained.fit(X, Y, epochs=2, callbacks=made)
    assert len(history.history["loss"]) == 2
    assert note.params == {"epochs": 2}
    made.append(callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: note.seen.clear()))
    made.on_epoch_begin(0)
    assert note.seen == []


def test_what_a_callback_writes_into_the_logs_reaches_the_history():
    class Write(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["epoch_squared"] = epoch**2

    history = model().fit(X, Y, epochs=3, verbose=0, callbacks=[Write()]).history
    assert history["epoch_squared"] == [0, 1, 4]


def test_a_step_whose_logs_nobody_reads_computes_no_numbers(monkeypatch):
    converted = []
    monkeypatch.setattr(
        "minigrad.callbacks.callback_list.pythonify_logs",
        lambda logs: converted.append(logs) or pythonify_logs(logs),
    )
    many = np.ones((50, 2), "float32"), np.zeros((50, 1), "float32")
    model().fit(*many, 1, verbose=0)
    assert len(converted) < 10


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        (None, {}),
        ({"b": mg.Tensor(0.5), "a": np.float32(2)}, {"a": 2.0, "b": 0.5}),
        ({"a": {"c": 1, "b": mg.Tensor([3.0])}}, {"b": 3.0, "c": 1.0}),
        ({"a": "text"}, {"a": "text"}),
    ],
)
def test_logs_become_sorted_floats(logs, expected):
    found = pythonify_logs(logs)
    assert list(found.items()) == list(expected.items())


def test_a_value_per_class_becomes_an_array():
    values = pythonify_logs({"f1": mg.Tensor([0.5, 1.0])})["f1"]
    assert type(values) is np.ndarray
    assert values.tolist() == [0.5, 1.0]
