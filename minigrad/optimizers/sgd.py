"""Stochastic gradient descent."""

import functools

from minigrad.kernels import optimizers as kernels
from minigrad.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for.

    Args:
        learning_rate: How far a step goes.
        momentum: From 0 to 1: what part of the last step is taken again.
        nesterov: Whether the gradient counts as if it were taken after that.
        kwargs: See Optimizer.

    Raises ValueError unless 0 ≤ momentum ≤ 1.

    Source: Sutskever et al. 2013, http://proceedings.mlr.press/v28/sutskever13.html.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        if not isinstance(momentum, float) or not 0 <= momentum <= 1:
            raise ValueError(
                f"`momentum` must be a float between [0, 1]. Received: momentum={momentum}"
            )
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.momentums = []
        if self.momentum != 0:
            self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        g, lr = self._cast(variable, gradient, learning_rate)
        if self.momentum == 0:
            variable.assign_sub(g * lr)
            return
        (m,) = self._slots(variable, self.momentums)
        m.assign(self.momentum * m - g * lr)
        variable.assign_add(self.momentum * m - g * lr if self.nesterov else m)

    def _fused_kernel(self, learning_rate, dtype):
        lr = float(learning_rate)
        if self.momentum == 0:
            return kernels.sgd, (lr,), ()
        kernel = functools.partial(kernels.momentum, nesterov=self.nesterov)
        return kernel, (lr, self.momentum), (self.momentums,)
