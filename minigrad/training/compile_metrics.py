"""CompileMetrics: the metrics that `compile` was given, one set for each output of the model."""

from collections import OrderedDict
from typing import NamedTuple

from minigrad import metrics as metrics_module
from minigrad import naming, tree
from minigrad.metrics import Metric


def target_kind(y_true, y_pred):
    """What kind of classes an output predicts: "binary", "sparse" (class numbers) or "one_hot".

    >>> from minigrad import KerasTensor
    >>> target_kind(KerasTensor((32,)), KerasTensor((32, 10)))
    'sparse'
    """
    width = y_pred.shape[-1] if y_pred.shape else None
    if width == 1:
        return "binary"
    if len(y_true.shape) < len(y_pred.shape):
        return "sparse"
    return "sparse" if y_true.shape[-1:] == (1,) and width != 1 else "one_hot"


_ACCURACIES = {
    "binary": metrics_module.BinaryAccuracy,
    "sparse": metrics_module.SparseCategoricalAccuracy,
    "one_hot": metrics_module.CategoricalAccuracy,
}


def get_metric(identifier, y_true, y_pred):
    """The Metric that is meant; "accuracy" is the one that fits the shapes of the output."""
    if identifier is None:
        raise ValueError("Expected metric, received `None`.")
    if str(identifier).lower() in ("accuracy", "acc"):
        return _ACCURACIES[target_kind(y_true, y_pred)](name=str(identifier))
    found = metrics_module.get(identifier)
    name = identifier if isinstance(identifier, str) else naming.get_object_name(found)
    if not isinstance(found, Metric):
        found = metrics_module.MeanMetricWrapper(found, name=name)
    found.name = name
    return found


class _Entry(NamedTuple):
    """A metric of one output; `prefix` is what its name begins with in the logs."""

    metric: Metric
    output: int
    prefix: str


class CompileMetrics(Metric):
    """All metrics of a model as one, whose result is a dict.

    Args:
        metrics: A list, tuple or dict of metrics, or of lists of them: for a single output in any
            form, for several outputs one item per output, or a structure like that of the outputs.
        weighted_metrics: The same for metrics that sample weights apply to.
        output_names: Names of the outputs of a functional model.

    Raises:
        ValueError: another kind of structure, or one that does not fit the outputs.
    """

    def __init__(self, metrics, weighted_metrics, name="compile_metrics", output_names=None):
        super().__init__(name=name)
        given = {"metrics": metrics, "weighted_metrics": weighted_metrics}
        for argument, value in given.items():
            if value and not isinstance(value, list | tuple | dict):
                raise ValueError(
                    f"Expected `{argument}` argument to be a list, tuple, or dict. "
                    f"Received: {argument}={value} of type {type(value)}"
                )
        self._given = given
        self.output_names = output_names
        self.built = False
        self._entries = {"metrics": [], "weighted_metrics": []}
        self._order = None  # of the keys of a dict of outputs

    @property
    def metrics(self):
        """The metrics, output by output; those with sample weights after those without."""
        return [entry.metric for entries in self._entries.values() for entry in entries]

    @property
    def variables(self):
        return [variable for metric in self.metrics for variable in metric.variables]

    # Which metric belongs to which output

    def build(self, y_true, y_pred):
        """Find the metrics for outputs of this structure and these shapes."""
        outputs = len(tree.flatten(y_pred))
        is_flat = tree.is_nested(y_pred) and len(y_pred) == outputs
        names = self.output_names
        if is_flat and isinstance(y_pred, dict) and set(y_pred) != set(names or ()):
            names = list(y_pred) if isinstance(y_pred, OrderedDict) else sorted(y_pred)
        self._order = names if outputs > 1 and is_flat else None
        truths, predictions = self._flat(y_true), self._flat(y_pred)
        prefixes = [""] * outputs
        if outputs > 1 and len(names or ()) == outputs:
            prefixes = [f"{name}_" for name in names]
        for argument, given in self._given.items():
            if not given:
                continue
            if outputs == 1:
                sets = [tree.flatten(given)]
            else:
                sets = self._sets(argument, given, y_pred, names if is_flat else None)
            try:
                self._entries[argument] = [
                    _Entry(get_metric(one, truths[i], predictions[i]), i, prefixes[i])
                    for i, wanted in enumerate(sets)
                    for one in _as_list(wanted)
                ]
            except ValueError as error:
                raise ValueError(f"{error}\nReceived: {argument}={given}") from error
        self.built = True

    def _sets(self, argument, given, y_pred, names):
        """What is given for each of several outputs."""
        outputs = len(tree.flatten(y_pred))
        if len(y_pred) == outputs:
            if isinstance(given, list | tuple) and len(given) == outputs:
                return given
            if isinstance(given, dict) and names and set(given) <= set(names):
                return [given.get(name) for name in names]
        try:
            shallow, deep = tree.lists_to_tuples(y_pred), tree.lists_to_tuples(given)
            found = []
            tree.map_structure_up_to(shallow, found.append, deep)
        except (ValueError, TypeError) as error:
            known = f" {self.output_names}, the names of its outputs, or" if names else ""
            raise ValueError(
                f"{error}\nInvalid `{argument}`. `{argument}` should contain metrics and match"
                f"{known} the structure of the outputs of the model: "
                f"{tree.map_structure(lambda _: 'X', y_pred)}. Received: {argument}={given}"
            ) from error
        return found

    def _flat(self, y):
        if isinstance(y, dict) and self._order is not None:
            return [y[name] for name in self._order]
        return tree.flatten(y)

    # The metric itself

    def update_state(self, y_true, y_pred, sample_weight=None):
        if not self.built:
            self.build(y_true, y_pred)
        y_true, y_pred = self._flat(y_true), self._flat(y_pred)
        # Targets may be fewer than outputs, where some have no loss.
        known = min(len(y_true), len(y_pred))
        for metric, i, _ in self._entries["metrics"]:
            if i < known:
                _update(metric, y_true[i], y_pred[i])
        if not self._entries["weighted_metrics"]:
            return
        weights = self._flat(sample_weight)
        if len(weights) < known:
            weights = [weights[0]] * known
        for metric, i, _ in self._entries["weighted_metrics"]:
            if i < known:
                _update(metric, y_true[i], y_pred[i], weights[i])

    def reset_state(self):
        for metric in self.metrics:
            metric.reset_state()

    def result(self):
        if not self.built:
            raise ValueError(
                "Cannot get result() since the metric has not yet been built: it learns its "
                "outputs at the first batch."
            )
        results, uses = {}, {}
        for kind, entries in self._entries.items():
            for metric, _, prefix in entries:
                name = f"{prefix}{metric.name}"
                if kind == "weighted_metrics" and name in uses:
                    name = f"{prefix}weighted_{metric.name}"
                uses[name] = uses.get(name, 0) + 1
                if uses[name] > 1:
                    name = f"{name}_{uses[name] - 1}"
                results[name] = metric.result()
        return results


def _update(metric, y_true, y_pred, *weights):
    try:
        metric.update_state(y_true, y_pred, *weights)
    except (TypeError, ValueError) as error:
        shapes = [getattr(y, "shape", y) for y in (y_true, y_pred)]
        error.add_note(
            f"In the metric {metric.name!r}, for y_true of shape {shapes[0]} and y_pred of shape "
            f"{shapes[1]}."
        )
        raise


def _as_list(wanted):
    if wanted is None:
        return []
    return wanted if isinstance(wanted, list | tuple) else [wanted]
