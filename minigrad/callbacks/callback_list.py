"""CallbackList: many callbacks called as if they were one, those alone that have something to do.

Most callbacks leave most moments alone. A step of a small model takes less time than turning its
metrics into Python numbers, so that is done only for a callback that looks at them.
"""

from minigrad import tree
from minigrad.callbacks.callback import Callback
from minigrad.callbacks.history import History
from minigrad.callbacks.logs import pythonify_logs
from minigrad.callbacks.progbar_logger import ProgbarLogger
from minigrad.distribution.active import distribution

_BATCH_HOOKS = tuple(
    f"on_{phase}batch_{moment}"
    for phase in ("", "train_", "test_", "predict_")
    for moment in ("begin", "end")
)


class CallbackList(Callback):
    """Several callbacks as one.

    Args:
        callbacks: A callback, or a list of them.
        add_history: Whether to add a History if there is none.
        add_progbar: Whether to add a ProgbarLogger if there is none.
        model: The model they belong to.
        params: What they receive as `params`.
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        super().__init__()
        self.callbacks = tree.flatten(callbacks) if callbacks is not None else []
        self._history = self._add_default(History, add_history)
        self._add_default(ProgbarLogger, add_progbar)
        self._hooked = {}
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def _add_default(self, kind, wanted):
        found = next((one for one in self.callbacks if isinstance(one, kind)), None)
        if found is None and wanted:
            found = kind()
            self.callbacks.append(found)
        return found

    def append(self, callback):
        """Add a callback at the end."""
        self.callbacks.append(callback)
        self._hooked.clear()

    def set_model(self, model):
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params):
        self.params = params
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def _call(self, hook, *number, logs):
        logs = pythonify_logs(logs)
        for callback in self._here():
            getattr(callback, hook)(*number, logs)

    def _here(self):
        """Those that have something to do in this process."""
        active = distribution()
        if active is None or active.process == 0:
            return self.callbacks
        return [one for one in self.callbacks if not one.first_process_only]

    def _call_batch(self, hook, batch, logs):
        hooked = self._hooked.get(hook)
        if hooked is None:
            hooked = self._hooked[hook] = [
                (getattr(callback, hook), getattr(callback, "reads_logs_rarely", False))
                for callback in self._here()
                if _does_something(callback, hook)
            ]
        if not hooked:
            return
        numbers = None
        for method, rarely in hooked:
            if rarely:
                method(batch, logs)
            else:
                if numbers is None:
                    numbers = pythonify_logs(logs)
                method(batch, logs=numbers)

    def on_epoch_begin(self, epoch, logs=None):
        self._call("on_epoch_begin", epoch, logs=logs)

    def on_epoch_end(self, epoch, logs=None):
        self._call("on_epoch_end", epoch, logs=logs)

    def on_train_begin(self, logs=None):
        self._hooked.clear()
        self._call("on_train_begin", logs=logs)

    def on_train_end(self, logs=None):
        self._call("on_train_end", logs=logs)

    def on_test_begin(self, logs=None):
        self._call("on_test_begin", logs=logs)

    def on_test_end(self, logs=None):
        self._call("on_test_end", logs=logs)

    def on_predict_begin(self, logs=None):
        self._call("on_predict_begin", logs=logs)

    def on_predict_end(self, logs=None):
        self._call("on_predict_end", logs=logs)


def _batch_method(hook):
    def method(self, batch, logs=None):
        self._call_batch(hook, batch, logs)

    method.__name__ = hook
    return method


for _hook in _BATCH_HOOKS:
    setattr(CallbackList, _hook, _batch_method(_hook))


def _does_something(callback, hook):
    """Whether a callback has a method of its own for this moment."""
    names = [hook, hook.replace("train_", "")]  # on_train_batch_end calls on_batch_end
    return any(
        getattr(getattr(callback, name), "__func__", None) is not getattr(Callback, name)
        for name in names
    )
