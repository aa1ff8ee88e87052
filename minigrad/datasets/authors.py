"""Who wrote this, Carroll or Shakespeare? Short passages of two books, in lower case."""

import re

import numpy as np

from minigrad.datasets import texts
from minigrad.datasets.tables import Split, split

CLASSES = ("Carroll", "Shakespeare")
VOCABULARY = " !',-.:;?abcdefghijklmnopqrstuvwxyz"


def load_data(length: int = 64, test_split: float = 0.2, seed: int = 113) -> Split:
    """Load passages of "Alice's Adventures in Wonderland" and "As You Like It".

    What would give the author away at a glance is taken out: headings, stage directions, the names
    before each speech, line breaks, capitals. What is left is how each of them writes.

    Args:
        length: the characters in a passage.
        test_split: the share of the passages kept for the test.
        seed: of the shuffle before the split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: passages `x` of shape (n, length), int32, an index
        into `VOCABULARY`, and authors `y` of shape (n,), int32, an index into `CLASSES`.

    Raises:
        ValueError: if `test_split` is not in [0, 1), or `length` does not fit.

    Source: Lewis Carroll (1865), "Alice's Adventures in Wonderland"; William Shakespeare (1623),
    "As You Like It".

    Example:

    >>> from minigrad.datasets import authors
    >>> (x_train, y_train), (x_test, y_test) = authors.load_data()
    >>> x_train.shape, x_test.shape
    ((3154, 64), (789, 64))
    >>> for i in (5, 1):
    ...     print(f"{authors.CLASSES[y_train[i]]:12}{authors.decode(x_train[i])}")
    Shakespeare fers not from the stalling of an ox? his horses are bred better;
    Carroll     say pig, or fig?' said the cat. 'i said pig,' replied alice; 'an
    """
    carroll = texts.read("alice29").partition("Down the Rabbit-Hole")[2]
    speeches = texts.read("asyoulik").partition("ACT I\n")[2]
    speeches = re.sub(r"\[.*?\]", "", speeches, flags=re.DOTALL)  # stage directions
    speeches = re.sub(r"^(ACT|SCENE)\b.*$|^\tAS YOU LIKE IT$", "", speeches, flags=re.MULTILINE)
    speeches = re.sub(r"^[^\t\n]*\t", "", speeches, flags=re.MULTILINE)  # who speaks
    books = [
        texts.windows(texts.encode(_plain(text), VOCABULARY), length)
        for text in (carroll, speeches)
    ]
    y = np.repeat(np.arange(2, dtype=np.int32), [len(book) for book in books])
    return split(np.concatenate(books), y, test_split, seed)


def decode(ids: np.ndarray) -> str:
    """The text that a sequence of places in `VOCABULARY` spells.

    Example:

    >>> from minigrad.datasets import authors
    >>> authors.decode([16, 13, 20, 20, 23])
    'hello'
    """
    return "".join(VOCABULARY[int(i)] for i in np.ravel(ids))


def _plain(text: str) -> str:
    """Lower case, one blank between words, no marks but the vocabulary's."""
    return re.sub(r"\s+", " ", re.sub(rf"[^{VOCABULARY}]", " ", text.lower().replace("`", "'")))
