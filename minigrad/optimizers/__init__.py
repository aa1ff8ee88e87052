"""What makes a loss smaller: `minigrad.optimizers` is Keras's `keras.optimizers`."""

from minigrad.optimizers import legacy, schedules
from minigrad.optimizers.adafactor import Adafactor
from minigrad.optimizers.adagrad import Adadelta, Adagrad
from minigrad.optimizers.adam import Adam, AdamW
from minigrad.optimizers.adamax import Adamax
from minigrad.optimizers.ftrl import Ftrl
from minigrad.optimizers.lamb import Lamb
from minigrad.optimizers.lion import Lion
from minigrad.optimizers.loss_scale_optimizer import LossScaleOptimizer
from minigrad.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
from minigrad.optimizers.muon import Muon
from minigrad.optimizers.nadam import Nadam
from minigrad.optimizers.optimizer import Optimizer
from minigrad.optimizers.rmsprop import RMSprop
from minigrad.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from minigrad.optimizers.sgd import SGD
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_TABLE = {
    cls.__name__.lower(): cls
    for cls in (
        *(Optimizer, SGD, RMSprop, Adam, AdamW, Adagrad, Adadelta, Adamax, Nadam, Adafactor),
        *(Ftrl, Lamb, Lion, Muon, ScheduleFreeAdamW),
        *(LossScaleOptimizer, MultiOptimizer, OptimizerMap),
    )
}


def serialize(optimizer):
    """An optimizer as a config in Keras's format."""
    return serialize_keras_object(optimizer)


def deserialize(config, custom_objects=None):
    """The optimizer that a config stands for; its class may be written in small letters."""
    name = config["class_name"].lower()
    if name in _TABLE:
        config = {**config, "class_name": name}
    return deserialize_keras_object(config, module_objects=_TABLE, custom_objects=custom_objects)


def get(identifier):
    """The optimizer that a name or a config stands for; an Optimizer and None as they are.

    Raises ValueError for what means nothing.

    >>> get("sgd").get_config()["momentum"]
    0.0
    """
    if identifier is None:
        return None
    found = identifier
    if isinstance(identifier, str):
        found = deserialize({"class_name": identifier, "config": {}})
    elif isinstance(identifier, dict):
        found = deserialize(identifier)
    if isinstance(found, Optimizer):
        return found
    raise ValueError(
        f"Could not interpret optimizer identifier: {identifier}. Expected the name of an "
        f"optimizer, its config, or an Optimizer. Received: identifier={identifier!r}"
    )
