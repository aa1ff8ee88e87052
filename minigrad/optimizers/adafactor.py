"""Adafactor: Adam with little memory, for large models."""

from minigrad import ops
from minigrad.optimizers.optimizer import Optimizer
from minigrad.variable import Variable


class Adafactor(Optimizer):
    """Mean squared gradients of a matrix from those of its rows and of its columns.

    Args:
        learning_rate: How far a step goes, relative to the weights.
        beta_2_decay: The mean squares keep 1 - tᵈ of themselves at step t, d this number.
        epsilon_1: Keeps mean squares positive.
        epsilon_2: The least size that weights count as having.
        clip_threshold: Steps whose root mean square is greater are shortened to it.
        relative_step: Kept, and of no effect: the rate is at most 1/√t in any case.
        kwargs: See Optimizer.

    Source: Shazeer and Stern 2018, https://arxiv.org/abs/1804.04235, algorithms 4 and 5.
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=1e-3,
        clip_threshold=1.0,
        relative_step=True,
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._r, self._c, self._v = [], [], []  # mean squares: of rows, of columns, of elements
        for variable in variables:
            rows, columns = self._of_rows_and_columns(variable)
            self._r.append(rows)
            self._c.append(columns)
            overwritten = getattr(variable, "overwrite_with_gradient", False)
            self._v.append(
                None if overwritten else self.add_variable_from_reference(variable, "velocity")
            )

    def _of_rows_and_columns(self, variable):
        shape, dtype, name = variable.shape, variable.dtype, variable.name
        if len(shape) < 2:
            # Of no use, but in Keras's files they have their numbers.
            unused = [Variable(0, name=name, trainable=False) for _ in range(2)]
            for one in unused:
                self._track_variable(one)
            return unused
        if getattr(variable, "overwrite_with_gradient", False):
            return None, None
        rows = self.add_variable(shape[:-1], dtype=dtype, name=name)
        columns = self.add_variable((*shape[:-2], shape[-1]), dtype=dtype, name=name)
        return rows, columns

    def update_step(self, gradient, variable, learning_rate):
        g, lr = self._cast(variable, gradient, learning_rate)
        r, c, v = self._slots(variable, self._r, self._c, self._v)
        t = self._step_number(variable.dtype)
        beta_2 = 1 - ops.power(t, self.beta_2_decay)

        squares = ops.square(g) + self.epsilon_1
        if len(variable.shape) >= 2:
            r.assign(beta_2 * r + (1 - beta_2) * ops.mean(squares, axis=-1))
            c.assign(beta_2 * c + (1 - beta_2) * ops.mean(squares, axis=-2))
            share = r / ops.mean(r, axis=-1, keepdims=True)
            v.assign(ops.expand_dims(share, -1) * ops.expand_dims(c, -2))
        else:
            v.assign(beta_2 * v + (1 - beta_2) * squares)
        u = g / ops.sqrt(v)
        u = u / ops.maximum(1.0, _root_mean_square(u) / self.clip_threshold)
        # Keras bounds the rate by 1/√t whatever `relative_step` says.
        rho = ops.minimum(lr, 1 / ops.sqrt(t))
        variable.assign_sub(ops.maximum(self.epsilon_2, _root_mean_square(variable)) * rho * u)


def _root_mean_square(x):
    return ops.sqrt(ops.mean(ops.square(x)))
