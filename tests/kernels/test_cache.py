"""Compiled code on disk: what may be loaded, and what must not."""

import errno
import os
import pickle
import stat
import subprocess
import sys

import pytest

from minigrad.kernels import native
from minigrad.kernels.cache import Cache, default_folder, digest, sources

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are those of POSIX")
root = pytest.mark.skipif(getattr(os, "getuid", lambda: 1)() != 0, reason="only root may chown")


@pytest.fixture
def cache(tmp_path):
    return Cache(str(tmp_path / "deep" / "kernels"))


def mode(path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_what_is_saved_can_be_loaded_also_by_the_next_process(cache):
    assert cache.load("a") is None
    assert cache.save("a", b"code")
    assert cache.load("a") == b"code"
    assert Cache(cache.folder).load("a") == b"code"
    assert cache.save("a", b"newer code")
    assert cache.load("a") == b"newer code"


@posix
def test_folder_key_and_entries_are_for_the_owner_only(cache):
    cache.save("a", b"code")
    assert mode(cache.folder) == 0o700
    assert mode(cache.folder + "/key") == 0o600
    assert mode(cache.folder + "/a") == 0o600


@posix
def test_a_folder_that_is_open_to_others_is_closed(tmp_path):
    tmp_path.chmod(0o777)
    assert Cache(str(tmp_path)).usable
    assert mode(tmp_path) == 0o700


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    ],
)
def test_a_damaged_entry_is_none(cache, damage):
    cache.save("a", b"code")
    with open(cache.folder + "/a", "r+b") as file:
        content = damage(file.read())
        file.seek(0)
        file.truncate()
        file.write(content)
    assert cache.load("a") is None
    assert cache.save("a", b"code")
    assert cache.load("a") == b"code"


def test_an_entry_under_another_name_is_none(cache):
    cache.save("a", b"code")
    os.rename(cache.folder + "/a", cache.folder + "/b")
    assert cache.load("b") is None


def test_an_entry_made_with_another_key_is_none(cache, tmp_path):
    other = Cache(str(tmp_path / "other"))
    other.save("a", b"code")
    assert cache.usable
    os.rename(other.folder + "/a", cache.folder + "/a")
    assert cache.load("a") is None


@posix
@pytest.mark.parametrize("bits", [0o620, 0o602])
def test_an_entry_that_others_may_write_is_none(cache, bits):
    cache.save("a", b"code")
    os.chmod(cache.folder + "/a", bits)
    assert cache.load("a") is None


@posix
def test_links_and_pipes_are_none(cache):
    cache.save("a", b"code")
    os.rename(cache.folder + "/a", cache.folder + "/../real")
    os.symlink(cache.folder + "/../real", cache.folder + "/a")
    assert cache.load("a") is None
    os.mkfifo(cache.folder + "/b")
    assert cache.load("b") is None
    os.mkdir(cache.folder + "/c")
    assert cache.load("c") is None


@root
def test_an_entry_of_another_user_is_none(cache):
    cache.save("a", b"code")
    os.chown(cache.folder + "/a", 12345, 12345)
    assert cache.load("a") is None


@root
def test_a_folder_of_another_user_is_not_used(tmp_path):
    os.chown(tmp_path, 12345, 12345)
    cache = Cache(str(tmp_path))
    assert not cache.usable
    assert not cache.save("a", b"code")
    assert os.listdir(tmp_path) == []


@posix
@pytest.mark.parametrize("bits", [0o644, 0o660])
def test_a_key_that_others_can_read_is_replaced_and_old_entries_are_none(cache, bits):
    cache.save("a", b"code")
    os.chmod(cache.folder + "/key", bits)
    again = Cache(cache.folder)
    assert again.load("a") is None
    assert mode(cache.folder + "/key") == 0o600
    assert again.save("a", b"code")
    assert Cache(cache.folder).load("a") == b"code"


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_broken_key_is_replaced(cache, content):
    cache.save("a", b"code")
    with open(cache.folder + "/key", "wb") as file:
        file.write(content)
    again = Cache(cache.folder)
    assert again.load("a") is None
    assert again.save("a", b"code")
    assert again.load("a") == b"code"


def test_a_folder_that_cannot_be_made_means_no_cache(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = Cache(str(tmp_path / "file" / "kernels"))
    assert not cache.usable
    assert cache.load("a") is None
    assert not cache.save("a", b"code")


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_full_or_read_only_disk_means_no_entry_and_no_litter(cache, monkeypatch, error):
    cache.save("a", b"code")
    before = sorted(os.listdir(cache.folder))
    real = os.replace

    def fail(*args):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "replace", fail)
    assert not cache.save("b", b"code")
    monkeypatch.setattr(os, "replace", real)
    assert sorted(os.listdir(cache.folder)) == before
    assert cache.load("a") == b"code"


