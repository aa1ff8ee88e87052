"""RNN: a cell applied to one timestep after the other."""

from minigrad import naming, ops, tree
from minigrad.layers.layer import Layer
from minigrad.layers.rnn.dropout_rnn_cell import DropoutRNNCell
from minigrad.layers.rnn.recurrence import walk
from minigrad.layers.rnn.stacked_rnn_cells import StackedRNNCells
from minigrad.layers.state import tracking_off
from minigrad.saving.serialization import deserialize_keras_object
from minigrad.variable import Variable


class RNN(Layer):
    """Applies a cell to every timestep of a sequence, handing its states on.

    Args:
        cell: A layer, or any object, with `call(inputs, states)` that returns `(output, new
            states)`, and `state_size`: an int, or a list of them for several states. It may have
            `output_size` and `get_initial_state(batch_size)`. A list of cells is stacked.
        return_sequences: Whether to return the outputs of all timesteps, not only the last.
        return_state: Whether to return the last states too.
        go_backwards: Whether to begin at the end; outputs are then in that order.
        stateful: Whether to begin with the states that the last call ended with.
        unroll: Accepted; it only says what a skipped timestep puts out, see `walk`.
        zero_output_for_mask: Whether the output of a skipped timestep is zero, not the one before.

    The call takes sequences of shape `(batch, timesteps, …)`, and optionally `initial_state`, a
    list of tensors, and `mask`, `(batch, timesteps)`, False where a timestep is to be skipped.

    >>> from minigrad import layers, ops
    >>> rnn = layers.RNN([layers.LSTMCell(8), layers.GRUCell(4)], return_state=True)
    >>> outputs, first, second = rnn(ops.ones((2, 5, 3)))
    >>> outputs.shape, [state.shape for state in first]
    ((2, 4), [(2, 8), (2, 8)])
    """

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        for needed in ("call", "state_size"):
            if not hasattr(cell, needed):
                raise ValueError(
                    f"Argument `cell` of {type(self).__name__} should have a `{needed}` "
                    f"{'method' if needed == 'call' else 'property'}. Received: cell={cell}"
                )
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.states = None
        size = cell.state_size
        if not isinstance(size, (int, list, tuple)):
            raise ValueError(
                "`state_size` of a cell must be an integer, or a list of integers, one for each "
                f"state. Received: state_size={size}"
            )
        self.state_size = [size] if isinstance(size, int) else list(size)

    def build(self, sequences_shape, initial_state_shape=None):
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if self.stateful:
            if self.states is not None:
                self.reset_state()
            else:
                self._make_states(sequences_shape)

    def _make_states(self, sequences_shape):
        if sequences_shape[0] is None:
            raise ValueError(
                "When using `stateful=True` in a RNN, the batch size must be static: pass it to "
                f"`Input(batch_size=…)`. Received: sequences.shape={sequences_shape}"
            )
        with naming.name_scope(self.name, caller=self), tracking_off():
            self.states = tree.map_structure(
                lambda value: Variable(
                    value, trainable=False, dtype=self.variable_dtype, name="rnn_state"
                ),
                self.get_initial_state(sequences_shape[0]),
            )

    def get_initial_state(self, batch_size):
        """The states before the first timestep: those of the cell, or zeros."""
        if hasattr(self.cell, "get_initial_state"):
            states = self.cell.get_initial_state(batch_size=batch_size)
            return list(states) if tree.is_nested(states) else [states]
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        return [ops.zeros((batch_size, size), dtype=dtype) for size in self.state_size]

    def reset_state(self):
        """Make the kept states of a stateful layer zero."""
        for state in tree.flatten(self.states):
            if state is not None:
                state.assign(ops.zeros_like(state))

    def reset_states(self):
        """`reset_state` by its other name."""
        self.reset_state()

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        batch, timesteps = sequences_shape[:2]
        size = getattr(self.cell, "output_size", None)
        size = self.state_size[0] if size is None else size
        if not isinstance(size, int):
            raise ValueError(
                f"`output_size` of a cell must be an integer. Received: output_size={size}"
            )
        shape = (batch, timesteps, size) if self.return_sequences else (batch, size)
        if not self.return_state:
            return shape
        states = [
            (batch, one) if isinstance(one, int) else [(batch, each) for each in one]
            for one in self.state_size
        ]
        return shape, *states

    def compute_mask(self, sequences, mask):
        mask = tree.flatten(mask)[0] if self.return_sequences else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """The walk over the timesteps: `(last output, outputs, last states)`."""
        cell = self.cell
        takes_training = isinstance(cell, Layer) and cell._takes_training
        more = {"training": training} if takes_training else {}
        run = cell if callable(cell) else cell.call
        return walk(
            lambda x, states: run(x, states, **more),
            sequences,
            initial_state if tree.is_nested(initial_state) else [initial_state],
            mask[0] if tree.is_nested(mask) else mask,
            go_backwards=self.go_backwards,
            unroll=self.unroll,
            zero_output_for_mask=self.zero_output_for_mask,
            all_outputs=self.return_sequences,
        )

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if mask is not None and len(mask.shape) < 2:
            raise ValueError(
                f"{self.name}: `mask` must have the shape (batch, timesteps). Received: mask.shape="
                f"{tuple(mask.shape)}, sequences.shape={tuple(sequences.shape)}"
            )
        if initial_state is None:
            batch = ops.shape(sequences)[0]
            initial_state = self.states if self.stateful else self.get_initial_state(batch)
        if self.stateful:
            self._check_batch(sequences)
        if not tree.is_nested(initial_state):
            initial_state = [initial_state]
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        states = tree.map_structure(lambda x: ops.cast(x, dtype), list(initial_state))
        try:
            last, outputs, states = self.inner_loop(sequences, states, mask, training)
        finally:
            _reset_masks(self.cell)
        result = ops.cast(outputs if self.return_sequences else last, self.compute_dtype)
        states = tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), states)
        if self.stateful:
            for variable, state in zip(tree.flatten(self.states), tree.flatten(states)):
                variable.assign(state)
        return (result, *states) if self.return_state else result

    def _check_batch(self, sequences):
        expected, batch = tree.flatten(self.states)[0].shape[0], sequences.shape[0]
        if batch not in (expected, None):
            raise ValueError(
                "If an RNN is stateful, the batch size of the input sequences must be the one it "
                f"was built with, {expected}. Received: sequences.shape={sequences.shape}"
            )

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        cell = deserialize_keras_object(config.pop("cell"), custom_objects=custom_objects)
        return cls(cell, **config)


def _reset_masks(cell):
    """Forget the dropout masks of a cell and of those in it: the next sequence gets others."""
    if isinstance(cell, DropoutRNNCell):
        cell.reset_dropout_mask()
        cell.reset_recurrent_dropout_mask()
    elif isinstance(cell, StackedRNNCells):
        for one in cell.cells:
            _reset_masks(one)
