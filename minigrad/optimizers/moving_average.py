"""Exponential moving averages of the weights, which often predict better than the weights."""

from minigrad import ops


class MovingAverage:
    """The part of Optimizer that keeps moving averages of the Variables that it trains.

    Source: Polyak and Juditsky 1992, https://doi.org/10.1137/0330046.
    """

    def _set_averaging(self, use_ema, ema_momentum, ema_overwrite_frequency):
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ValueError(
                f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}"
            )
        if (
            use_ema
            and ema_overwrite_frequency
            and (not isinstance(ema_overwrite_frequency, int) or ema_overwrite_frequency < 1)
        ):
            raise ValueError(
                "`ema_overwrite_frequency` must be an integer >= 1 or None. "
                f"Received: ema_overwrite_frequency={ema_overwrite_frequency}"
            )
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency

    def _update_averages(self):
        started = ops.not_equal(self.iterations, 0)  # the first average is the weights themselves
        for variable, average in self._averaged():
            momentum = self.ema_momentum * ops.cast(started, variable.dtype)
            average.assign(momentum * average + (1 - momentum) * variable)
        if self.ema_overwrite_frequency:
            now = ops.equal((self.iterations + 1) % self.ema_overwrite_frequency, 0)
            self._when(now, lambda: self._overwrite_with_averages(self._trainable_variables))

    def _averaged(self):
        pairs = zip(self._trainable_variables, self._model_variables_moving_average)
        return [(variable, average) for variable, average in pairs if average is not None]

    def _overwrite_with_averages(self, variables):
        averages = self._model_variables_moving_average
        if len(variables) != len(averages):
            raise ValueError(
                f"The length of model variables ({len(variables)}) to override does not match the "
                f"length of model variables stored in the optimizer ({len(averages)}). Please "
                "check if the optimizer was called on your model."
            )
        for variable, average in zip(variables, averages):
            if average is not None:
                variable.assign(average)

    def finalize_variable_values(self, var_list):
        """Give the Variables their averages, if the optimizer keeps any; `fit` ends with it."""
        if self.use_ema:
            self._overwrite_with_averages(var_list)