def test_entries_that_nobody_used_for_long_are_deleted(cache):
    for name in ("old", "used", "fresh"):
        cache.save(name, b"code")
    for name in ("old", "used"):
        os.utime(f"{cache.folder}/{name}", (0, 0))
    assert cache.load("used") == b"code"
    cache.save("more", b"code")
    assert sorted(os.listdir(cache.folder)) == ["fresh", "key", "more", "used"]


def test_the_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("MINIGRAD_CACHE_DIR", str(tmp_path))
    assert default_folder() == str(tmp_path / "kernels")
    monkeypatch.delenv("MINIGRAD_CACHE_DIR")
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert default_folder() == str(tmp_path / "minigrad" / "kernels")
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert default_folder() == str(tmp_path / ".cache" / "minigrad" / "kernels")


CONSTANT = 3


def helper(x):
    return x + CONSTANT


def user(x):
    return helper(x) * 2


def test_sources_are_the_function_its_constants_and_what_it_inlines(monkeypatch):
    inlines = {helper: {"": helper}}
    before = sources(user, inlines)

    def changed(code):
        scope = {}
        exec(f"CONSTANT = 3\n{code}", scope)
        other = scope["helper"]
        other.__module__ = helper.__module__
        return sources(other, {}) != sources(helper, {})

    assert not changed("def helper(x):\n\n    return x + CONSTANT  # with a comment")
    assert changed("def helper(x):\n    return x - CONSTANT")
    assert changed("def helper(x):\n    return x + 3")
    assert changed("def helper(x):\n    return helper(x + CONSTANT)")
    monkeypatch.setattr(sys.modules[user.__module__], "CONSTANT", 4)
    assert sources(user, inlines) != before


def emitted(x):
    raise RuntimeError("only compiled kernels can call it")


def caller(x):
    return emitted(x)


def test_sources_are_also_what_emits_the_code_of_a_function(monkeypatch):
    found = []
    for text in ("the one", "the other"):
        monkeypatch.setattr(emitted, "__minigrad_source__", text, raising=False)
        found.append(sources(caller, {}))
    assert found[0] != found[1]
    if native.ready():
        assert len({one.__minigrad_source__() for one in (native.call, *native.AT.values())}) > 10


def test_texts_have_names_of_their_own():
    assert digest("a") != digest("b")


# --- the same through a kernel --------------------------------------------------------------------

SCRIPT = """
import numpy as np
from minigrad.kernels import jit, optimizers
w = np.zeros(3, "float32")
optimizers.sgd(w, np.ones(3, "float32"), 2.0)
assert w.tolist() == [-2, -2, -2]
run = optimizers._sgd._ready[False, ("f",)]
print(len(run.stats.cache_hits), len(run.stats.cache_misses))
"""


def run_script(folder) -> list[int]:
    """Run a kernel in a process of its own; return how often it came from disk and didn't."""
    environment = {**os.environ, "MINIGRAD_CACHE_DIR": str(folder)}
    command = [sys.executable, "-c", SCRIPT]
    output = subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
    return [int(word) for word in output.stdout.split()]


def entry(folder):
    return next((folder / "kernels").glob("*.nbc"))


def test_a_kernel_is_compiled_once_and_then_loaded(tmp_path):
    assert run_script(tmp_path) == [0, 1]
    assert run_script(tmp_path) == [1, 0]


class Bomb:
    def __reduce__(self):
        return (open, (os.environ["BOMB"], "w"))


def test_a_corrupt_or_planted_entry_is_rebuilt_and_never_executed(tmp_path, monkeypatch):
    run_script(tmp_path)
    good = entry(tmp_path).read_bytes()
    monkeypatch.setenv("BOMB", str(tmp_path / "exploded"))
    entry(tmp_path).write_bytes(good[:32] + pickle.dumps(Bomb()))
    assert run_script(tmp_path) == [0, 1]
    assert not (tmp_path / "exploded").exists()
    assert run_script(tmp_path) == [1, 0]


def test_without_a_usable_folder_kernels_are_compiled_each_time(tmp_path):
    (tmp_path / "kernels").write_text("in the way")
    assert run_script(tmp_path) == [0, 1]


def test_many_processes_at_once_can_start_with_an_empty_cache(tmp_path):
    environment = {**os.environ, "MINIGRAD_CACHE_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen([sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        process.communicate(timeout=240)
        assert process.returncode == 0
    names = sorted(os.listdir(tmp_path / "kernels"))
    assert not [name for name in names if name.endswith(".tmp")]
    assert run_script(tmp_path) == [1, 0]
