"""StackedRNNCells: cells on top of each other, as one cell."""

from minigrad import ops, tree
from minigrad.layers.layer import Layer
from minigrad.saving.serialization import deserialize_keras_object


class StackedRNNCells(Layer):
    """The output of each cell is the input of the next, at every timestep.

    Args:
        cells: A list of cells; see `RNN`. The state is the list of their states.

    >>> from minigrad import layers, ops
    >>> cells = layers.StackedRNNCells([layers.LSTMCell(8), layers.LSTMCell(4)])
    >>> layers.RNN(cells)(ops.ones((2, 5, 3))).shape
    (2, 4)
    """

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        for cell in cells:
            for needed in ("call", "state_size"):
                if not hasattr(cell, needed):
                    raise ValueError(
                        f"All cells must have `{needed}`. Received a cell without it: {cell}"
                    )
        self.cells = cells

    @property
    def state_size(self):
        """A list of the state sizes of the cells."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self):
        """That of the last cell."""
        return _output_size(self.cells[-1])

    def get_initial_state(self, batch_size=None):
        """The list of the initial states of the cells."""
        return [self._initial_state(cell, batch_size) for cell in self.cells]

    def _initial_state(self, cell, batch_size):
        if hasattr(cell, "get_initial_state"):
            return cell.get_initial_state(batch_size=batch_size)
        dtype = getattr(cell, "compute_dtype", self.compute_dtype)
        return tree.map_structure(
            lambda size: ops.zeros((batch_size, size), dtype=dtype), cell.state_size
        )

    def build(self, input_shape):
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = (input_shape[0], _output_size(cell))

    def call(self, inputs, states, training=False):
        new_states = []
        for cell, state in zip(self.cells, states, strict=True):
            several = tree.is_nested(state)
            takes_training = isinstance(cell, Layer) and cell._takes_training
            more = {"training": training} if takes_training else {}
            run = cell if callable(cell) else cell.call
            inputs, new = run(inputs, list(state) if several else [state], **more)
            if not several and tree.is_nested(new):
                (new,) = new
            new_states.append(new)
        return inputs, new_states

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        cells = [
            deserialize_keras_object(cell, custom_objects=custom_objects)
            for cell in config.pop("cells")
        ]
        return cls(cells, **config)


def _output_size(cell):
    size = getattr(cell, "output_size", None)
    if size is None:
        size = cell.state_size
    return size[0] if isinstance(size, (list, tuple)) else size
