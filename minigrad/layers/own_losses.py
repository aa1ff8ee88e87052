"""The losses of a layer: what it adds itself, and its regularizers."""

from minigrad import tree
from minigrad.autograd.tensor import Tensor
from minigrad.layers.call_arguments import TENSORS
from minigrad.stateless_scope import get_stateless_scope


class LayerLosses:
    """Everything of `Layer` that is about losses."""

    def add_loss(self, loss):
        """Add a scalar, or several, to the loss that training minimises; for use in `call`."""
        losses = tree.flatten(loss)
        for one in losses:
            if not isinstance(one, TENSORS):
                raise ValueError(
                    "`add_loss()` can only be called from inside `build()` or `call()`, on a "
                    f"tensor input. Received invalid value: {one}"
                )
        scope = get_stateless_scope()
        if scope is None:
            self._losses.extend(losses)
        elif scope.collect_losses:
            for one in losses:
                scope.add_loss((self, one))

    def _regularize(self, outputs):
        for output in tree.flatten(outputs):
            if isinstance(output, Tensor):
                loss = self.activity_regularizer(output)
                if output.ndim:
                    loss = loss / max(output.shape[0], 1)
                self.add_loss(loss)

    def _own_losses(self):
        scope = get_stateless_scope()
        if scope is None:
            return list(self._losses)
        return [loss for layer, loss in scope.losses if layer is self]

    @property
    def losses(self):
        """Scalars from `add_loss` and from regularizers, of this layer and those inside it."""
        if self._losses_override:
            return self._losses_override
        found = [loss for layer in self._flatten_layers() for loss in layer._own_losses()]
        for variable in self.trainable_weights:
            if variable.regularizer is not None:
                found.append(variable.regularizer(variable.value))
        return found

    def _clear_losses(self):
        for layer in self._flatten_layers():
            if layer._losses:
                layer._losses.clear()
