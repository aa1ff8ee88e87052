"""Compiled kernels on disk: bytes in, the same bytes out, or nothing.

Loading compiled code means executing it, so an entry is used only if this user wrote it: folder and
files belong to the user, nobody else may write them, and a keyed checksum (HMAC-SHA256, with a key
that only the user can read) fits the entry and its name. Everything else is treated as absent, and
rebuilt. A folder that cannot be used (read-only, full, somebody else's) means no cache; it is never
an error.
"""

import contextlib
import os
import stat
import sys
import time
import types
from collections.abc import Callable, Mapping

import numpy as np

_KEY_BYTES = 32
_TAG_BYTES = 32
_UNUSED_DAYS = 60  # entries that nobody has loaded for so long are deleted


def default_folder() -> str:
    """Return the folder for kernels: in ``$MINIGRAD_CACHE_DIR`` or the user's cache folder."""
    chosen = os.environ.get("MINIGRAD_CACHE_DIR")
    if chosen:
        return os.path.join(os.path.expanduser(chosen), "kernels")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return os.path.join(os.path.expanduser(base), "minigrad", "kernels")


def _is_ours_alone(status: os.stat_result) -> bool:
    """True if this user owns the file and nobody else may write to it (always true on Windows)."""
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


_disk: "Cache | None" = None


def disk() -> "Cache":
    """Return the cache of kernels."""
    global _disk
    if _disk is None or _disk.folder != default_folder():
        _disk = Cache(default_folder())
    return _disk


class Cache:
    """Named entries of bytes in one folder that only its owner may read or write."""

    def __init__(self, folder: str):
        self.folder = folder
        self._key: bytes | None = None
        self._opened = False

    @property
    def usable(self) -> bool:
        """True if entries can be read from the folder."""
        if not self._opened:
            self._opened = True
            with contextlib.suppress(OSError, RuntimeError):
                self._key = self._open_folder()
        return self._key is not None

    def load(self, name: str) -> bytes | None:
        """Return the entry called `name`, or None if there is none that may be trusted."""
        if not self.usable:
            return None
        from hmac import compare_digest

        with contextlib.suppress(OSError):
            content = self._read(self._path(name))
            if content is not None:
                tag, payload = content[:_TAG_BYTES], content[_TAG_BYTES:]
                if compare_digest(tag, self._tag(name, payload)):
                    with contextlib.suppress(OSError):
                        os.utime(self._path(name))
                    return payload
        return None

    def save(self, name: str, payload: bytes) -> bool:
        """Write an entry, whole or not at all, for readers too; False if it can't be written."""
        if not self.usable:
            return False
        try:
            self._write(self._path(name), self._tag(name, payload) + payload)
            self._delete_unused()
        except OSError:
            return False
        return True

    def _tag(self, name: str, payload: bytes) -> bytes:
        # The name is under the checksum too: one entry cannot stand in for another.
        from hmac import digest  # imported here, as most programs never come by

        return digest(self._key or b"", name.encode() + b"\0" + payload, "sha256")

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def _open_folder(self) -> bytes | None:
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        status = os.lstat(self.folder)
        if hasattr(os, "getuid"):
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
                return None
            if stat.S_IMODE(status.st_mode) != 0o700:
                os.chmod(self.folder, 0o700)
        path = self._path("key")
        key = self._read_key(path)
        if key is None:
            self._write_key(path)
            key = self._read_key(path)
        return key

    def _read_key(self, path: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError):
            key = self._read(path, private=True)
            return key if key is not None and len(key) == _KEY_BYTES else None
        return None

    def _write_key(self, path: str) -> None:
        temporary = self._temporary(path)
        try:
            self._create(temporary, os.urandom(_KEY_BYTES))
            try:
                # link fails if the file exists: of two processes, the second takes the first's key.
                os.link(temporary, path)
            except FileExistsError:
                if self._read_key(path) is None:  # broken, or not private: start afresh
                    os.replace(temporary, path)
            except (OSError, AttributeError):  # a file system without hard links
                os.replace(temporary, path)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(temporary)

    def _read(self, path: str, private: bool = False) -> bytes | None:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        flags |= getattr(os, "O_NONBLOCK", 0)  # a pipe put in the file's place must not hang us
        descriptor = os.open(path, flags)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not _is_ours_alone(status):
                return None
            if private and hasattr(os, "getuid") and status.st_mode & 0o077:
                return None
            return file.read()

    def _write(self, path: str, content: bytes) -> None:
        temporary = self._temporary(path)
        try:
            self._create(temporary, content)
            os.replace(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def _create(self, path: str, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags, 0o600), "wb") as file:
            file.write(content)

    def _temporary(self, path: str) -> str:
        return f"{path}.{os.getpid()}.{os.urandom(4).hex()}.tmp"

    def _delete_unused(self) -> None:
        limit = time.time() - _UNUSED_DAYS * 86_400
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # another process may have been faster
                    if entry.name != "key" and entry.stat(follow_symlinks=False).st_mtime < limit:
                        os.unlink(entry.path)


def digest(text: str) -> str:
    """Return a name for a text: no other text has it."""
    import hashlib  # imported here, as importing minigrad must be quick

    return hashlib.sha256(text.encode()).hexdigest()


def sources(
    function: Callable,
    inlines: Mapping[Callable, Mapping[str, Callable]],
    seen: set[Callable] | None = None,
) -> list[str]:
    """Return all that the compiled code of a function depends on, as texts.

    These are its code (or `__minigrad_source__`, a text or what returns it), the constants that it
    names, and the same of the functions that are inlined or whose code is emitted.

    Args:
        inlines: The functions that are inlined, and what stands in for each, by dtype.
    """
    seen = set() if seen is None else seen
    if function in seen:
        return []
    seen.add(function)
    code = getattr(function, "__wrapped__", function).__code__
    source = getattr(function, "__minigrad_source__", None)
    texts = [(source() if callable(source) else source) or f"{text_of(code)}"]
    for name in sorted(_names(code)):
        value = function.__globals__.get(name)
        if isinstance(value, np.ndarray):
            texts.append(f"{name}={value.dtype}{value.shape}{value.tobytes().hex()}")
        elif isinstance(value, (bool, int, float, str, np.generic, tuple)):
            texts.append(f"{name}={type(value).__name__} {value!r}")
        elif isinstance(value, types.FunctionType) and (
            value in inlines or hasattr(value, "__minigrad_source__")
        ):
            for inlined in (value, *inlines.get(value, {}).values()):
                texts += sources(inlined, inlines, seen)
    return texts


def text_of(constant: object) -> str:
    """What a function does, or a constant in it, as a text: comments and line numbers are not."""
    if isinstance(constant, types.CodeType):
        code = constant
        parts = (code.co_code.hex(), code.co_names, code.co_varnames, code.co_freevars)
        return f"{parts} {[text_of(one) for one in code.co_consts]}"
    if isinstance(constant, (tuple, frozenset)):
        texts = [text_of(one) for one in constant]
        return repr(texts if isinstance(constant, tuple) else sorted(texts))
    return f"{type(constant).__name__} {constant!r}"


def _names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names
