"""Keras's data sets, read from small files in their very formats."""

import gzip
import io
import pickle
import struct
import tarfile

import numpy as np
import pytest

from minigrad import settings
from minigrad.datasets import (
    boston_housing,
    california_housing,
    cifar,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)
from minigrad.datasets.pickles import load_arrays
from minigrad.utils.download import checksum

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


EVERY = [
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
]


@pytest.mark.parametrize("module", EVERY, ids=lambda module: module.__name__.split(".")[-1])
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
        cifar.read_batch(pickle.dumps({b"data": Harm()}), "labels")
    assert not (tmp_path / "harm").exists()


def test_a_batch_of_objects_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="holds u1"):
        cifar.read_batch(pickle.dumps({b"data": np.array([None])}), "labels")


# CIFAR-100


def test_cifar100_has_labels_of_two_kinds(tmp_path):
    for name, count in (("train", 3), ("test", 2)):
        batch = {
            b"data": images(count, 3072),
            b"fine_labels": [*range(count)],
            b"coarse_labels": [9] * count,
        }
        (tmp_path / name).write_bytes(pickle.dumps(batch))
    (x_train, y_train), (x_test, y_test) = cifar100.load_data(path=tmp_path)
    assert x_train.shape == (3, 32, 32, 3) and x_test.dtype == np.uint8
    assert y_train.tolist() == [[0], [1], [2]] and y_test.shape == (2, 1)
    assert cifar100.load_data("coarse", tmp_path)[1][1].tolist() == [[9], [9]]
    with pytest.raises(ValueError, match="label_mode=other"):
        cifar100.load_data("other", tmp_path)


# Houses


@pytest.mark.parametrize("module", [boston_housing, california_housing])
def test_houses_come_in_the_order_of_keras(module, tmp_path):
    x = np.arange(20.0).reshape(10, 2)
    np.savez(tmp_path / "x.npz", x=x, y=x[:, 0])
    (_, y_train), (x_test, y_test) = module.load_data(path=tmp_path / "x.npz")
    # What Keras 3.15 gives for this file, with the default seed.
    assert y_train.tolist() == [18.0, 6.0, 12.0, 2.0, 0.0, 14.0, 8.0, 16.0]
    assert x_test[:, 0].tolist() == y_test.tolist() == [4.0, 10.0]
    with pytest.raises(ValueError, match="test_split=1"):
        module.load_data(path=tmp_path / "x.npz", test_split=1)


def test_california_has_a_small_version(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.ones((700, 8)), y=np.ones(700))
    train, test = california_housing.load_data("small", tmp_path / "x.npz")
    assert (len(train[0]), len(test[0])) == (480, 120)
    with pytest.raises(ValueError, match="version=tiny"):
        california_housing.load_data("tiny", tmp_path / "x.npz")


# IMDB and Reuters

TEXTS = [[1, 5, 9], [2, 3], [4, 1, 1, 7, 8], [6]]


def as_objects(lists):
    array = np.empty(len(lists), object)
    array[:] = lists
    return array


@pytest.fixture
def imdb_file(tmp_path):
    path = tmp_path / "imdb.npz"
    half = {"x_test": as_objects(TEXTS[:2]), "y_test": np.array([1, 0])}
    np.savez(path, x_train=as_objects(TEXTS), y_train=np.array([0, 1, 1, 0]), **half)
    return path


@pytest.fixture
def reuters_file(tmp_path):
    np.savez(tmp_path / "reuters.npz", x=as_objects(TEXTS), y=np.array([3, 1, 40, 0]))
    return tmp_path / "reuters.npz"


def test_imdb_numbers_words_as_keras_does(imdb_file):
    """What Keras 3.15 gives for this file. Without `num_words` the greatest number is the bound."""
    (x_train, y_train), (x_test, y_test) = imdb.load_data(imdb_file)
    assert x_train.tolist() == [[1, 9], [1, 7, 4, 4, 10, 11], [1, 4, 8, 2], [1, 5, 6]]
    assert x_test.tolist() == [[1, 5, 6], [1, 4, 8, 2]]
    assert y_train.tolist() == [0, 1, 0, 1] and y_test.tolist() == [0, 1]


def test_words_and_texts_can_be_left_out(imdb_file):
    (x, y), _ = imdb.load_data(imdb_file, num_words=8, start_char=None, oov_char=None)
    assert sorted(x.tolist()) == [[], [4], [5, 6], [7, 4, 4]]
    (x, y), _ = imdb.load_data(imdb_file, maxlen=4, start_char=None, index_from=0, skip_top=2)
    assert sorted(x.tolist()) == [[2, 3], [2, 5, 2], [6]]
    assert len(x) == len(y) == 3
    with pytest.raises(ValueError, match="maxlen=2"):
        imdb.load_data(imdb_file, maxlen=2)


def test_reuters_is_split(reuters_file):
    (x_train, y_train), (x_test, y_test) = reuters.load_data(reuters_file, test_split=0.25)
    assert len(x_train) == len(y_train) == 3 and len(x_test) == len(y_test) == 1
    assert x_train.tolist() == [[1, 9], [1, 7, 4, 4, 10, 11], [1, 4, 8, 2]]
    assert x_test.tolist() == [[1, 5, 6]] and [*y_train, *y_test] == [0, 40, 3, 1]


@pytest.mark.parametrize("module", [imdb, reuters])
def test_ranks_of_words_are_read(module, tmp_path):
    (tmp_path / "words.json").write_text('{"the": 1, "füllwort": 2}', encoding="utf-8")
    assert module.get_word_index(tmp_path / "words.json") == {"the": 1, "füllwort": 2}


def test_topics_have_names():
    assert len(reuters.get_label_names()) == 46


def test_texts_never_run_what_they_hold(tmp_path):
    class Harm:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    np.savez(tmp_path / "bad.npz", x=np.array([Harm()], object), y=np.array([0]))
    with pytest.raises(pickle.UnpicklingError, match="was made to do harm"):
        reuters.load_data(tmp_path / "bad.npz")
    assert not (tmp_path / "harm").exists()


def test_an_array_that_lies_about_its_size_is_refused():
    """Objects made of bytes would be addresses that someone else has chosen."""
    array = np.array([[1, 2]], object)
    content = pickle.dumps({b"data": array}, protocol=4)
    shorter = content.replace(b"K\x01K\x02\x86", b"K\x05K\x02\x86")
    assert shorter != content
    with pytest.raises(pickle.UnpicklingError, match="has 2 elements"):
        load_arrays(io.BytesIO(shorter), ("O8",), "a file")
