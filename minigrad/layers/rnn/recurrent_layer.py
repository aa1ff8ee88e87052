"""RecurrentLayer: an RNN with a cell of its own, whose arguments are the cell's."""

import inspect

from minigrad.layers.input_spec import InputSpec
from minigrad.layers.rnn.recurrent_cell import RecurrentCell
from minigrad.layers.rnn.rnn import RNN


class RecurrentLayer(RNN):
    """The base of SimpleRNN, LSTM and GRU; `cell_class` says which cell they make.

    What a cell is made with can be read from the layer too: `layer.units` is `layer.cell.units`.
    """

    cell_class = None
    _not_in_config = ("cell", "cell_arguments", "use_cudnn")

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "cell_class" in vars(cls):
            for name in _arguments(cls.cell_class):
                setattr(cls, name, _of_cell(name))

    def __init__(self, cell_arguments, **kwargs):
        shared = {name: kwargs[name] for name in ("dtype", "trainable") if name in kwargs}
        if "implementation" in kwargs:
            shared["implementation"] = kwargs.pop("implementation")
        cell = self.cell_class(**cell_arguments, **shared)
        super().__init__(cell, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return super(RNN, cls).from_config(config)


def _arguments(cell_class):
    """The names of all that a cell is made with, also of what it hands on to its base class."""
    bases = cell_class.__mro__[: cell_class.__mro__.index(RecurrentCell) + 1]
    names = {name for base in bases for name in inspect.signature(base.__init__).parameters}
    return names - {"self", "kwargs"}


def _of_cell(name):
    return property(lambda layer: getattr(layer.cell, name), doc=f"`{name}` of the cell.")
