"""GRU: gated recurrent units over a sequence."""

from minigrad import ops
from minigrad.layers.rnn.fused_layer import FusedLayer
from minigrad.layers.rnn.gru_cell import GRUCell
from minigrad.ops.recurrent import gru_walk


class GRU(FusedLayer):
    """Gated recurrent units (Cho et al. 2014); the formulas are in `GRUCell`.

    Args:
        units, activation, recurrent_activation, reset_after, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, kernel_regularizer, recurrent_regularizer,
            bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed: As for `GRUCell`.
        activity_regularizer: A function of the output that is added to the loss.
        return_sequences, return_state, go_backwards, stateful, unroll: As for `RNN`.
        use_cudnn: "auto": one operation for the whole sequence where there is one; False: step by
            step; True: an error where there is none.

    Input of shape `(batch, timesteps, features)`, output of shape `(batch, units)`, or
    `(batch, timesteps, units)` with `return_sequences`.

    >>> from minigrad import layers, ops
    >>> layers.GRU(4, return_sequences=True)(ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    cell_class = GRUCell

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = {
            "name": "gru_cell",
            "units": units,
            "activation": activation,
            "recurrent_activation": recurrent_activation,
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "recurrent_initializer": recurrent_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
            "reset_after": reset_after,
        }
        super().__init__(
            cell,
            use_cudnn,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )

    def _may_fuse(self, mask=None):
        return self.cell.reset_after and super()._may_fuse(mask)

    def _walk(self, sequences, states, counts):
        cell = self.cell
        x = ops.matmul(sequences, cell.kernel)
        if cell.use_bias:
            x = x + cell.bias[0]
            bias = cell.bias[1]
        else:
            bias = ops.zeros((3 * cell.units,), x.dtype)
        hs, _ = gru_walk(
            x, states[0], cell.recurrent_kernel, bias, counts, backwards=self.go_backwards
        )
        return hs, [hs[:, 0 if self.go_backwards else -1]]
