"""CompileLoss: the losses that `compile` was given, for the outputs that they belong to."""

from typing import NamedTuple

from minigrad import losses as losses_module
from minigrad import metrics, naming, ops, tree
from minigrad.autograd import no_grad
from minigrad.losses import Loss
from minigrad.training.compile_metrics import target_kind

_CROSSENTROPIES = {
    "binary": losses_module.binary_crossentropy,
    "sparse": losses_module.sparse_categorical_crossentropy,
    "one_hot": losses_module.categorical_crossentropy,
}


def get_loss(identifier, y_true, y_pred):
    """The Loss that is meant; "crossentropy" is the one that fits the shapes of the output."""
    if str(identifier).lower() in ("crossentropy", "ce"):
        found = _CROSSENTROPIES[target_kind(y_true, y_pred)]
    else:
        found = losses_module.get(identifier)
    if isinstance(found, Loss):
        return found
    name = identifier if isinstance(identifier, str) else naming.get_object_name(found)
    return losses_module.LossFunctionWrapper(found, name=name)


class _Weighted:
    """A loss as it was given, with its weight: a leaf of structures."""

    __slots__ = ("loss", "weight")

    def __init__(self, loss, weight):
        self.loss, self.weight = loss, weight


class _Entry(NamedTuple):
    """A loss, the path of keys to its output, and what it is called."""

    path: tuple
    loss: Loss
    weight: object
    name: str


