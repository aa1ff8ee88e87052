"""Windows that slide over a time series, in batches."""

import numpy as np

from minigrad.utils.batches import Batches


class SlidingWindows(Batches):
    """Batches of windows of an array, each with a target if there are any.

    Args:
        data, targets: Arrays over time; `targets` may be None.
        starts: Where the windows begin.
        steps: The positions within a window, counted from its start.
        batch_size, shuffle, seed: As those of `Batches`.
    """

    def __init__(self, data, targets, starts, steps, batch_size, shuffle, seed):
        super().__init__(len(starts), batch_size, shuffle, seed)
        self.data, self.targets, self.starts, self.steps = data, targets, starts, steps

    def batch(self, numbers):
        """The windows of these numbers."""
        starts = self.starts[numbers]
        windows = self.data[np.add.outer(starts, self.steps)]
        return windows if self.targets is None else (windows, self.targets[starts])


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length,
    sequence_stride=1,
    sampling_rate=1,
    batch_size=128,
    shuffle=False,
    seed=None,
    start_index=None,
    end_index=None,
    format="tf",
):
    """Windows that slide over a time series, in batches for `fit`.

    Args:
        data: Array whose first axis is time.
        targets: `targets[i]` belongs to the window that begins at `data[i]`; None for no targets.
        sequence_length: Values in a window.
        sequence_stride: How far one window begins after the other.
        sampling_rate: How far the values in a window are apart.
        batch_size: Windows in a batch; None for single windows.
        shuffle: Whether windows come in random order, another one at every pass.
        seed: Of that order; by default drawn from NumPy's random numbers.
        start_index, end_index: Only this part of `data` is used.
        format: "tf" or "grain"; kept for Keras's sake, batches are NumPy arrays in any case.

    Returns:
        A PyDataset of `(windows, targets)`, or of `windows` alone.

    Raises:
        ValueError: a position outside of `data`, or a distance that is not positive.

    >>> windows = timeseries_dataset_from_array(np.arange(5), None, 3, batch_size=2)
    >>> [batch.tolist() for batch in windows]
    [[[0, 1, 2], [1, 2, 3]], [[2, 3, 4]]]
    """
    length = len(data)
    _check_index("start_index", start_index, 0, length)
    _check_index("end_index", end_index, (start_index or 0) + 1, length)
    for name, value in (("sampling_rate", sampling_rate), ("sequence_stride", sequence_stride)):
        if not 0 < value < length:
            raise ValueError(
                f"`{name}` must be higher than 0 and lower than the length of the data, {length}. "
                f"Received: {name}={value}"
            )
    if format not in ("tf", "grain"):
        raise ValueError(f'`format` should be either "tf" or "grain". Received: format={format}')
    data = np.asarray(data)[start_index:end_index]
    steps = np.arange(sequence_length) * sampling_rate
    count = len(data) - (sequence_length - 1) * sampling_rate
    if targets is not None:
        targets = np.asarray(targets)
        count = min(count, len(targets))
        targets = targets[start_index:end_index]
        count = min(count, len(targets))
    if shuffle and seed is None:
        seed = np.random.randint(1_000_000)
    starts = np.arange(0, max(count, 0), sequence_stride)
    return SlidingWindows(data, targets, starts, steps, batch_size, shuffle, seed)


def _check_index(name, index, least, length):
    # 0 counts as not given, as None does.
    if index and not least <= index < length:
        raise ValueError(
            f"`{name}` must be higher than {least - 1} and lower than the length of the data, "
            f"{length}. Received: {name}={index}"
        )
