"""Adagrad and Adadelta: the learning rate of each weight falls with its past gradients."""

from minigrad import initializers, ops
from minigrad.optimizers.optimizer import Optimizer


class Adagrad(Optimizer):
    """Steps along the gradient, divided by the root of the sum of all its squares so far.

    Args:
        learning_rate: How far the first steps go.
        initial_accumulator_value: Where the sum begins.
        epsilon: Keeps the division finite.
        kwargs: See Optimizer.

    Source: Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html.
    """

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        start = initializers.Constant(self.initial_accumulator_value)
        self._accumulators = self.add_optimizer_variables(variables, "accumulator", start)

    def update_step(self, gradient, variable, learning_rate):
        g, lr = self._cast(variable, gradient, learning_rate)
        (total,) = self._slots(variable, self._accumulators)

        total.assign_add(ops.square(g))
        variable.assign_sub(lr * g / ops.sqrt(total + self.epsilon))


class Adadelta(Optimizer):
    """Steps that have the unit of the weight: gradients, scaled by mean squares of past steps.

    Args:
        learning_rate: What the steps are multiplied by; 1 in the paper.
        rho: What part of the mean squares a step leaves.
        epsilon: Keeps the division finite and starts the first step.
        kwargs: See Optimizer.

    Source: Zeiler 2012, https://arxiv.org/abs/1212.5701, algorithm 1.
    """

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._accumulated_grads, self._accumulated_delta_vars = self.add_optimizer_variables(
            variables, ["accumulated_grad", "accumulated_delta_var"]
        )

    def update_step(self, gradient, variable, learning_rate):
        g, lr = self._cast(variable, gradient, learning_rate)
        g_squares, step_squares = self._slots(
            variable, self._accumulated_grads, self._accumulated_delta_vars
        )
        rho = self.rho

        g_squares.assign(rho * g_squares + (1 - rho) * ops.square(g))
        step = -self._root(step_squares) * g / self._root(g_squares)
        step_squares.assign(rho * step_squares + (1 - rho) * ops.square(step))
        variable.assign_add(lr * step)

    def _root(self, squares):
        return ops.sqrt(squares + self.epsilon)
