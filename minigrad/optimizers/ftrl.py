"""FTRL-Proximal: follow the regularized leader, which keeps weights at exactly 0."""

from minigrad import initializers, ops
from minigrad.optimizers.optimizer import Optimizer


class Ftrl(Optimizer):
    """The weights that were best for all gradients so far, under an L1 and L2 penalty.

    Args:
        learning_rate: How far the first steps go.
        learning_rate_power: At most 0: how fast the rate falls with the sum of squared gradients.
        initial_accumulator_value: Where that sum begins.
        l1_regularization_strength, l2_regularization_strength: The penalties.
        l2_shrinkage_regularization_strength: A penalty on the weights' size that acts as a part of
            the gradient.
        beta: Adds beta / (2 · learning_rate) to the L2 penalty.
        kwargs: See Optimizer.

    Raises ValueError for a number of the wrong sign.

    Source: McMahan et al. 2013, https://research.google.com/pubs/archive/41159.pdf, algorithm 1.
    """

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, **kwargs)
        if learning_rate_power > 0.0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}."
            )
        for name, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(
                    f"`{name}` needs to be positive or zero. Received: {name}={value}."
                )
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        start = initializers.Constant(self.initial_accumulator_value)
        self._accumulators, self._linears = self.add_optimizer_variables(
            variables, ["accumulator", "linear"], [start, "zeros"]
        )

    def update_step(self, gradient, variable, learning_rate):
        g, lr = self._cast(variable, gradient, learning_rate)
        squares, linear = self._slots(variable, self._accumulators, self._linears)
        l1 = self.l1_regularization_strength
        l2 = self.l2_regularization_strength + self.beta / (2.0 * lr)
        power = -self.learning_rate_power

        g_shrunk = g + 2 * self.l2_shrinkage_regularization_strength * variable
        new_squares = squares + ops.square(g)
        rate_change = (ops.power(new_squares, power) - ops.power(squares, power)) / lr
        linear.assign_add(g_shrunk - rate_change * variable)
        quadratic = ops.power(new_squares, power) / lr + 2 * l2
        variable.assign((ops.clip(linear, -l1, l1) - linear) / quadratic)
        squares.assign(new_squares)
