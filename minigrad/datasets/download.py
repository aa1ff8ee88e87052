"""Files from Keras's cache, or from the internet with a checksum: whole or not there at all."""

import hashlib
import os
from pathlib import Path

BLOCK = 1 << 20  # bytes read at a time: 1 MiB


def cache_folder(subfolder: str = "datasets") -> Path:
    """The folder of Keras's downloads: `datasets` in `$KERAS_HOME`, or else in `~/.keras`."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home) / subfolder


def fetch(name: str, origin: str, sha256: str, subfolder: str = "datasets") -> Path:
    """The path of a cached file, which is downloaded first if it is missing or damaged.

    Args:
        name: of the file in the cache.
        origin: its URL.
        sha256: the checksum that it must have, in hexadecimal.
        subfolder: of Keras's cache.

    Raises:
        RuntimeError: if there is no such file and it cannot be had.
    """
    path = cache_folder(subfolder) / name
    if path.is_file() and checksum(path) == sha256:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        download(origin, path, sha256)
    except OSError as error:
        raise RuntimeError(
            f"{name} is not in {path.parent} (or is damaged there), and fetching it from {origin} "
            f"failed: {error}. Where there is no internet, copy the file into that folder, or set "
            f"KERAS_HOME to a folder that has it. Received: origin={origin!r}"
        ) from error
    return path


def download(origin: str, path: Path, sha256: str) -> None:
    """Download into a temporary file beside `path`, check it, and only then give it its name.

    Raises:
        OSError: if the transfer fails or what came has another checksum.
    """
    import tempfile
    from urllib.request import urlopen  # takes 30 ms to import, and few need it

    from minigrad.utils.progbar import Progbar

    handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as file, urlopen(origin, timeout=30) as response:
            size = int(response.headers.get("Content-Length") or 0) or None
            bar = Progbar(size, unit_name="byte")
            while block := response.read(BLOCK):
                file.write(block)
                digest.update(block)
                bar.add(len(block))
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            raise OSError(f"its sha256 is {digest.hexdigest()} instead of {sha256}")
        os.chmod(temporary, 0o644)  # mkstemp's 0600 would hide a shared cache from its users
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C too must not leave a half file behind
        os.unlink(temporary)
        raise


def checksum(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
