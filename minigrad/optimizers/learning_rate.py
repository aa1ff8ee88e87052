"""The learning rate of an optimizer: a Variable, a schedule or a function."""

from minigrad import settings
from minigrad.optimizers.schedules.schedule import LearningRateSchedule
from minigrad.saving.serialization import serialize_keras_object
from minigrad.variable import Variable


class LearningRate:
    """The part of Optimizer that knows its learning rate."""

    def _begin_learning_rate(self, learning_rate):
        if not callable(learning_rate):
            if not isinstance(learning_rate, float):
                raise ValueError(
                    "Argument `learning_rate` should be float, or an instance of "
                    "LearningRateSchedule, or a callable (that takes in the current iteration "
                    "value and returns the corresponding learning rate value). "
                    f"Received instead: learning_rate={learning_rate}"
                )
            learning_rate = self._scalar_variable(learning_rate, "learning_rate", settings.floatx())
        self._learning_rate = learning_rate

    @property
    def learning_rate(self):
        """The current learning rate: a Variable, or what a schedule or function gives now.

        It may be set to a float, a schedule or a function; but to no float where a schedule was
        given, which is a TypeError.
        """
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations)
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return self._learning_rate()

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        current = self._learning_rate
        if callable(learning_rate):
            if isinstance(current, Variable):
                self._untrack_variable(current)
            self._learning_rate = learning_rate
        elif not isinstance(current, Variable):
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object or a function as "
                "its `learning_rate` constructor argument, hence its learning rate is not "
                "settable. If you need the learning rate to be settable, you should instantiate "
                "the optimizer with a float `learning_rate` argument."
            )
        else:
            current.assign(learning_rate)

    def _learning_rate_config(self):
        if isinstance(self._learning_rate, Variable):
            return float(self._learning_rate)
        return serialize_keras_object(self._learning_rate)
