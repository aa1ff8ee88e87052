"""A file is the old or the new one, whatever happens while it is written."""

import errno
import itertools
import os
import random
import resource
import signal
import stat
import tempfile
import time

import numpy as np
import pytest

import minigrad as mg
from minigrad.saving.files import replacing, write_bytes
from tests.killing import Forks


def test_the_new_file_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "f"
    write_bytes(path, b"old")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["f"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), replacing(path) as file:
        file.write(b"half")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_the_permissions_of_the_old_file_stay(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_bytes(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot write the file.*Received: filepath=.*/f"):
        write_bytes(tmp_path / "gone" / "f", b"new")


def test_a_folder_that_vanishes_meanwhile_is_an_error(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(FileNotFoundError, match="cannot write the file"), replacing(folder / "f"):
        for name in os.listdir(folder):
            os.remove(folder / name)
        folder.rmdir()


def test_a_disk_without_room_leaves_the_old_file(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(OSError, match="The file that was there is unchanged"):
            write_bytes(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_a_disk_that_is_full_when_data_reaches_it_leaves_the_old_file(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "f"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        OSError, match=r"No space left on device\. The file that was there"
    ) as raised:
        write_bytes(path, b"new")
    assert raised.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_a_folder_that_must_not_be_written_leaves_the_old_file():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        path = os.path.join(folder, "f")
        write_bytes(path, b"old")
        os.chmod(path, 0o644)
        os.chmod(folder, 0o555)
        child = os.fork()
        if not child:
            if os.getuid() == 0:  # to whom all is allowed
                os.setgid(65534)
                os.setuid(65534)
            try:
                write_bytes(path, b"new")
            except PermissionError as error:
                os._exit(0 if "cannot write the file: Permission denied" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        with open(path, "rb") as file:
            assert file.read() == b"old"
        assert os.listdir(folder) == ["f"]
        os.chmod(folder, 0o755)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("m.keras", ValueError, "File not found"),
        ("m.h5", FileNotFoundError, "m.h5"),
        ("m.weights.h5", FileNotFoundError, "m.weights.h5"),
        ("m.weights.npz", FileNotFoundError, "m.weights.npz"),
        ("m.weights.json", FileNotFoundError, "m.weights.json"),
    ],
)
def test_a_file_that_vanished_is_named(tmp_path, name, error, message):
    model = mg.Sequential([mg.Input((3,)), mg.layers.Dense(2)])
    load = model.load_weights if "weights" in name else mg.saving.load_model
    with pytest.raises(error, match=message):
        load(tmp_path / name)


SIZE = 100


def save_for_ever(folder, _):
    """What the process does that is killed: save the number of the round, in all formats."""
    model = mg.Sequential([mg.Input((SIZE,)), mg.layers.Dense(SIZE, use_bias=False)])
    for number in itertools.count(1):
        save_all(model, folder, number)
        os.write(1, b"%d\n" % number)


def save_all(model, folder, number):
    model.layers[0].kernel.assign(np.full((SIZE, SIZE), number, "float32"))
    model.save(f"{folder}/m.keras")
    model.save_weights(f"{folder}/m.weights.h5")
    model.save_weights(f"{folder}/m.weights.npz")


def warm_up():
    with tempfile.TemporaryDirectory() as folder:
        model = mg.Sequential([mg.Input((SIZE,)), mg.layers.Dense(SIZE, use_bias=False)])
        save_all(model, folder, 0)


def kill_while_saving(folder, kills):
    """Kill a process that saves all the time, and check each time what it left."""
    copy = mg.Sequential([mg.Input((SIZE,)), mg.layers.Dense(SIZE, use_bias=False)])
    delays = random.Random(5)
    with Forks("tests.saving.test_files", "save_for_ever", folder) as forks:
        for _ in range(kills):
            forks.start("save")
            first = forks.waiting or [forks.line()]
            time.sleep(delays.uniform(0.0, 0.03))
            forks.kill()
            last = int([*first, *forks.rest()][-1])
            loaded = mg.saving.load_model(folder / "m.keras").layers[0].kernel.numpy()
            kernels = [loaded]
            for name in ("m.weights.h5", "m.weights.npz"):
                copy.load_weights(folder / name)
                kernels.append(copy.layers[0].kernel.numpy())
            for kernel in kernels:
                assert kernel.min() == kernel.max()
                assert int(kernel[0, 0]) in (last, last + 1)
    left = [name for name in os.listdir(folder) if not name.endswith(".tmp")]
    assert sorted(left) == ["m.keras", "m.weights.h5", "m.weights.npz"]


def test_a_killed_process_leaves_the_old_or_the_new_file(tmp_path):
    kill_while_saving(tmp_path, kills=10)


@pytest.mark.slow
def test_many_killed_processes_leave_the_old_or_the_new_file(tmp_path):
    kill_while_saving(tmp_path, kills=200)
