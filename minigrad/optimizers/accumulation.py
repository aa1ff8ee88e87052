"""Steps that are not taken at every call: gradients are added up first."""

from minigrad import ops
from minigrad.autograd.record import THREAD


class GradientAccumulation:
    """The part of Optimizer that decides at which calls weights change."""

    def _accumulate(self, gradients, variables):
        sums = [self._accumulated_gradients[self._get_variable_index(v)] for v in variables]
        totals = [total + g for g, total in zip(gradients, sums)]
        for total, value in zip(sums, totals):
            total.assign(value)

        def step():
            steps = self.gradient_accumulation_steps
            self._update([total / steps for total in totals], variables)
            for total in sums:
                total.assign(ops.zeros_like(total))

        self._when(self._is_update_step(), step)

    def _is_update_step(self):
        return ops.equal((self._iterations + 1) % self.gradient_accumulation_steps, 0)

    def _when(self, condition, step):
        """Run `step` if the condition holds.

        While somebody records operations, it always runs and what it assigned is taken back where
        the condition does not hold: the recording then fits all steps.
        """
        if not THREAD.mode.listeners:
            if condition:
                step()
            return
        changing = self._trainable_variables + self.variables
        before = [variable.value for variable in changing]
        step()
        for variable, old in zip(changing, before):
            if variable.value is not old:
                variable.assign(ops.where(condition, variable.value, old))

    def _overwrite(self, pairs):
        """Give Variables that ask for it their gradient as value; returns the other pairs."""
        left = []
        for gradient, variable in pairs:
            if not getattr(variable, "overwrite_with_gradient", False):
                left.append((gradient, variable))
            elif self.gradient_accumulation_steps:
                total = self._accumulated_gradients[self._get_variable_index(variable)]
                total.assign(ops.maximum(gradient, total))
                now = self._is_update_step()
                variable.assign(ops.where(now, total.value, variable.value))
                total.assign(ops.where(now, ops.zeros_like(total), total.value))
            else:
                variable.assign(gradient)
        return left
