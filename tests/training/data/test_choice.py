"""Which adapter belongs to which data."""

import numpy as np
import pytest

from minigrad import Tensor
from minigrad.training.data import ArrayAdapter, DataAdapter, adapter_for
from minigrad.training.data.generators import GeneratorAdapter, IterableAdapter
from minigrad.training.data.py_datasets import PyDatasetAdapter
from minigrad.utils import PyDataset


class Two(PyDataset):
    num_batches = 2

    def __getitem__(self, index):
        return (np.ones(3),)


def foreign(module, name, **attributes):
    """An object of a class that another framework might define."""
    return type(name, (), {"__module__": module, "__iter__": lambda self: iter([]), **attributes})()


LOADER = foreign("torch.utils.data.dataloader", "DataLoader", dataset=[1], __len__=lambda self: 5)
STREAM = foreign("torch.utils.data.dataloader", "DataLoader", dataset=iter([]))
TF = foreign("tensorflow.python.data.ops.dataset_ops", "DatasetV2", cardinality=lambda self: 7)
ENDLESS = foreign("tensorflow.python.data", "DatasetV2", cardinality=lambda self: -1)
GRAIN = foreign("grain._src.python.dataset", "MapDataset", __len__=lambda self: 4)


@pytest.mark.parametrize(
    ("x", "kind", "count"),
    [
        (np.ones((3, 2)), ArrayAdapter, 1),
        ({"a": Tensor([1.0]), "b": None}, ArrayAdapter, 1),
        (Two(), PyDatasetAdapter, 2),
        ((i for i in [(1,)]), GeneratorAdapter, None),
        (zip([1], [2]), GeneratorAdapter, None),
        (LOADER, IterableAdapter, 5),
        (STREAM, IterableAdapter, None),
        (TF, IterableAdapter, 7),
        (ENDLESS, IterableAdapter, None),
        (GRAIN, IterableAdapter, 4),
    ],
)
def test_every_kind_of_data_has_its_adapter(x, kind, count):
    adapter = adapter_for(x, shuffle=True)
    assert type(adapter) is kind
    assert adapter.num_batches == count


def test_an_adapter_of_the_user_is_taken_as_it_is():
    class Own(DataAdapter):
        def batches(self):
            yield (np.ones(3),)

    own = Own()
    assert adapter_for(own) is own
    with pytest.raises(NotImplementedError, match=r"Own must implement|DataAdapter must implement"):
        DataAdapter().batches()


@pytest.mark.parametrize("x", [Two(), LOADER, TF, (i for i in [(1,)])])
@pytest.mark.parametrize("name", ["y", "sample_weight"])
def test_targets_and_weights_belong_into_the_batches(x, name):
    with pytest.raises(ValueError, match=f"`{name}` should not be passed"):
        adapter_for(x, **{name: np.ones(3)})


@pytest.mark.parametrize("x", [LOADER, TF, (i for i in [(1,)])])
def test_class_weights_need_the_targets(x):
    with pytest.raises(ValueError, match="`class_weight` is not supported for a"):
        adapter_for(x, class_weight={0: 1.0})


@pytest.mark.parametrize("x", [[[1, 2], [3, 4]], "text", 3])
def test_other_data_is_refused(x):
    with pytest.raises(ValueError, match="Unrecognized data type"):
        adapter_for(x)


def test_a_loader_of_pytorch():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.ones(10, 4), torch.zeros(10, 3))
    adapter = adapter_for(torch.utils.data.DataLoader(data, batch_size=4))
    assert adapter.num_batches == 3
    assert [x.shape for x, _ in adapter.batches()] == [(4, 4), (4, 4), (2, 4)]
