"""Downloads with a checksum: whole or not there at all; and where Keras keeps them."""

import hashlib
import os
from pathlib import Path

BLOCK = 1 << 20  # bytes read at a time: 1 MiB


def cache_folder(subfolder: str = "datasets") -> Path:
    """The folder of Keras's downloads: `datasets` in `$KERAS_HOME`, or else in `~/.keras`."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home) / subfolder


def download(origin: str, path: Path, file_hash: str | None = None, algorithm="auto") -> None:
    """Download into a temporary file beside `path`, check it, and only then give it its name.

    Raises:
        OSError: if the transfer fails.
        ValueError: if what came has another checksum.
    """
    import tempfile
    from urllib.request import urlopen  # takes 30 ms to import, and few need it

    from minigrad.utils.progbar import Progbar

    handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        digest = hasher(file_hash, algorithm)
        with os.fdopen(handle, "wb") as file, urlopen(origin, timeout=30) as response:
            size = int(response.headers.get("Content-Length") or 0) or None
            bar = Progbar(size, unit_name="byte")
            while block := response.read(BLOCK):
                file.write(block)
                digest.update(block)
                bar.add(len(block))
            file.flush()
            os.fsync(file.fileno())
        if file_hash is not None and digest.hexdigest() != file_hash:
            raise ValueError(
                f"Incomplete or corrupted file detected: what came from {origin} has the "
                f"{digest.name} {digest.hexdigest()} instead of {file_hash}."
            )
        os.chmod(temporary, 0o644)  # mkstemp's 0600 would hide a shared cache from its users
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C too must not leave a half file behind
        os.unlink(temporary)
        raise


def hasher(file_hash: str | None, algorithm: str = "auto"):
    """A new hash object: of the algorithm, which "auto" tells by the length of a hash."""
    if algorithm == "auto":
        algorithm = "md5" if file_hash is not None and len(file_hash) == 32 else "sha256"
    if algorithm not in ("md5", "sha256"):
        raise ValueError(
            '`hash_algorithm` must be "md5", "sha256" or "auto". '
            f"Received: hash_algorithm={algorithm!r}"
        )
    return hashlib.new(algorithm, usedforsecurity=False)


def checksum(path: str | os.PathLike, algorithm: str = "sha256") -> str:
    """The hash of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hasher(None, algorithm)).hexdigest()


def has_checksum(path: str | os.PathLike, file_hash: str, algorithm: str = "auto") -> bool:
    """Whether a file has this hash."""
    return checksum(path, hasher(file_hash, algorithm).name) == file_hash
