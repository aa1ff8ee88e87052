"""What CIFAR-10 and CIFAR-100 share: pickled batches of images in a tar archive."""

import io
from pathlib import Path

import numpy as np

from minigrad import settings
from minigrad.datasets.pickles import load_arrays


def read_members(path, folder: str, names) -> list[bytes]:
    """The content of files in an archive, or in the folder that it unpacks to."""
    path = Path(path)
    if path.is_dir():
        return [(path / name).read_bytes() for name in names]
    # Read in memory: nothing is unpacked to disk, so no member can choose where it lands.
    import tarfile  # with all of compression, which few need

    with tarfile.open(path) as archive:
        return [archive.extractfile(f"{folder}/{name}").read() for name in names]


def read_batch(content: bytes, labels: str) -> tuple[np.ndarray, np.ndarray]:
    """The images and the labels (the entry of this name) of one pickled batch."""
    batch = load_arrays(io.BytesIO(content), ("u1",), "a CIFAR batch")
    x = batch[b"data"].reshape(-1, 3, 32, 32)
    if settings.image_data_format() == "channels_last":
        x = x.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(x), np.array(batch[labels.encode()], np.uint8)[:, None]
