"""Stopping when the loss is no number any more."""

import math

from minigrad.callbacks.callback import Callback
from minigrad.messages import print_msg


class TerminateOnNaN(Callback):
    """Ends the training when the loss is NaN or infinite.

    Args:
        raise_error: Raise a RuntimeError instead, so that `on_train_end` of the callbacks is not
            called and backups are kept.
    """

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Terminating training. Lower the "
                f"learning rate, or look for such values in the data. Received: loss={loss}"
            )
        print_msg(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
