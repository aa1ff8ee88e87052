"""save_model, load_model, save_weights and load_weights: which format, by the file's name."""

import io
import os
import warnings
import zipfile

from minigrad.saving import archive, legacy
from minigrad.saving.arrays import NpzReader, NpzWriter
from minigrad.saving.files import write_bytes
from minigrad.saving.stores import H5Reader, H5Writer, ShardReader, ShardWriter
from minigrad.saving.walk import load_state, save_state

LEGACY_ENDINGS = (".h5", ".hdf5")


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Save a model, its weights, and the state of its training, in Keras's format.

    The file is written beside and put in place as a whole: whatever happens, there is the old or
    the new one.

    Args:
        model: A model.
        filepath: A path that ends in `.keras`, or in `.h5` (an older format, of Keras 2), or a
            binary file object.
        overwrite: False asks on the terminal before a file is replaced.
        zipped: False makes a folder instead of a file.

    Raises:
        ValueError: another ending of the path.
        OSError: the file cannot be written; the old one is unchanged then.
    """
    include_optimizer = kwargs.pop("include_optimizer", True)
    if isinstance(filepath, io.IOBase):
        archive.write_archive(model, filepath)
        return
    path = os.fspath(filepath)
    is_legacy = path.endswith(LEGACY_ENDINGS)
    save_format = kwargs.pop("save_format", None)
    if save_format and not (is_legacy or path.endswith(".keras")):
        raise ValueError(
            "The `save_format` argument is deprecated in Keras 3. Pass a file path with either a "
            f"`.keras` or a `.h5` extension. Received: save_format={save_format}"
        )
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {list(kwargs)}")
    if zipped is False and path.endswith(".keras"):
        raise ValueError(
            "When using `zipped=False`, the `filepath` argument should not end in `.keras`. "
            f"Received: filepath={path}"
        )
    if zipped is not False and not is_legacy and not path.endswith(".keras"):
        raise ValueError(
            "Invalid filepath extension for saving. Add a `.keras` extension (recommended), or "
            f"`.h5`. Received: filepath={path}."
        )
    if not _may_write(path, overwrite):
        return
    if zipped is False:
        archive.save_folder(model, path)
    elif is_legacy:
        legacy.save_model(model, path, include_optimizer)
    else:
        archive.save_archive(model, path)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """The model in a file that minigrad or Keras (on any backend) saved.

    Loading runs no code of the file's author, unless `safe_mode=False`.

    Args:
        filepath: Path of a `.keras` or `.h5` file or of a folder, or a binary file object.
        custom_objects: Classes and functions by name that are not registered.
        compile: Whether the model is compiled as the saved one was, with the optimizer's state.
        safe_mode: False allows bytecode of lambdas: only for files whose author you trust.

    Raises:
        ValueError: not such a file, a damaged or a dangerous one, or weights that do not fit.
        TypeError: a class that is not known.
    """
    if isinstance(filepath, io.IOBase):
        return archive.read_archive(filepath, custom_objects, compile, safe_mode)
    path = os.fspath(filepath)
    if os.path.isfile(os.path.join(path, archive.CONFIG)):
        return archive.read_folder(path, custom_objects, compile, safe_mode)
    if path.endswith(".keras"):
        if not zipfile.is_zipfile(path):
            raise ValueError(
                f"File not found: filepath={path}. Please ensure the file is an accessible "
                "`.keras` zip file."
            )
        return archive.read_archive(path, custom_objects, compile, safe_mode)
    if path.endswith(LEGACY_ENDINGS):
        return legacy.load_model(path, custom_objects, compile, safe_mode)
    raise ValueError(
        "File format not supported: only `.keras` files and the older `.h5` files can be loaded. "
        f"Received: filepath={path}"
    )


def save_weights(model, filepath, overwrite=True, max_shard_size=None, objects_to_skip=None):
    """Save the weights of a model, and the state of its optimizer.

    Args:
        model: A model that is built.
        filepath: A path that ends in `.weights.h5` or `.weights.npz`, with `max_shard_size` in
            `.weights.json`.
        overwrite: False asks on the terminal before a file is replaced.
        max_shard_size: Largest size of a file in GB; several files are written then.
        objects_to_skip: Layers that are left out.

    Raises:
        ValueError: another ending, or a model that is not built.
        OSError: the file cannot be written; the old one is unchanged then.
    """
    path = os.fspath(filepath)
    is_npz = max_shard_size is None and path.endswith(".weights.npz")
    endings = (".weights.h5",) if max_shard_size is None else ("weights.h5", "weights.json")
    if not is_npz and not path.endswith(endings):
        given = "" if max_shard_size is None else " when `max_shard_size` is specified"
        raise ValueError(
            f"The filename must end in `{endings[-1]}`{given}. Received: filepath={path}"
        )
    _check_built(model, "saving")
    if not _may_write(path, overwrite):
        return
    if is_npz:
        writer = NpzWriter()
        save_state(model, writer, skip=objects_to_skip or ())
        writer.write(path)
    elif max_shard_size is None:
        writer = H5Writer()
        save_state(model, writer, skip=objects_to_skip or ())
        write_bytes(path, writer.getbuffer())
    else:
        shards = ShardWriter(path, max_shard_size)
        save_state(model, shards, skip=objects_to_skip or ())
        shards.write()


def load_weights(
    model, filepath, skip_mismatch=False, objects_to_skip=None, by_name=None, **kwargs
):
    """Give a model the weights in a file.

    Args:
        model: A model that is built.
        filepath: Path of a `.weights.h5`, `.weights.npz`, `.weights.json`, `.keras` or older `.h5`
            file.
        skip_mismatch: Leave layers as they are whose weights do not fit, with a warning.
        objects_to_skip: Layers that are left as they are; for `.weights.h5`.
        by_name: Find layers by their names instead of their order; for older `.h5` files.

    Raises:
        ValueError: another kind of file, a damaged one, or weights that do not fit.
    """
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {kwargs}")
    path = os.fspath(filepath)
    is_archive = path.endswith(".keras")
    is_new = is_archive or path.endswith((".weights.h5", ".weights.json", ".weights.npz"))
    if not is_new and not path.endswith(LEGACY_ENDINGS):
        raise ValueError(
            "File format not supported: only `.keras`, `.weights.h5`, `.weights.npz`, "
            f"`.weights.json` and older `.h5` files hold weights. Received: filepath={path}"
        )
    if objects_to_skip is not None and (is_archive or not is_new):
        raise ValueError(
            f"`objects_to_skip` only supports loading '.weights.h5' files. Received: {path}"
        )
    if by_name is not None and is_new:
        raise ValueError(
            f"`by_name` only supports loading legacy '.h5' or '.hdf5' files. Received: {path}"
        )
    if not is_new:
        legacy.load_weights(model, path, by_name, skip_mismatch)
        return
    _check_built(model, "loading")
    if is_archive:
        reader = archive.read_archived_weights(path)
    elif path.endswith(".npz"):
        reader = NpzReader(path)
    else:
        reader = ShardReader(path) if path.endswith(".json") else H5Reader(path)
    with reader:
        load_state(model, reader, skip=objects_to_skip or (), skip_mismatch=skip_mismatch)


def _check_built(model, doing):
    if not model.built:
        what = "saving" if doing == "saving" else "loading weights into"
        raise ValueError(
            f"You are {what} a model that has not yet been built. Build it first by calling it on "
            f"some data or by using `build()`. Received: model={model}"
        )


def _may_write(path, overwrite):
    """Whether nothing is at `path`, or it may be replaced."""
    if overwrite or not os.path.exists(path):
        return True
    answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    if answer == "n":
        warnings.warn(f"{path} was not overwritten.", stacklevel=3)
    return answer == "y"
