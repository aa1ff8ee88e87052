"""Callback: what is to happen at the turning points of training, evaluation and prediction."""


class Callback:
    """Base of callbacks: override the methods of the moments that matter.

    `logs` holds numbers by name, such as `{"accuracy": 0.9, "loss": 0.3}`. What a callback writes
    into the `logs` of `on_epoch_end` reaches the callbacks after it, the History among them.

    Attributes:
        model: The model that is being trained. Set `model.stop_training` to end the training.
        params: Dict with `verbose`, `epochs` and `steps`.
        kept_in_backups: Names of attributes (numbers, arrays, lists of them) that
            `BackupAndRestore` keeps for a training that goes on after a crash.
        first_process_only: Whether it writes or shows something, which one of several processes
            is to do (see `distribution.DataParallel`).

    >>> class Announce(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch}: {logs['loss']:.1f}")
    >>> Announce().on_epoch_end(0, {"loss": 0.25})
    epoch 0: 0.2
    """

    _model = None
    params = None
    kept_in_backups = ()
    first_process_only = False

    def __init__(self):
        self.params = None

    @property
    def model(self):
        return self._model

    def set_model(self, model):
        """Tell which model is trained; `fit` does."""
        self._model = model

    def set_params(self, params):
        """Tell the parameters of the training: epochs, steps, verbosity; `fit` does."""
        self.params = params

    def on_batch_begin(self, batch, logs=None):
        """Another name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """Another name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before each epoch of training; the first has the number 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after each epoch of training, with the results of validation in `logs` too."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before each execution of a training step; `batch` counts within the epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after it, with the metrics of the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Called before each batch of `evaluate`, also that of the validation in `fit`."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after it, with the metrics so far."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before each batch of `predict`."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after it, with the predictions as `logs["outputs"]`."""

    def on_train_begin(self, logs=None):
        """Called once before training."""

    def on_train_end(self, logs=None):
        """Called once after training, with the logs of the last epoch."""

    def on_test_begin(self, logs=None):
        """Called before evaluation or validation."""

    def on_test_end(self, logs=None):
        """Called after it, with its results."""

    def on_predict_begin(self, logs=None):
        """Called before prediction."""

    def on_predict_end(self, logs=None):
        """Called after prediction."""
