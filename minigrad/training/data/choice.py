"""Which adapter belongs to which kind of data."""

from collections.abc import Iterator

from minigrad.training.data import generators
from minigrad.training.data.adapter import DataAdapter
from minigrad.training.data.arrays import ArrayAdapter, are_arrays
from minigrad.training.data.py_datasets import PyDatasetAdapter
from minigrad.utils.py_dataset import PyDataset

# The kinds that bring batches of their own: a test, the name in messages, the adapter.
FOREIGN = (
    (generators.is_torch_loader, "torch DataLoader", generators.torch_loader_adapter),
    (generators.is_tf_dataset, "tf.data.Dataset", generators.tf_dataset_adapter),
    (generators.is_grain_dataset, "grain dataset", generators.grain_dataset_adapter),
    (lambda x: isinstance(x, Iterator), "Python generator", generators.GeneratorAdapter),
)


def adapter_for(
    x,
    y=None,
    sample_weight=None,
    batch_size=None,
    steps_per_epoch=None,
    shuffle=False,
    class_weight=None,
):
    """The adapter for the data that `fit` and its like were given.

    `shuffle` has a meaning for arrays and for PyDatasets with an end; other data comes as it comes.

    Raises:
        ValueError: data of a kind that is not known, or arguments that it does not go with.
    """
    if isinstance(x, DataAdapter):
        return x
    if are_arrays((x, y, sample_weight)):
        return ArrayAdapter(x, y, sample_weight, batch_size, steps_per_epoch, shuffle, class_weight)
    if isinstance(x, PyDataset):
        _refuse_arrays(y, sample_weight, "PyDataset")
        return PyDatasetAdapter(x, class_weight, shuffle)
    for belongs, kind, make in FOREIGN:
        if belongs(x):
            _refuse_arrays(y, sample_weight, kind)
            if class_weight is not None:
                raise ValueError(
                    f"Argument `class_weight` is not supported for a {kind}. Let it give sample "
                    f"weights as the third part of a batch. Received: class_weight={class_weight}"
                )
            return make(x)
    raise ValueError(
        "Unrecognized data type. Pass NumPy arrays or tensors (make them from lists by "
        "`np.array(…)`), pandas tables, a PyDataset, a generator, or a DataLoader. "
        f"Received: x={x} (of type {type(x)})"
    )


def _refuse_arrays(y, sample_weight, kind):
    for name, what, value in (
        ("y", "the targets", y),
        ("sample_weight", "the sample weights", sample_weight),
    ):
        if value is not None:
            raise ValueError(
                f"When providing `x` as a {kind}, `{name}` should not be passed. Instead, {what} "
                f"should be included as part of the {kind}. Received: {name}={value}"
            )
