"""Text files in folders as batches of strings."""

import functools

import numpy as np

from minigrad.utils.directories import dataset_from_directory
from minigrad.utils.image_dataset import check_format


def text_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    max_length=None,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    format="tf",
    verbose=True,
):
    """The `.txt` files below a folder, as batches of strings.

    Args:
        max_length: How many characters of a text are kept; None for all.
        directory, labels, label_mode, class_names, batch_size, shuffle, seed: As those of
            `image_dataset_from_directory`.
        validation_split, subset, follow_links, format, verbose: The same.

    Returns:
        A PyDataset of `(texts, labels)`, or of `texts`: arrays of strings, for
        `TextVectorization`. It has `class_names`, `file_paths`, `take(n)` and `map(f)`.

    Raises:
        ValueError: no texts, arguments that do not go together, or a file that is not in UTF-8.
    """
    check_format(format)
    return dataset_from_directory(
        directory,
        functools.partial(read_text, max_length=max_length),
        "text files",
        (".txt",),
        labels=labels,
        label_mode=label_mode,
        class_names=class_names,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        validation_split=validation_split,
        subset=subset,
        follow_links=follow_links,
        verbose=verbose,
        stack=_as_strings,
    )


def read_text(path, max_length=None):
    """The text of a file in UTF-8, or the beginning of it."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read(-1 if max_length is None else max_length)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text in UTF-8: {error}") from error


def _as_strings(texts):
    array = np.empty(len(texts), object)
    array[:] = texts
    return array
