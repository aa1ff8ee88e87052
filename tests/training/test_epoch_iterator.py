"""How many steps an epoch takes, and where in the data it begins."""

import numpy as np
import pytest

from minigrad import settings
from minigrad.training.epoch_iterator import EpochIterator
from minigrad.utils import PyDataset

TEN = np.arange(10)


class Count:
    """Steps `count` of data without a known length."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return iter([(np.array([i]),) for i in range(self.count)])

    def cardinality(self):
        return -2


Count.__module__, Count.__name__ = "tensorflow", "DatasetV2"


def epoch(iterator):
    """The numbers of the batches of one epoch, execution by execution."""
    return [
        [int(np.ravel(b[0] if isinstance(b, tuple) else b)[0]) for b in batches]
        for _, _, batches in iterator
    ]


def numbers_of(lists):
    return [number for numbers in lists for number in numbers]


@pytest.mark.parametrize("make", [lambda: TEN, lambda: Count(10)], ids=["arrays", "unknown"])
@pytest.mark.parametrize(
    ("steps_per_epoch", "at_once", "expected"),
    [
        (None, 1, [10, 10, 10]),
        (None, 3, [10, 10, 10]),
        (10, 1, [10, 10, 10]),
        (5, 1, [5, 5, 5, 5]),
        (5, 2, [6, 4, 6]),  # three executions of two
        (9, 1, [9, 1, 9, 1]),
        (11, 1, [10, 10]),
        (8, 2, [8, 2, 8]),
        (12, 2, [10, 10]),
    ],
)
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_an_epoch_goes_on_where_the_last_one_stopped(make, steps_per_epoch, at_once, expected):
    iterator = EpochIterator(
        make(), batch_size=1, steps_per_epoch=steps_per_epoch, steps_per_execution=at_once
    )
    found = [numbers_of(epoch(iterator)) for _ in expected]
    assert [len(numbers) for numbers in found] == expected
    # Pass by pass, the batches come in order.
    assert numbers_of(found) == [i % 10 for i in range(sum(expected))]


def test_executions_are_numbered_by_their_first_and_last_step():
    iterator = EpochIterator(TEN, batch_size=1, steps_per_execution=4)
    assert [(a, b, len(batches)) for a, b, batches in iterator] == [
        (0, 3, 4),
        (4, 7, 4),
        (8, 11, 2),
    ]


def test_data_that_ends_too_early_is_warned_of():
    iterator = EpochIterator(TEN, batch_size=1, steps_per_epoch=11)
    with pytest.warns(UserWarning, match="ran out of data"):
        assert len(epoch(iterator)) == 10


def test_a_generator_ends_for_good():
    iterator = EpochIterator((np.array([i]),) for i in range(3))
    assert iterator.num_batches is None
    assert len(epoch(iterator)) == 3
    assert iterator.num_batches == 3
    with pytest.warns(UserWarning, match="ran out of data"):
        assert epoch(iterator) == []


@pytest.mark.parametrize("make", [lambda: TEN, lambda: ((np.array([i]),) for i in range(10))])
@pytest.mark.parametrize("at_once", [1, 4])
def test_a_batch_that_was_looked_at_still_comes(make, at_once):
    iterator = EpochIterator(make(), batch_size=1, steps_per_execution=at_once)
    iterator.peek()
    assert len(iterator.peek()) == 1
    assert numbers_of(epoch(iterator)) == list(range(10))


def test_shuffled_data_is_looked_at_without_drawing_twice():
    np.random.seed(0)
    iterator = EpochIterator(TEN, batch_size=1, shuffle=True)
    iterator.peek()
    np.random.seed(0)
    assert numbers_of(epoch(iterator)) == np.random.RandomState(0).permutation(10).tolist()


def test_steps_can_be_limited_for_a_trial():
    settings.set_max_steps_per_epoch(3)
    try:
        with pytest.warns(UserWarning, match="Limiting steps_per_epoch to 3"):
            iterator = EpochIterator(TEN, batch_size=1)
        assert EpochIterator(TEN, batch_size=1, steps_per_epoch=2).steps_per_epoch == 2
    finally:
        settings.set_max_steps_per_epoch(None)
    assert len(epoch(iterator)) == 3


class Hearing(PyDataset):
    """Three batches, and a list of what happened."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return (np.array([index]),)

    def on_epoch_begin(self):
        self.heard.append("begin")

    def on_epoch_end(self):
        self.heard.append("end")


def test_the_data_hears_of_every_epoch_also_of_one_that_breaks_off():
    dataset = Hearing()
    iterator = EpochIterator(dataset)
    epoch(iterator)
    for _ in iterator:
        break
    assert dataset.heard == ["begin", "end"] * 2
    with pytest.raises(KeyboardInterrupt):
        for _ in iterator:
            raise KeyboardInterrupt
    assert dataset.heard == ["begin", "end"] * 3


def test_closing_ends_the_pass():
    iterator = EpochIterator(TEN, batch_size=1, steps_per_epoch=4)
    epoch(iterator)
    iterator.close()
    assert numbers_of(epoch(iterator)) == [0, 1, 2, 3]
