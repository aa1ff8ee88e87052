"""A dataset in two parts."""

import numpy as np
import pytest

from minigrad.utils import split_dataset

X, Y = np.arange(20).reshape(10, 2), np.arange(10)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"left_size": 0.8}, (8, 2)),
        ({"right_size": 3}, (7, 3)),
        ({"left_size": 0.2, "right_size": 0.8}, (2, 8)),
        ({"left_size": 4, "right_size": 4}, (4, 4)),
    ],
)
def test_sizes_are_numbers_or_fractions(sizes, expected):
    left, right = split_dataset((X, Y), **sizes)
    assert (len(left), len(right)) == expected
    np.testing.assert_array_equal(left.arrays[1], Y[: expected[0]])
    np.testing.assert_array_equal(right.arrays[0], X[-expected[1] :])


def test_samples_keep_their_structure():
    left, _ = split_dataset({"a": X, "b": (Y, Y)}, left_size=3)
    samples = list(left)
    assert len(samples) == 3
    np.testing.assert_array_equal(samples[2]["a"], X[2])
    assert samples[2]["b"] == (2, 2)


def test_a_dataset_of_samples_is_collected():
    class Samples:
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return X[index], Y[index]

    left, right = split_dataset(Samples(), left_size=1)
    np.testing.assert_array_equal(left.arrays[0], X[:1])
    np.testing.assert_array_equal(right.arrays[1], Y[1:4])
    left, _ = split_dataset(iter([(x, y) for x, y in zip(X, Y)]), left_size=0.5)
    np.testing.assert_array_equal(left.arrays[0], X[:5])


def test_shuffling_keeps_pairs_together_and_follows_the_seed():
    parts = [split_dataset((X, Y), 0.5, shuffle=True, seed=1) for _ in range(2)]
    left, right = parts[0]
    np.testing.assert_array_equal(left.arrays[0], X[left.arrays[1]])
    assert sorted([*left.arrays[1], *right.arrays[1]]) == Y.tolist()
    assert left.arrays[1].tolist() != Y[:5].tolist()
    np.testing.assert_array_equal(left.arrays[1], parts[1][0].arrays[1])


def test_batches_are_for_fit():
    batches = split_dataset((X, Y), left_size=5)[0].batch(2)
    assert [len(y) for _, y in batches] == [2, 2, 1]


@pytest.mark.parametrize(
    ("dataset", "sizes", "error", "message"),
    [
        (X, {}, ValueError, "At least one of"),
        (3, {"left_size": 1}, TypeError, "expected arrays"),
        ([], {"left_size": 1}, ValueError, "is empty"),
        ((X, Y[:3]), {"left_size": 1}, ValueError, r"lengths=\[3, 10\]"),
        (X, {"left_size": "1"}, TypeError, "Invalid `left_size` type"),
        (X, {"left_size": 1.5}, ValueError, "`left_size` should be"),
        (X, {"right_size": 11}, ValueError, "`right_size` should be"),
        (X, {"left_size": 6, "right_size": 6}, ValueError, "more than the 10 samples"),
        (X, {"left_size": 10}, ValueError, "would be empty"),
    ],
)
def test_errors_say_what_is_wrong(dataset, sizes, error, message):
    with pytest.raises(error, match=message):
        split_dataset(dataset, **sizes)
