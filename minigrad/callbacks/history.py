"""History: the logs of all epochs, which `fit` returns."""

from minigrad.callbacks.callback import Callback


class History(Callback):
    """Keeps the logs of every epoch.

    Attributes:
        history: Dict of lists, a number per epoch.
        epoch: The numbers of the epochs.
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self
