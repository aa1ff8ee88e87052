"""The logs of every epoch in a table."""

import csv
import os

import numpy as np

from minigrad.callbacks.callback import Callback


class CSVLogger(Callback):
    """Writes the logs into a CSV file, a line per epoch.

    Args:
        filename: Of the file.
        separator: Between two values.
        append: Whether lines are added to a file that exists already.
    """

    csv_file = None

    first_process_only = True

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys = self.writer = None

    def on_train_begin(self, logs=None):
        self._close()
        self.keys = None
        self.csv_file = open(  # noqa: SIM115 (closed in on_train_end)
            self.filename, "a" if self.append else "w", newline="", encoding="utf-8"
        )

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            # Validation may come later, if it is rarer than the epochs.
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
            self.writer = csv.writer(self.csv_file, delimiter=self.sep)
            if not self.csv_file.tell():
                self.writer.writerow(["epoch", *self.keys])
        self.writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        self._close()

    def _close(self):
        if self.csv_file is not None:
            self.csv_file.close()
        self.csv_file = self.writer = None

    def __del__(self):
        self._close()  # training may have been interrupted


def _cell(value):
    if isinstance(value, str) or np.ndim(value) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
