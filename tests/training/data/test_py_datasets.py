"""Batches of a PyDataset, with and without workers."""

import itertools
import random
import threading
import time

import numpy as np
import pytest

from minigrad.training.data.py_datasets import PyDatasetAdapter
from minigrad.utils import PyDataset


class Numbered(PyDataset):
    """Batch i is full of i; batch `fails_at` fails."""

    def __init__(self, count=6, fails_at=None, **kwargs):
        super().__init__(**kwargs)
        self.count, self.fails_at = count, fails_at

    @property
    def num_batches(self):
        return self.count

    def __getitem__(self, index):
        if index == self.fails_at:
            raise ValueError("this one is broken")
        return np.full((2, 3), index, "float32"), np.array([index, index + 1])


# From Python 3.12 on, forking a process with threads is warned of.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

KINDS = [
    pytest.param({}, id="alone"),
    pytest.param({"workers": 2}, id="threads"),
    pytest.param({"workers": 2, "use_multiprocessing": True}, id="processes"),
]


def numbers(batches):
    return [int(x[0, 0]) for x, *_ in batches]


@pytest.mark.parametrize("kind", KINDS)
def test_batches_come_in_order_in_every_pass(kind):
    adapter = PyDatasetAdapter(Numbered(**kind))
    assert adapter.num_batches == 6
    assert numbers(adapter.batches()) == list(range(6))
    assert numbers(adapter.batches()) == list(range(6))


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_reaches_the_caller(kind):
    batches = PyDatasetAdapter(Numbered(fails_at=2, **kind)).batches()
    assert numbers(itertools.islice(batches, 2)) == [0, 1]
    with pytest.raises(ValueError, match="this one is broken"):
        next(batches)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_shuffling_follows_pythons_seed(kind):
    expected = list(range(6))
    random.seed(5)
    random.shuffle(expected)
    random.seed(5)
    assert numbers(PyDatasetAdapter(Numbered(**kind), shuffle=True).batches()) == expected


@pytest.mark.parametrize("kind", KINDS[:2])
def test_data_without_an_end_never_starts_again(kind):
    adapter = PyDatasetAdapter(Numbered(count=None, max_queue_size=2, **kind), shuffle=True)
    batches = adapter.batches()
    assert numbers(itertools.islice(batches, 10)) == list(range(10))
    batches.close()
    assert numbers(itertools.islice(adapter.batches(), 1))[0] >= 10


def test_workers_make_several_batches_at_the_same_time():
    class Slow(Numbered):
        def __getitem__(self, index):
            meeting.wait(timeout=20)  # breaks, and raises, if one worker does them in turn
            return super().__getitem__(index)

    meeting = threading.Barrier(3)
    assert numbers(PyDatasetAdapter(Slow(workers=3)).batches()) == list(range(6))


def test_no_more_batches_are_made_ahead_than_asked_for():
    class Counting(Numbered):
        made = 0

        def __getitem__(self, index):
            self.made += 1
            return super().__getitem__(index)

    dataset = Counting(count=100, workers=2, max_queue_size=4)
    batches = PyDatasetAdapter(dataset).batches()
    next(batches)
    time.sleep(0.05)
    assert dataset.made <= 6
    batches.close()


def test_threads_are_gone_when_a_pass_is_left():
    before = threading.active_count()
    batches = PyDatasetAdapter(Numbered(count=1000, workers=2)).batches()
    next(batches)
    assert threading.active_count() > before
    batches.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        (np.ones(3), 1),
        ((np.ones(3),), 1),
        ([np.ones(3), np.ones(3)], 2),
        ((np.ones(3), np.ones(3), np.ones(3)), 3),
    ],
)
def test_a_batch_becomes_a_tuple(batch, expected):
    class One(Numbered):
        def __getitem__(self, index):
            return batch

    (made,) = PyDatasetAdapter(One(count=1)).batches()
    assert isinstance(made, tuple) and len(made) == expected


def test_a_dict_stays_a_dict():
    class Dicts(Numbered):
        def __getitem__(self, index):
            return {"a": np.ones(3)}

    (made,) = PyDatasetAdapter(Dicts(count=1)).batches()
    assert made["a"].dtype == "float32"


def test_class_weights_become_sample_weights():
    (batch,) = PyDatasetAdapter(Numbered(count=1), class_weight={1: 4.0}).batches()
    assert batch[2].tolist() == [1.0, 4.0]


@pytest.mark.parametrize(
    ("batch", "message"), [("text", "must return a tuple"), ((1, 2, 3, 4), "must return a tuple")]
)
def test_another_batch_is_refused(batch, message):
    class Wrong(Numbered):
        def __getitem__(self, index):
            return batch

    with pytest.raises(ValueError, match=message):
        next(PyDatasetAdapter(Wrong(count=1)).batches())


def test_weights_of_classes_and_of_samples_exclude_each_other():
    class Weighted(Numbered):
        def __getitem__(self, index):
            return (*super().__getitem__(index), np.ones(2))

    with pytest.raises(ValueError, match="cannot pass `class_weight`"):
        next(PyDatasetAdapter(Weighted(), class_weight={0: 1}).batches())


def test_the_dataset_hears_of_epochs():
    heard = []

    class Hearing(Numbered):
        def on_epoch_begin(self):
            heard.append("begin")

        def on_epoch_end(self):
            heard.append("end")

    adapter = PyDatasetAdapter(Hearing())
    adapter.on_epoch_begin()
    adapter.on_epoch_end()
    assert heard == ["begin", "end"]
