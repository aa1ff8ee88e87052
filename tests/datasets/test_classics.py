"""MNIST, Fashion-MNIST and CIFAR-10, read from small files in their very formats."""

import gzip
import io
import pickle
import struct
import tarfile

import numpy as np
import pytest

from minigrad import settings
from minigrad.datasets import cifar10, fashion_mnist, mnist
from minigrad.datasets.download import checksum

RANDOM = np.random.default_rng(0)


def images(count, *shape):
    return RANDOM.integers(0, 256, (count, *shape), dtype=np.uint8)


# MNIST


def test_mnist_is_read_from_a_file_of_ones_own(tmp_path):
    parts = {"x_train": images(5, 28, 28), "y_train": images(5), "x_test": images(2, 28, 28)}
    np.savez(tmp_path / "mine.npz", **parts, y_test=images(2))
    (x_train, y_train), (x_test, _) = mnist.load_data(tmp_path / "mine.npz")
    assert np.array_equal(x_train, parts["x_train"]) and np.array_equal(y_train, parts["y_train"])
    assert np.array_equal(x_test, parts["x_test"])


def test_mnist_is_read_from_the_cache_of_keras(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    path = tmp_path / "datasets" / "mnist.npz"
    path.parent.mkdir()
    arrays = dict.fromkeys(["x_train", "y_train", "x_test", "y_test"], images(1))
    np.savez(path, **arrays)
    monkeypatch.setattr(mnist, "SHA256", checksum(path))
    assert mnist.load_data()[0][0].shape == (1,)


def test_mnist_never_unpickles(tmp_path):
    objects = np.array([print], dtype=object)
    np.savez(tmp_path / "bad.npz", x_train=objects, y_train=objects, x_test=objects, y_test=objects)
    with pytest.raises(ValueError, match="allow_pickle"):
        mnist.load_data(tmp_path / "bad.npz")


@pytest.mark.parametrize("module", [mnist, fashion_mnist, cifar10])
def test_without_internet_and_cache_the_error_says_what_to_do(module, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(module, "ORIGIN", (tmp_path / "nothing").as_uri())
    with pytest.raises(RuntimeError, match="copy the file into that folder"):
        module.load_data()


# Fashion-MNIST


def write_idx(path, array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))


def test_fashion_mnist_is_read_from_a_folder_of_ones_own(tmp_path):
    arrays = {
        "train-images-idx3-ubyte.gz": images(4, 28, 28),
        "train-labels-idx1-ubyte.gz": images(4),
        "t10k-images-idx3-ubyte.gz": images(3, 28, 28),
        "t10k-labels-idx1-ubyte.gz": images(3),
    }
    for name, array in arrays.items():
        write_idx(tmp_path / name, array)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data(tmp_path)
    for read, written in zip((x_train, y_train, x_test, y_test), arrays.values()):
        assert read.dtype == np.uint8 and np.array_equal(read, written) and read.flags.writeable


@pytest.mark.parametrize("content", [b"", b"abc", b"\0\0\x08\x01\0\0\0\x09short", b"\0\0\x0d\x01"])
def test_a_file_that_is_not_idx_or_cut_off_is_refused(content, tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match="not an IDX file"):
        fashion_mnist.read_idx(tmp_path / "x.gz")


# CIFAR-10


def python2_string(content: bytes) -> bytes:
    """BINSTRING: what Python 2 wrote for a str, which Python 3 no longer writes."""
    return b"T" + struct.pack("<i", len(content)) + content


def python2_batch(data: np.ndarray, labels: list[int]) -> bytes:
    """A batch as cPickle of Python 2 with NumPy 1 wrote it, opcode for opcode."""
    integer = lambda i: b"J" + struct.pack("<i", i)  # noqa: E731
    dtype = (
        b"cnumpy\ndtype\n" + b"(" + python2_string(b"u1") + integer(0) + integer(1) + b"tR"
        b"(" + integer(3) + python2_string(b"|") + b"NNN" + integer(-1) * 2 + integer(0) + b"tb"
    )
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n"
        b"(cnumpy\nndarray\n(" + integer(0) + b"t" + python2_string(b"b") + b"tR"
        b"(" + integer(1) + b"(" + b"".join(map(integer, data.shape)) + b"t" + dtype + b"\x89"
        + python2_string(data.tobytes()) + b"tb"
    )  # fmt: skip
    return (
        b"\x80\x02}("
        + python2_string(b"data") + array
        + python2_string(b"labels") + b"](" + b"".join(map(integer, labels)) + b"e"
        + python2_string(b"batch_label") + python2_string(b"a batch of a test")
        + b"u."
    )  # fmt: skip


@pytest.fixture
def batches():
    names = (*cifar10.TRAIN, "test_batch")
    return {name: (images(2, 3072), [i, (i + 1) % 10]) for i, name in enumerate(names)}


@pytest.fixture
def archive(batches, tmp_path):
    path = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, batch in batches.items():
            content = python2_batch(*batch)
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_cifar10_is_read_from_its_archive(archive, batches):
    (x_train, y_train), (x_test, y_test) = cifar10.load_data(archive)
    assert x_train.shape == (10, 32, 32, 3) and y_train.shape == (10, 1)
    assert y_train.dtype == np.uint8 and y_test.tolist() == [[5], [6]]
    planes = batches["data_batch_3"][0].reshape(2, 3, 32, 32)  # red, green and blue one by one
    assert np.array_equal(x_train[4, :, :, 1], planes[0, 1])
    assert np.array_equal(
        x_test[1, 7, 9], batches["test_batch"][0].reshape(2, 3, 32, 32)[1, :, 7, 9]
    )


def test_cifar10_is_read_from_the_unpacked_folder_too(archive, tmp_path):
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    packed, unpacked = (
        cifar10.load_data(archive),
        cifar10.load_data(tmp_path / "cifar-10-batches-py"),
    )
    assert np.array_equal(packed[0][0], unpacked[0][0])


def test_cifar10_puts_the_colours_where_the_image_data_format_says(archive):
    settings.set_image_data_format("channels_first")
    try:
        assert cifar10.load_data(archive)[0][0].shape == (10, 3, 32, 32)
    finally:
        settings.set_image_data_format("channels_last")


def test_a_batch_that_names_any_other_function_is_refused_before_it_runs(tmp_path):
    class Harm:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    with pytest.raises(pickle.UnpicklingError, match="was made to do harm"):
        cifar10.read_batch(pickle.dumps({b"data": Harm()}))
    assert not (tmp_path / "harm").exists()


def test_a_batch_of_objects_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="holds bytes"):
        cifar10.read_batch(pickle.dumps({b"data": np.array([None])}))
