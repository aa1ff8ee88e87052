"""get_file: a file from the internet, kept in Keras's cache."""

import os
import warnings
from pathlib import Path

from minigrad.messages import print_msg
from minigrad.utils.download import cache_folder, download, has_checksum
from minigrad.utils.unpacking import unpack


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    force_download=False,
):
    """The path of a file of the cache, which is downloaded first if it is not there.

    A download is whole and checked, or not there at all; so is what is unpacked, and no member of
    an archive lands outside of its folder. Name a hash: without one, whoever can change the file
    on its way chooses what you get.

    Args:
        fname: Of the file in the cache, by default as in `origin`; of the folder, if `extract`.
        origin: The URL. `file://` will do.
        untar: The same as `extract`, for tar archives. Old.
        md5_hash: The same as `file_hash`, in MD5. Old.
        file_hash: What the file must have, in hexadecimal; a cached file without it is replaced.
        cache_subdir: A folder of the cache, or an absolute path.
        hash_algorithm: "md5", "sha256", or "auto": by the length of the hash.
        extract: Whether to unpack a tar or zip archive.
        archive_format: "tar", "zip", or "auto" for either.
        cache_dir: Instead of `$KERAS_HOME` or `~/.keras`.
        force_download: Whether to download in any case.

    Returns:
        The path of the file; with `extract`, of the folder in which it is unpacked:
        `<name>` for a name without a dot, `<name>_extracted` else.

    Raises:
        ValueError: no origin, a name with folders, or a file with another hash.
        RuntimeError: there is no such file, and it cannot be had.

    >>> import os, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "served.txt").write_text("Hello")
    ...     origin = pathlib.Path(folder, "served.txt").as_uri()
    ...     path = get_file("hello.txt", origin, cache_dir=folder)
    ...     print(os.path.basename(path), pathlib.Path(path).read_text())
    Downloading data from file://...
    hello.txt Hello
    """
    if origin is None:
        raise ValueError(
            'Please specify the "origin" argument (URL of the file to download). '
            "Received: origin=None"
        )
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = cache_folder(cache_subdir)
    if cache_dir is not None:
        folder = Path(cache_dir).expanduser() / cache_subdir
    given = _name(fname, origin)
    unpacks = extract or untar
    name = given if fname and ("." in given or not unpacks) else given + "_archive" * unpacks
    path = folder / name
    if force_download or not _is_there(path, file_hash, hash_algorithm):
        print_msg(f"Downloading data from {origin}")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            download(origin, path, file_hash, hash_algorithm)
        except OSError as error:
            raise RuntimeError(
                f"{name} is not in {folder} (or is damaged there), and fetching it from {origin} "
                f"failed: {error}. Where there is no internet, copy the file into that folder, or "
                f"set KERAS_HOME to a folder that has it. Received: origin={origin!r}"
            ) from error
    if not unpacks:
        return str(path)
    target = folder / (f"{given[: given.find('.')]}_extracted" if fname and "." in given else given)
    if not unpack(path, target, "tar" if untar else archive_format):
        warnings.warn(f"Could not extract archive: {path} is none.", stacklevel=2)
    return str(target)


def _name(fname, origin):
    from urllib.parse import urlsplit  # takes 30 ms to import, and few need it

    if fname:
        fname = os.fspath(fname)
        if os.path.basename(fname) != fname:
            raise ValueError(
                "Paths are no longer accepted as the `fname` argument. To specify the file's "
                f"parent directory, use the `cache_dir` argument. Received: fname={fname}"
            )
        return fname
    name = os.path.basename(urlsplit(origin).path)
    if not name:
        raise ValueError(
            "Can't parse the file name from the origin provided. Please specify the `fname` "
            f"argument. Received: origin={origin!r}"
        )
    return name


def _is_there(path, file_hash, algorithm):
    if not path.is_file():
        return False
    if file_hash is None or has_checksum(path, file_hash, algorithm):
        return True
    print_msg(
        f"{path} is there, but incomplete or outdated: its hash is not {file_hash}. It is "
        "downloaded again."
    )
    return False
