"""Sequences of different lengths as one array."""

import numpy as np

_SIDES = ("pre", "post")


def pad_sequences(
    sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0
):
    """Sequences of different lengths as one array, filled up or cut off to the same length.

    Args:
        sequences: A list of sequences: lists of numbers (or of vectors of one length).
        maxlen: The length they get; by default that of the longest.
        dtype: Of the result; `object` for strings of different lengths.
        padding: "pre" or "post": where short ones are filled up.
        truncating: "pre" or "post": where long ones are cut off.
        value: What they are filled with.

    Returns:
        A NumPy array of shape `(len(sequences), maxlen, …)`.

    Raises:
        ValueError: something that is no sequence, or another shape of its elements.

    >>> pad_sequences([[1], [2, 3, 4]], maxlen=2)
    array([[0, 1],
           [3, 4]], dtype=int32)
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError(
            f"`sequences` must be a list of sequences, iterable. Received: sequences={sequences}"
        )
    for argument, side in (("padding", padding), ("truncating", truncating)):
        if side not in _SIDES:
            raise ValueError(f"`{argument}` must be one of {_SIDES}. Received: {argument}={side!r}")
    is_text = np.issubdtype(dtype, np.str_) or np.issubdtype(dtype, np.bytes_)
    if isinstance(value, str) and dtype is not object and not is_text:
        raise ValueError(
            f"`dtype` {dtype} is not compatible with `value`'s type: {type(value)}. Use "
            f"`dtype=object` for strings of different lengths. Received: value={value!r}"
        )
    lengths = list(map(_length, sequences))
    if maxlen is None:
        maxlen = max(lengths)
    first = next((s for s, length in zip(sequences, lengths) if length), ())
    shape = np.shape(first)[1:]
    padded = np.full((len(sequences), maxlen, *shape), value, dtype=dtype)
    for row, (sequence, length) in enumerate(zip(sequences, lengths)):
        kept = min(length, maxlen)
        if not kept:
            continue
        elements = sequence[length - kept :] if truncating == "pre" else sequence[:kept]
        elements = np.asarray(elements, dtype=dtype)
        if elements.shape[1:] != shape:
            raise ValueError(
                f"The sequence at position {row} holds elements of another shape than the first. "
                f"Expected: {shape}. Received: {elements.shape[1:]}"
            )
        where = slice(maxlen - kept, None) if padding == "pre" else slice(kept)
        padded[row, where] = elements
    return padded


def _length(sequence):
    try:
        return len(sequence)
    except TypeError:
        raise ValueError(
            "`sequences` must be a list of iterables. "
            f"Received: {sequence!r}, which is not one, among them"
        ) from None
