"""Loss: from the losses of samples to the one number that training makes small."""

from minigrad import dtype_policies, naming, ops, settings, tree
from minigrad.losses.reduction import reduce_weighted_values, standardize_reduction
from minigrad.masking import get_keras_mask
from minigrad.saving.configurable import Configurable, constructor_config


class Loss(Configurable):
    """Measures how far predictions are from the truth: `loss(y_true, y_pred, sample_weight)`.

    A subclass implements `call(y_true, y_pred)`, which returns a loss per sample (or per step of
    each sample). Masks that `y_pred` carries weigh steps out.

    Args:
        name: Its name; made up if None.
        reduction: What becomes of the losses of samples: "sum_over_batch_size" or "mean": their
            mean; "sum"; "mean_with_sample_weight": their weighted mean; "none" or None: nothing.
        dtype: The dtype to compute in (a name or a policy); by default `floatx()`.

    Raises ValueError for another reduction.

    >>> from minigrad import ops
    >>> class Cubed(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ops.mean(ops.abs(y_true - y_pred) ** 3, axis=-1)
    >>> float(Cubed()(ops.array([[1.0], [2.0]]), ops.array([[1.0], [4.0]])))
    4.0
    """

    @staticmethod
    def _plainest():
        """What has only the attributes that saving does not look into."""
        return Loss(name="plainest")

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = name or naming.auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self._dtype_policy = dtype_policies.get(dtype or settings.floatx())
        self._dtype = self._dtype_policy.compute_dtype

    @property
    def dtype(self):
        """The name of the dtype that the loss is computed in."""
        return self._dtype

    def __call__(self, y_true, y_pred, sample_weight=None):
        given = get_keras_mask(y_pred)
        losses = self.call(self._converted(y_true), self._converted(y_pred))
        made = get_keras_mask(losses)
        mask = given if made is None else made if given is None else ops.logical_and(given, made)
        return reduce_weighted_values(losses, sample_weight, mask, self.reduction, self.dtype)

    def _converted(self, structure):
        dtype = self.dtype
        return tree.map_structure(lambda x: ops.convert_to_tensor(x, dtype=dtype), structure)

    def call(self, y_true, y_pred):
        """The loss of each sample."""
        raise NotImplementedError(
            "Loss subclasses must implement `call(y_true, y_pred)`. "
            f"Received: class {type(self).__name__}"
        )

    def get_config(self):
        try:
            config = constructor_config(self, Loss)
        except NotImplementedError:  # a user's loss that cannot say how it was made
            config = {}
        config.pop("dtype", None)  # not in Keras's files
        return {**config, "name": self.name, "reduction": self.reduction}
