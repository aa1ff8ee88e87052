"""Reuters: 11,228 newswires of 46 topics, as lists of words."""

import os

import numpy as np

from minigrad.datasets.files import KERAS, locate
from minigrad.datasets.pickles import load_npz
from minigrad.datasets.tables import Split
from minigrad.datasets.word_lists import (
    as_objects,
    limited,
    marked,
    read_word_index,
    shorter,
    shuffled,
)

ORIGIN = KERAS + "reuters.npz"
SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
WORDS_MD5 = "4d44cc38712099c9e383dc6e5f11a921"  # Keras publishes no better hash of this file
TOPICS = tuple(
    """
cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship
cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin
strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr
gas silver wpi hog lead
""".split()
)


def load_data(
    path: str | os.PathLike = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> Split:
    """Load Reuters as `(x_train, y_train), (x_test, y_test)`.

    A word is its rank by frequency, plus `index_from`. 0 is no word: pad with it.

    Args:
        path: the name of the file in Keras's cache (`~/.keras/datasets`), where it is downloaded
            to if it is missing; or the path, with its folder, of a file of your own.
        num_words: words from this number on are replaced by `oov_char`; None for none.
        skip_top: words below this number are too.
        maxlen: only texts of less than this many words are kept; None for all.
        test_split: the share of texts kept for the test.
        seed: of the order of the texts.
        start_char: put before each text; None for nothing.
        oov_char: put in the place of words that are left out; None for nothing.
        index_from: added to the ranks.

    Returns:
        Texts `x`, arrays of lists of integers, and labels `y`, an index into `get_label_names()`.

    Raises:
        ValueError: if `maxlen` leaves no text.
        RuntimeError: if the file is neither in the cache nor to be had from the internet.
        pickle.UnpicklingError: if the file holds anything but arrays of lists of integers.

    Source: D. D. Lewis, "Reuters-21578 text categorization test collection".
    """
    file = load_npz(locate(path, ORIGIN, SHA256), "a file of Reuters")
    texts, y = shuffled(file["x"], file["y"], np.random.RandomState(seed))
    texts = marked(texts, start_char, index_from)
    if maxlen:
        texts, y = shorter(texts, y, maxlen)
    x = as_objects(limited(texts, num_words, skip_top, oov_char))
    count = int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])


def get_word_index(path: str | os.PathLike = "reuters_word_index.json") -> dict[str, int]:
    """The rank of each word by frequency, from 1: in the data it stands as rank + `index_from`.

    Args:
        path: the name of the file in Keras's cache (`~/.keras/datasets`), where it is downloaded
            to if it is missing; or the path, with its folder, of a file of your own.

    Raises:
        RuntimeError: if the file is neither in the cache nor to be had from the internet.
    """
    return read_word_index(path, KERAS + "reuters_word_index.json", WORDS_MD5)


def get_label_names() -> tuple[str, ...]:
    """The topics, in the order of the labels.

    >>> get_label_names()[3]
    'earn'
    """
    return TOPICS
