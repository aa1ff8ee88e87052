"""A file is the old or the new one, whatever happens while it is written."""

import os
import resource
import signal
import stat
import subprocess
import sys
import time

import pytest

from minigrad.saving.files import replacing, write_bytes


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


WRITER = """
import sys
import numpy as np
import minigrad as mg
model = mg.Sequential([mg.Input((300,)), mg.layers.Dense(300, use_bias=False)])
path = sys.argv[1]
n = 0
while True:
    n += 1
    model.layers[0].kernel.assign(np.full((300, 300), n, "float32"))
    model.save(path + "/m.keras")
    model.save_weights(path + "/m.weights.h5")
    print(n, flush=True)
"""


def kill_while_saving(folder, kills):
    """Kill a process that saves all the time, and check each time what it left."""
    import minigrad as mg

    copy = mg.Sequential([mg.Input((300,)), mg.layers.Dense(300, use_bias=False)])
    for kill in range(kills):
        command = [sys.executable, "-c", WRITER, str(folder)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        time.sleep(0.0137 * (kill % 13))
        process.kill()
        last = max([1, *map(int, process.stdout.read().split())])
        process.wait()
        process.stdout.close()
        loaded = mg.saving.load_model(folder / "m.keras").layers[0].kernel.numpy()
        copy.load_weights(folder / "m.weights.h5")
        for kernel in (loaded, copy.layers[0].kernel.numpy()):
            assert kernel.min() == kernel.max()
            assert kernel[0, 0] in (last, last + 1)


def test_a_killed_process_leaves_the_old_or_the_new_file(tmp_path):
    kill_while_saving(tmp_path, kills=3)


@pytest.mark.slow
def test_many_killed_processes_leave_the_old_or_the_new_file(tmp_path):
    kill_while_saving(tmp_path, kills=100)
