"""What IMDB and Reuters share: texts as lists of the ranks of their words."""

import json
import os

import numpy as np

from minigrad.datasets.files import locate


def shuffled(texts, labels, random):
    """Both in the same random order."""
    order = np.arange(len(texts))
    random.shuffle(order)
    return texts[order], labels[order]


def marked(texts, start_char, index_from):
    """The texts with their words numbered from `index_from`, after a mark of their beginning."""
    start = [] if start_char is None else [start_char]
    offset = index_from or 0
    return [[*start, *(word + offset for word in text)] for text in texts]


def shorter(texts, labels, maxlen):
    """The texts of less than `maxlen` words, and their labels."""
    kept = [index for index, text in enumerate(texts) if len(text) < maxlen]
    if not kept:
        raise ValueError(
            f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. "
            f"Increase maxlen. Received: maxlen={maxlen}"
        )
    return [texts[index] for index in kept], labels[kept]


def limited(texts, num_words, skip_top, oov_char):
    """The texts with rare words (and the most frequent ones) replaced, or left out."""
    num_words = num_words or max(max(text) for text in texts)
    if oov_char is None:
        return [[word for word in text if skip_top <= word < num_words] for text in texts]
    return [[word if skip_top <= word < num_words else oov_char for word in text] for text in texts]


def as_objects(texts):
    """Lists of different lengths as an array of lists."""
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def read_word_index(path: str | os.PathLike, origin: str, file_hash: str) -> dict[str, int]:
    """The rank of each word, from a JSON file."""
    with open(locate(path, origin, file_hash), encoding="utf-8") as file:
        return json.load(file)
