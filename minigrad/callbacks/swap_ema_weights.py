"""Averages of the weights instead of the weights, while the model is evaluated."""

from minigrad.callbacks.callback import Callback


class SwapEMAWeights(Callback):
    """Puts the moving averages of the weights into the model for evaluation and prediction.

    The optimizer keeps them if it was made with `use_ema=True` (Polyak averaging).

    Args:
        swap_on_epoch: Swap also from the end of an epoch to the beginning of the next, so that
            callbacks after this one, such as ModelCheckpoint, see the averages.

    Raises:
        ValueError: an optimizer without averages.
    """

    def __init__(self, swap_on_epoch=False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._ema_weights_in_model = False

    def on_epoch_begin(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._show_averages(False)

    def on_epoch_end(self, epoch, logs=None):
        if self.swap_on_epoch and not self._ema_weights_in_model:
            self._show_averages(True)
            if epoch == self.params["epochs"] - 1:
                # `fit` ends by giving the weights the values of the averages, which are in the
                # model now: give them back to the averages first.
                for weight, average in self._pairs():
                    average.assign(weight)

    def on_test_begin(self, logs=None):
        self._show_averages(True)

    def on_test_end(self, logs=None):
        self._show_averages(False)

    def on_predict_begin(self, logs=None):
        self._show_averages(True)

    def on_predict_end(self, logs=None):
        self._show_averages(False)

    def _show_averages(self, shown):
        if self._ema_weights_in_model == shown:
            return
        for weight, average in self._pairs():
            value = weight.value
            weight.assign(average)
            average.assign(value)
        self._ema_weights_in_model = shown

    def _pairs(self):
        """The weights, each with its average."""
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        optimizers = [
            one
            for one in getattr(optimizer, "optimizers", [optimizer])
            if getattr(one, "use_ema", False)
        ]
        if not optimizers:
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer (on one "
                "of them, for a MultiOptimizer). "
                f"Received: use_ema={getattr(optimizer, 'use_ema', False)}"
            )
        for one in optimizers:
            yield from zip(one._trainable_variables, one._model_variables_moving_average)
