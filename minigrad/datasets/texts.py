"""What the books inside the wheel share: reading, and characters as numbers."""

import gzip

import numpy as np

from minigrad.datasets.tables import DATA


def read(name: str) -> str:
    """A book of the folder `data`, with line ends as `\\n` and nothing after its last line."""
    text = gzip.decompress((DATA / f"{name}.txt.gz").read_bytes()).decode("ascii")
    return text.replace("\r\n", "\n").rstrip("\x1a\n") + "\n"


def encode(text: str, vocabulary: str) -> np.ndarray:
    """The place of each character in the vocabulary, int32, of shape (len(text),).

    Raises:
        ValueError: if the text holds a character that the vocabulary lacks.
    """
    missing = set(text) - set(vocabulary)
    if missing:
        raise ValueError(
            f"The vocabulary lacks {''.join(sorted(missing))!r}; leave those characters out. "
            f"Received: text={text[:40]!r}"
        )
    place = {character: i for i, character in enumerate(vocabulary)}
    return np.array([place[character] for character in text], np.int32)


def windows(ids: np.ndarray, length: int) -> np.ndarray:
    """The sequence cut into windows side by side, of shape (n, length); a rest is left out.

    Raises:
        ValueError: if `length` is not a whole number from 1 to the length of the sequence.
    """
    if not (isinstance(length, int) and 1 <= length <= len(ids)):
        raise ValueError(
            f"`length` is the number of characters in a window, from 1 to {len(ids)}. "
            f"Received: length={length!r}"
        )
    count = len(ids) // length
    return ids[: count * length].reshape(count, length)
