"""Where the file of a data set is: a path of one's own, or a name in Keras's cache."""

import os

from minigrad.utils.get_file import get_file

KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def locate(path: str | os.PathLike, origin: str, file_hash: str) -> str:
    """The path of a file: as it is given with a folder; else in the cache, downloaded if missing.

    Raises:
        RuntimeError: if the file is neither in the cache nor to be had from the internet.
    """
    path = os.fspath(path)
    return path if os.path.dirname(path) else get_file(path, origin, file_hash=file_hash)