class CompileLoss(Loss):
    """All losses of a model as one: their weighted sum.

    Args:
        loss: A loss for all outputs, or a list, tuple, dict or nested structure of losses, like
            that of the outputs; None where an output has no loss.
        loss_weights: A number for each loss, in a structure like `loss` or flat.
        reduction: As in Loss.
        output_names: Names of the outputs of a functional model.

    Raises:
        ValueError: weights that do not fit the losses, targets that do not fit the outputs.
        KeyError: losses for outputs that are not there.
    """

    def __init__(self, loss, loss_weights=None, reduction="sum_over_batch_size", output_names=None):
        super().__init__(name="compile_loss", reduction=reduction)
        if loss_weights and not isinstance(loss_weights, list | tuple | dict | float | int):
            raise ValueError(
                "Expected `loss_weights` argument to be a float (single output case) or a list, "
                "tuple, or dict (multiple output case). "
                f"Received: loss_weights={loss_weights} of type {type(loss_weights)}"
            )
        if any(isinstance(one, str) for one in tree.flatten(loss_weights)):
            raise ValueError(
                "`loss_weights` must be numbers. It is the third argument of `compile`; metrics "
                "are passed by name: `compile(optimizer, loss, metrics=[...])`. "
                f"Received: loss_weights={loss_weights}"
            )
        self._given, self._given_weights = loss, loss_weights
        self.output_names = output_names
        self.built = False
        self.metrics = []  # with several losses, a mean of each

    @property
    def variables(self):
        """The state of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    # Which loss belongs to which output

    def build(self, y_true, y_pred):
        """Find the losses for outputs of this structure and these shapes."""
        loss, weights = self._in_order_of_outputs(y_pred)
        if weights is None:
            weighted = tree.map_structure(lambda one: _weighted(one, None), loss)
        else:
            weighted = tree.map_structure(_weighted, loss, _weights_like(loss, weights))
        if not tree.is_nested(weighted):
            weighted = tree.map_structure(lambda _: weighted, y_pred)
        self._entries = []
        self._match(weighted, y_true, y_pred, self._names_like(y_pred), ())
        self._number_equal_names()
        if len(self._entries) > 1:
            self.metrics = [metrics.Mean(name=f"{entry.name}_loss") for entry in self._entries]
        self._built_for = y_pred = tree.map_structure(lambda _: None, y_pred)
        self.built = True

    def _in_order_of_outputs(self, y_pred):
        """Losses and weights; as lists where dicts name the outputs of a list."""
        loss, weights, names = self._given, self._given_weights, self.output_names
        if not names or not isinstance(loss, dict) or isinstance(y_pred, dict):
            return loss, weights
        if set(names) != set(loss):
            raise ValueError(
                f"Expected keys {names} in loss dict, the names of the outputs. "
                f"Received: loss.keys()={list(loss)}"
            )
        if isinstance(weights, dict):
            weights = [weights[name] for name in names]
        return [loss[name] for name in names], weights

    def _names_like(self, y_pred):
        """The names of the outputs in the structure of the outputs; None where there are none."""
        leaves = tree.flatten(y_pred)
        names = self.output_names or []
        return tree.pack_sequence_as(
            y_pred, names if len(names) == len(leaves) else [None] * len(leaves)
        )

    def _match(self, weighted, y_true, y_pred, names, path):
        """Make entries for what stands at `path` in the losses, the targets and the outputs."""
        if weighted is None:
            return
        if not tree.is_nested(weighted):
            loss = get_loss(weighted.loss, y_true, y_pred)
            name = "/".join(map(str, _named(path, names, loss.name)))
            self._entries.append(_Entry(path, loss, weighted.weight, name))
            return
        is_list = isinstance(weighted, list | tuple)
        if is_list and not any(map(tree.is_nested, weighted)):
            leaves = tree.flatten(y_pred)
            if len(leaves) == len(weighted) and not _same(weighted, y_pred):
                weighted = tree.pack_sequence_as(y_pred, weighted)
                return self._match(weighted, y_true, y_pred, names, path)
        if is_list and not isinstance(y_pred, type(weighted)):
            for one in weighted:  # several losses of the same output, or structure of outputs
                self._match(one, y_true, y_pred, names, path)
            return
        if isinstance(weighted, dict) != isinstance(y_pred, dict):
            raise KeyError(
                f"The path: {path} in the `loss` argument, can't be found in the model's output "
                "(`y_pred`)."
            )
        for key, one in enumerate(weighted) if is_list else weighted.items():
            if one is None:
                continue
            if not (_has(y_pred, key) and _has(y_true, key)):
                raise KeyError(
                    f"The path: {(*path, key)} in the `loss` argument, can't be found in either "
                    "the model's output (`y_pred`) or in the labels (`y_true`)."
                )
            self._match(one, y_true[key], y_pred[key], names[key], (*path, key))

    def _number_equal_names(self):
        uses = {}
        for i, entry in enumerate(self._entries):
            uses[entry.name] = uses.get(entry.name, 0) + 1
            if uses[entry.name] > 1:
                self._entries[i] = entry._replace(name=f"{entry.name}_{uses[entry.name] - 1}")

    # The loss itself

    def __call__(self, y_true, y_pred, sample_weight=None):
        # One output is the rule: no structures to compare then.
        if tree.is_nested(y_true) or tree.is_nested(y_pred):
            y_true = self._aligned(y_true, y_pred)
            if not self.built:
                self.build(y_true, y_pred)
            y_true, y_pred = map(self._as_built, (y_true, y_pred))
            if tree.is_nested(sample_weight):
                sample_weight = self._as_built(self._aligned(sample_weight, y_pred))
        elif not self.built:
            self.build(y_true, y_pred)
        total = None
        for i, (path, loss, weight, name) in enumerate(self._entries):
            truth, prediction, weights = _at(path, y_true), _at(path, y_pred), sample_weight
            if tree.is_nested(weights):
                weights = _at(path, weights)
            try:
                value = loss(truth, prediction, weights)
            except (TypeError, ValueError) as error:
                if truth is None:
                    raise ValueError(
                        f"There are no targets for the loss {name!r}. Pass them: `fit(x, y)`, "
                        "`evaluate(x, y)`, `validation_data=(x, y)`, batches `(x, y)`. "
                        "Received: y=None"
                    ) from None
                error.add_note(
                    f"In the loss {name!r}, for y_true of shape {_shape(truth)} and y_pred of "
                    f"shape {_shape(prediction)}."
                )
                raise
            if getattr(value, "dtype", None) != self.dtype:
                value = ops.cast(value, self.dtype)
            if self.metrics:
                with no_grad():  # the logs show the losses unweighted
                    samples = tree.flatten(prediction)[0].shape[0]
                    self.metrics[i].update_state(value, sample_weight=samples)
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        return total

    def _aligned(self, y, y_pred):
        """Targets (or weights) in the structure of the outputs."""
        if _same(y, y_pred):
            return y
        if not tree.is_nested(y) and tree.is_nested(y_pred) and len(tree.flatten(y_pred)) == 1:
            return tree.pack_sequence_as(y_pred, [y])
        names = self.output_names
        if isinstance(y, dict) and isinstance(y_pred, list | tuple) and set(y) == set(names or ()):
            return tree.pack_sequence_as(y_pred, [y[name] for name in names])
        leaves = tree.flatten(y)
        is_flat = isinstance(y, list | tuple) and not any(map(tree.is_nested, y))
        if len(leaves) == len(tree.flatten(y_pred)) and (is_flat or _same_paths(y, y_pred)):
            return tree.pack_sequence_as(y_pred, leaves)
        # Targets for those outputs alone that have a loss.
        losses = tree.flatten(self._given)
        if len(leaves) == sum(one is not None for one in losses):
            rest = iter(leaves)
            leaves = [None if one is None else next(rest) for one in losses]
            if len(leaves) == len(tree.flatten(y_pred)):
                return tree.pack_sequence_as(y_pred, leaves)
        raise ValueError(
            "y_true and y_pred have different structures.\n"
            f"y_true: {tree.map_structure(lambda _: '*', y)}\n"
            f"y_pred: {tree.map_structure(lambda _: '*', y_pred)}\n"
        )

    def _as_built(self, y):
        """In the containers that it was built for."""
        if _same(y, self._built_for):
            return y
        return tree.pack_sequence_as(self._built_for, tree.flatten(y))


def _weighted(loss, weight):
    return None if loss is None else _Weighted(loss, weight)


def _weights_like(loss, weights):
    if _same(loss, weights):
        return weights
    flat = tree.flatten(weights)
    if len(flat) != len(tree.flatten(loss)):
        raise ValueError(
            f"`loss_weights` must match the number of losses, {len(tree.flatten(loss))}. "
            f"Received: loss_weights={weights}"
        )
    return tree.pack_sequence_as(loss, flat)


def _named(path, name, loss_name):
    """The path as it is in names: a place in a list goes by the name of the output."""
    if tree.is_nested(name):
        names = list(name) if isinstance(name, dict) else tree.flatten(name)
        whole = [loss_name] if None in names else ["_".join(map(str, names))]
        return path or whole
    if not path:
        return [name or loss_name]
    return [*path[:-1], name or loss_name] if isinstance(path[-1], int) else path


def _has(structure, key):
    if isinstance(structure, dict):
        return key in structure
    return isinstance(structure, list | tuple) and isinstance(key, int) and key < len(structure)


def _shape(structure):
    return tree.map_structure(lambda x: getattr(x, "shape", x), structure)


def _at(path, structure):
    for key in path:
        structure = structure[key]
    return structure


def _same(a, b):
    try:
        tree.assert_same_structure(a, b)
    except ValueError:
        return False
    return True


def _same_paths(a, b):
    try:
        tree.assert_same_paths(a, b)
    except ValueError:
        return False
    return True
