"""The progress bar of `fit`, `evaluate` and `predict`."""

from minigrad.callbacks.callback import Callback
from minigrad.callbacks.logs import pythonify_logs
from minigrad.messages import print_msg
from minigrad.utils.progbar import Progbar


class ProgbarLogger(Callback):
    """Shows progress and metrics on the screen, as `verbose` of `fit` says."""

    # Steps may be much shorter than the time between two changes of the screen.
    reads_logs_rarely = True

    first_process_only = True

    def __init__(self):
        super().__init__()
        self.seen = 0
        self.progbar = None
        self.target = None
        self.verbose = 1
        self.epochs = 1
        self._called_in_fit = False

    def set_params(self, params):
        self.params = params
        verbose = params["verbose"]
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs = params["epochs"]
        self.target = params["steps"]

    def on_train_begin(self, logs=None):
        self._called_in_fit = True  # validation is silent then

    def on_train_end(self, logs=None):
        self._called_in_fit = False

    def on_epoch_begin(self, epoch, logs=None):
        self._start()
        if self.verbose and self.epochs > 1:
            print_msg(f"Epoch {epoch + 1}/{self.epochs}")

    def on_test_begin(self, logs=None):
        if not self._called_in_fit:
            self._start()

    def on_predict_begin(self, logs=None):
        self._start()

    def on_train_batch_end(self, batch, logs=None):
        self._update(batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        if not self._called_in_fit:
            self._update(batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        self._update(batch, None)

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs)

    def on_test_end(self, logs=None):
        if not self._called_in_fit:
            self._finish(logs)

    def on_predict_end(self, logs=None):
        self._finish(logs)

    def _start(self):
        self.seen = 0
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())

    def _update(self, batch, logs):
        self.seen = batch + 1
        if self.verbose == 1 and (self.progbar.is_due() or batch == 0):
            self.progbar.update(self.seen, pythonify_logs(logs).items(), finalize=False)

    def _finish(self, logs):
        if self.target is None and self.seen:
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.target or self.seen, (logs or {}).items(), finalize=True)
