"""Alice's Adventures in Wonderland, letter by letter: a text to predict and to imitate."""

import math

import numpy as np

from minigrad.datasets import texts
from minigrad.datasets.tables import Split, check_split

VOCABULARY = "\n !\"'()*,-.29:;?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_`abcdefghijklmnopqrstuvwxyz"


def load_text() -> str:
    """The whole book, 148,480 characters.

    Source: Lewis Carroll (1865), "Alice's Adventures in Wonderland".

    Example:

    >>> from minigrad.datasets import alice
    >>> text = alice.load_text()
    >>> text[text.index("Alice was") :][:39]
    'Alice was beginning to get very tired o'
    """
    return texts.read("alice29")


def load_data(length: int = 64, test_split: float = 0.1) -> Split:
    """Load the book as windows of characters, each with the same window one character later.

    Args:
        length: the characters in a window.
        test_split: the share of the windows kept for the test: the end of the book.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, each of shape (n, length), int32, an index into
        `VOCABULARY`. `y[i, j]` is the character that follows `x[i, j]`.

    Raises:
        ValueError: if `test_split` is not in [0, 1), or `length` does not fit.

    Source: Lewis Carroll (1865), "Alice's Adventures in Wonderland".

    Example:

    >>> from minigrad.datasets import alice
    >>> (x_train, y_train), (x_test, y_test) = alice.load_data(length=64)
    >>> x_train.shape, x_test.shape
    ((2087, 64), (232, 64))
    >>> alice.decode(x_train[3]), alice.decode(y_train[3, -1:])
    ('                  Down the Rabbit-Hole\\n\\n\\n  Alice was beginning t', 'o')
    """
    check_split(test_split)
    ids = encode(load_text())
    x, y = texts.windows(ids[:-1], length), texts.windows(ids[1:], length)
    rest = len(x) - math.ceil(len(x) * test_split)
    return (x[:rest], y[:rest]), (x[rest:], y[rest:])


def encode(text: str) -> np.ndarray:
    """The place of each character in `VOCABULARY`, int32, of shape (len(text),).

    Raises:
        ValueError: if the text holds a character that the book does not.

    Example:

    >>> from minigrad.datasets import alice
    >>> alice.encode("Oh dear!").tolist()
    [30, 53, 1, 49, 50, 46, 63, 2]
    """
    return texts.encode(text, VOCABULARY)


def decode(ids: np.ndarray) -> str:
    """The text that a sequence of places in `VOCABULARY` spells.

    Example:

    >>> from minigrad.datasets import alice
    >>> alice.decode([30, 53, 1, 49, 50, 46, 63, 2])
    'Oh dear!'
    """
    return "".join(VOCABULARY[int(i)] for i in np.ravel(ids))
