"""Learning rates that change: `keras.optimizers.schedules`."""

from minigrad.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from minigrad.optimizers.schedules.decay import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from minigrad.optimizers.schedules.schedule import LearningRateSchedule
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_TABLE = {
    cls.__name__: cls
    for cls in (
        *(LearningRateSchedule, CosineDecay, CosineDecayRestarts, ExponentialDecay),
        *(InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay),
    )
}


def serialize(learning_rate_schedule):
    """A schedule as a config in Keras's format."""
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """The schedule that a config stands for."""
    return deserialize_keras_object(config, module_objects=_TABLE, custom_objects=custom_objects)
