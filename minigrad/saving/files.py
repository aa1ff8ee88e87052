"""Files that are whole at any moment: written beside, synced, and put in place by one rename."""

import contextlib
import os
import secrets


@contextlib.contextmanager
def replacing(path):
    """A new binary file that takes the place of `path` when the block ends well.

    Until then, and for good if the block fails or the process is killed, what was at `path` stays
    as it was. Raises OSError, naming `path`, where the file cannot be written.
    """
    path = os.path.realpath(os.fspath(path))  # through a link: the link itself stays
    folder, name = os.path.split(path)
    fresh = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.tmp")
    try:
        file = open(fresh, "xb")  # noqa: SIM115
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with file:
            if os.path.exists(path):
                os.chmod(fresh, os.stat(path).st_mode & 0o777)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.remove(fresh)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise
    _sync_folder(folder)


def write_bytes(path, data):
    """Put a file of `data` (bytes) at `path`, in one go."""
    with replacing(path) as file:
        file.write(data)


def _sync_folder(folder):
    """Make a rename last through a power cut, where the system can open folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritable(path, error):
    kept = "The file that was there is unchanged." if os.path.exists(path) else "No file was made."
    message = f"cannot write the file: {error.strerror or error}. {kept} Received: filepath={path}"
    return type(error)(error.errno, message) if error.errno else OSError(message)
