"""What one step of training, evaluation and prediction does. Every method may be overridden."""

import inspect
import warnings

from minigrad import dtypes, ops, settings, tree
from minigrad.autograd import GradientTape, no_grad
from minigrad.stateless_scope import StatelessScope
from minigrad.utils.sample_weight import unpack_x_y_sample_weight


class Steps:
    """The steps of a Trainer, and the losses and metrics that they compute."""

    def train_step(self, data):
        """Learn from one batch.

        Args:
            data: What the data gives: `(x, y, sample_weight)`, or less of it.

        Returns:
            The logs: metrics by name.

        A model with a training of its own overrides it:

        ```python
        def train_step(self, data):
            x, y = data
            with mg.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
            return {"loss": loss}
        ```
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self._compute_loss(x, y, y_pred, sample_weight, training=True)
            scaled = loss if self.optimizer is None else self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        if weights:
            self.optimizer.apply(tape.gradient(scaled, weights), weights)
        else:
            warnings.warn("The model does not have any trainable weights.", stacklevel=2)
        with no_grad():
            self._loss_tracker.update_state(loss, sample_weight=_batch_size(x))
            return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    @no_grad()
    def test_step(self, data):
        """Judge the model on one batch; `data` and the result are as in `train_step`."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        loss = self._compute_loss(x, y, y_pred, sample_weight, training=False)
        self._loss_tracker.update_state(loss, sample_weight=_batch_size(x))
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    @no_grad()
    def predict_step(self, data):
        """The predictions for one batch."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False)

    # Losses

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss that a step makes smaller: that of `compile`, and those of layers.

        Args:
            x: The inputs.
            y: The targets.
            y_pred: The outputs of the model.
            sample_weight: Weights of the samples, or None.
            training: Whether this is a step of training.

        Returns:
            A scalar Tensor.

        Raises:
            ValueError: there is no loss at all.
        """
        losses = []
        if self._compile_loss is not None:
            losses.append(self._compile_loss(y, y_pred, sample_weight))
        losses += map(_as_scalar, self.losses)
        losses = [loss for loss in losses if loss is not None]
        if not losses:
            raise ValueError(
                "No loss to compute. Provide a `loss` argument in `compile()`, or let a layer call "
                f"`add_loss`. Received: model {self.name} compiled with loss={self.loss}"
            )
        total, *others = losses
        for loss in others:
            total = total + loss
        return total

    def _compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """`compute_loss`, also of a class that overrides it without the argument `training`."""
        if self._compute_loss_has_training_arg:
            return self.compute_loss(x, y, y_pred, sample_weight, training=training)
        return self.compute_loss(x, y, y_pred, sample_weight)

    def _note_signatures(self):
        parameters = inspect.signature(self.compute_loss).parameters
        self._compute_loss_has_training_arg = "training" in parameters

    def stateless_compute_loss(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """`compute_loss` as a function of all variables, which stay as they are.

        Args:
            trainable_variables, non_trainable_variables, metrics_variables: Values for the
                Variables of these names.
            x, y, y_pred, sample_weight, training: Of `compute_loss`.

        Returns:
            `(loss, (trainable, non-trainable, metrics variables))`, these as they are afterwards.
        """
        changing = self.non_trainable_variables, self.metrics_variables
        mapping = list(zip(self.trainable_variables, trainable_variables))
        mapping += zip(changing[0], non_trainable_variables)
        mapping += zip(changing[1], metrics_variables)
        with StatelessScope(state_mapping=mapping) as scope:
            loss = self._compute_loss(x, y, y_pred, sample_weight, training=training)
        after = [[scope.get_current_value(v) for v in variables] for variables in changing]
        return loss, (trainable_variables, *after)

    # Metrics

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Take a batch into the metrics of `compile`; returns the logs.

        Args:
            x, y, y_pred, sample_weight: As in `compute_loss`.
        """
        if self._compile_metrics is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self):
        """The results of all `metrics` by their names, without those that have seen no batch."""
        results = {}
        for metric in self.metrics:
            if metric is self._compile_metrics and not metric.built:
                continue
            result = metric.result()
            if isinstance(result, dict):
                results.update(result)
            else:
                results[metric.name] = result
        return results


def _batch_size(x):
    return next(leaf for leaf in tree.flatten(x) if leaf is not None).shape[0]


def _as_scalar(loss):
    if not dtypes.is_float(loss.dtype):
        loss = ops.cast(loss, settings.floatx())
    return ops.sum(loss) if len(loss.shape) else loss
