"""PyDataset by itself; what `fit` does with it is tested with the data adapters."""

import itertools

import pytest

from minigrad.utils import PyDataset, Sequence


class Tens(PyDataset):
    def __getitem__(self, index):
        return (index * 10,)


def test_iteration_ends_with_the_length():
    class Three(Tens):
        def __len__(self):
            return 3

    assert list(Three()) == [(0,), (10,), (20,)]
    assert Three().num_batches == 3


def test_without_a_length_iteration_has_no_end():
    assert list(itertools.islice(Tens(), 5))[-1] == (40,)
    with pytest.raises(NotImplementedError, match="must implement `__len__"):
        Tens().num_batches  # noqa: B018

    class Endless(Tens):
        num_batches = None

    assert list(itertools.islice(Endless(), 5))[-1] == (40,)


def test_a_forgotten_constructor_is_warned_of_once_and_mended():
    class Forgetful(Tens):
        def __init__(self):
            pass

    dataset = Forgetful()
    with pytest.warns(UserWarning, match=r"`Forgetful` should call `super\(\).__init__"):
        assert dataset.workers == 1
    assert (dataset.use_multiprocessing, dataset.max_queue_size) == (False, 10)


def test_settings_can_be_changed():
    dataset = Tens(workers=2)
    dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size = 3, True, 4
    assert (dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size) == (3, True, 4)


def test_sequence_is_its_other_name():
    assert Sequence is PyDataset


def test_a_batch_must_be_defined():
    with pytest.raises(NotImplementedError, match=r"__getitem__\(index\)"):
        PyDataset()[0]
