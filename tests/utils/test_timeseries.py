"""Windows that slide over a time series."""

import numpy as np
import pytest

from minigrad.utils import timeseries_dataset_from_array


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"sampling_rate": 2},
        {"sequence_stride": 3},
        {"sequence_stride": 3, "sampling_rate": 2, "start_index": 10, "end_index": 90},
    ],
)
def test_windows_and_targets_are_those_of_a_loop(arguments):
    data, targets = np.arange(100), np.arange(100) * 2
    stride, rate = arguments.get("sequence_stride", 1), arguments.get("sampling_rate", 1)
    first, end = arguments.get("start_index", 0), arguments.get("end_index", 100)
    expected = [
        data[start : start + 9 * rate : rate] for start in range(first, end - 8 * rate, stride)
    ]
    dataset = timeseries_dataset_from_array(data, targets, 9, batch_size=5, **arguments)
    batches = list(dataset)
    assert len(batches) == len(dataset) == -(-len(expected) // 5)
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), expected)
    np.testing.assert_array_equal(
        np.concatenate([y for _, y in batches]), [2 * window[0] for window in expected]
    )


def test_without_targets_there_are_windows_alone():
    batches = list(timeseries_dataset_from_array(np.arange(50), None, 10, batch_size=5))
    assert [len(batch) for batch in batches] == [5] * 8 + [1]


def test_fewer_targets_mean_fewer_windows():
    data = np.arange(10)
    batches = list(timeseries_dataset_from_array(data, data[3:], 3, batch_size=1))
    assert len(batches) == 7
    for i, (window, target) in enumerate(batches):
        np.testing.assert_array_equal(window, [data[i : i + 3]])
        np.testing.assert_array_equal(target, [data[i + 3]])


def test_single_windows_have_no_batch_axis():
    dataset = timeseries_dataset_from_array(np.arange(6), np.arange(6), 2, batch_size=None)
    window, target = dataset[1]
    assert (window.tolist(), int(target)) == ([1, 2], 1)


def test_each_pass_has_an_order_of_its_own_which_the_seed_determines():
    def passes(seed):
        dataset = timeseries_dataset_from_array(
            np.arange(40), None, 5, batch_size=36, shuffle=True, seed=seed
        )
        return [next(iter([*dataset]))[:, 0].tolist() for _ in range(2)]

    first, second = passes(seed=3)
    assert sorted(first) == sorted(second) == list(range(36))
    assert first != second
    assert passes(seed=3) == [first, second]
    assert passes(seed=4)[0] != first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start_index": -1}, "`start_index` must be"),
        ({"start_index": 11}, "`start_index` must be"),
        ({"end_index": -1}, "`end_index` must be"),
        ({"end_index": 11}, "`end_index` must be"),
        ({"start_index": 5, "end_index": 4}, "`end_index` must be higher than 5"),
        ({"sampling_rate": 0}, "`sampling_rate` must be"),
        ({"sequence_stride": 10}, "`sequence_stride` must be"),
        ({"format": "csv"}, "`format` should be"),
    ],
)
def test_errors_say_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        timeseries_dataset_from_array(np.arange(10), None, 3, **arguments)
