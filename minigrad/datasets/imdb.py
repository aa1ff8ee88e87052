"""IMDB: 50,000 film reviews, half of them favourable, as lists of words."""

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

ORIGIN = KERAS + "imdb.npz"
SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
WORDS_MD5 = "bfafd718b763782e994055a2d397834f"  # Keras publishes no better hash of this file


def load_data(
    path: str | os.PathLike = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> Split:
    """Load IMDB as `(x_train, y_train), (x_test, y_test)`.

    A word is its rank by frequency, plus `index_from`. 0 is no word: pad with it.

    Args:
        path: the name of the file in Keras's cache (`~/.keras/datasets`), where it is downloaded
            to if it is missing; or the path, with its folder, of a file of your own.
        num_words: words from this number on are replaced by `oov_char`; None for none.
        skip_top: words below this number are too.
        maxlen: only reviews of less than this many words are kept; None for all.
        seed: of the order of the reviews.
        start_char: put before each review; None for nothing.
        oov_char: put in the place of words that are left out; None for nothing.
        index_from: added to the ranks.

    Returns:
        Reviews `x`, arrays of 25,000 lists of integers, and labels `y`, 1 for a favourable one.

    Raises:
        ValueError: if `maxlen` leaves no review.
        RuntimeError: if the file is neither in the cache nor to be had from the internet.
        pickle.UnpicklingError: if the file holds anything but arrays of lists of integers.

    Source: A. L. Maas et al. (2011), "Learning word vectors for sentiment analysis".
    """
    file = load_npz(locate(path, ORIGIN, SHA256), "a file of IMDB")
    random = np.random.RandomState(seed)
    texts, labels, sizes = [], [], []
    for part in ("train", "test"):
        x, y = shuffled(file[f"x_{part}"], file[f"y_{part}"], random)
        x = marked(x, start_char, index_from)
        if maxlen:
            x, y = shorter(x, y, maxlen)
        texts += x
        labels.append(y)
        sizes.append(len(x))
    x = as_objects(limited(texts, num_words, skip_top, oov_char))
    return (x[: sizes[0]], labels[0]), (x[sizes[0] :], labels[1])


def get_word_index(path: str | os.PathLike = "imdb_word_index.json") -> dict[str, int]:
    """The rank of each word by frequency, from 1: in the data it stands as rank + `index_from`.

    Args:
        path: the name of the file in Keras's cache (`~/.keras/datasets`), where it is downloaded
            to if it is missing; or the path, with its folder, of a file of your own.

    Raises:
        RuntimeError: if the file is neither in the cache nor to be had from the internet.
    """
    return read_word_index(path, KERAS + "imdb_word_index.json", WORDS_MD5)
