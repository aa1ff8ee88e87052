"""Batches from generators and from other frameworks' datasets."""

import numpy as np
import pytest

from minigrad import Tensor
from minigrad.training.data.generators import GeneratorAdapter, IterableAdapter


def test_a_generator_goes_on_where_it_was():
    def generate():
        for i in range(4):
            yield np.full((2, 1), i, "float64"), [np.array([i, i])]

    adapter = GeneratorAdapter(generate())
    assert adapter.num_batches is None
    first = adapter.batches()
    x, y = next(first)
    assert type(x) is Tensor and x.dtype == "float32"
    assert y[0].tolist() == [0, 0]
    assert [int(x[0, 0]) for x, _ in adapter.batches()] == [1, 2, 3]
    assert list(adapter.batches()) == []


def test_an_array_that_is_filled_again_does_not_change_the_batch_before():
    buffer = np.zeros(2, "float32")

    def generate():
        for i in range(3):
            buffer[:] = i
            yield (buffer,)

    assert [x.tolist() for (x,) in list(GeneratorAdapter(generate()).batches())] == [
        [0.0, 0.0],
        [1.0, 1.0],
        [2.0, 2.0],
    ]


@pytest.mark.parametrize(
    ("batches", "message"),
    [([], "at least one batch"), ([np.ones(2)], "must yield tuples"), ([[1, 2]], "must yield tup")],
)
def test_a_generator_must_yield_tuples(batches, message):
    with pytest.raises(ValueError, match=message):
        GeneratorAdapter(iter(batches))


class ForeignTensor:
    """What PyTorch's tensors look like."""

    def __init__(self, values):
        self.values = values

    def detach(self):
        return ForeignTensor(self.values)

    cpu = detach

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values)


def test_a_dataset_can_be_passed_through_again_and_again():
    dataset = [[ForeignTensor([1.0, 2.0]), ForeignTensor([0, 1])], [ForeignTensor([3.0]), None]]
    adapter = IterableAdapter(dataset, num_batches=2)
    for _ in range(2):
        (x, y), (_, nothing) = adapter.batches()
        assert (x.dtype, x.tolist(), y.tolist(), nothing) == ("float32", [1.0, 2.0], [0, 1], None)


def test_a_dict_is_one_input():
    (batch,) = IterableAdapter([{"a": np.ones(2), "b": np.array(["x"])}]).batches()
    assert type(batch["a"]) is Tensor
    assert batch["b"].tolist() == ["x"]
