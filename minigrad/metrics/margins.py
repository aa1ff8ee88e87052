"""Losses with a margin, as metrics. The formulas are in `minigrad.losses`."""

from minigrad import losses
from minigrad.metrics.reduction import MeanMetricWrapper


class Hinge(MeanMetricWrapper):
    """The mean hinge loss; labels are ±1, or 0 and 1."""

    def __init__(self, name="hinge", dtype=None):
        super().__init__(losses.hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean squared hinge loss; labels are ±1, or 0 and 1."""

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(losses.squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean hinge loss of one class among several."""

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(losses.categorical_hinge, name, dtype)
