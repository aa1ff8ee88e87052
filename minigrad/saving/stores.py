"""HDF5 files of weights, `layers/dense/vars/0` and so on, as Keras lays them out.

Reading trusts nothing in the file: no link leads out of it, no array is larger than the bytes that
are stored for it allow, and its shape is compared before it is read.
"""

import contextlib
import io
import json
import math
import os
import secrets
import warnings
from pathlib import Path

import h5py
import ml_dtypes
import numpy as np

from minigrad.saving.files import write_bytes

# An array may be this many times larger than what is stored of it, once it is this large.
MAX_EXPANSION = 1000
EXPANSION_FLOOR = 1 << 28


@contextlib.contextmanager
def damage_is_a_value_error():
    """HDF5 and h5py fail in many ways at a damaged file: here all become ValueErrors."""
    try:
        yield
    except (ValueError, FileNotFoundError, PermissionError, IsADirectoryError, MemoryError):
        raise
    except Exception as error:
        raise ValueError(f"This is no file of weights (HDF5), or a damaged one: {error}") from error


class NoVariables(dict):
    """The store of an object of which a file has nothing."""


def child(group, name, kind):
    """The `kind` (h5py.Group or h5py.Dataset) under a name, or None if there is nothing.

    Raises ValueError for links and for anything else than `kind`.
    """
    link = group.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise ValueError(
            f"Not allowed: H5 file with {type(link).__name__}. Weights must be in the file itself. "
            f"Received: '{name}' in {group.name}"
        )
    found = group[name]
    if not isinstance(found, kind):
        raise ValueError(
            f"Invalid H5 file: expected a {kind.__name__} at '{name}' in {group.name}. "
            f"Received: {type(found).__name__}"
        )
    return found


def group_at(group, path):
    """The group at a path like "layers/dense", or None."""
    with damage_is_a_value_error():
        for name in filter(None, path.split("/")):
            group = child(group, name, h5py.Group)
            if group is None:
                return None
    return group


def read_dataset(group, name):
    """An array of an HDF5 group.

    Raises KeyError if there is none; ValueError for links, for data outside of the file, for other
    types than numbers, and for arrays of which next to nothing is stored.
    """
    dataset = child(group, name, h5py.Dataset)
    if dataset is None:
        raise KeyError(name)
    where = f"'{name}' in {group.name}"
    if dataset.is_virtual or dataset.external:
        raise ValueError(
            "Not allowed: H5 dataset with data in other files (virtual or external). "
            f"Received: {where}"
        )
    # HDF5 has no bfloat16: two bytes, and a mark beside them.
    bfloat16 = dataset.dtype == np.dtype("V2") and dataset.attrs.get("dtype") == "bfloat16"
    if dataset.shape is None or (dataset.dtype.kind not in "biufc" and not bfloat16):
        raise ValueError(
            f"Invalid H5 file: expected numbers at {where}. Received: dtype={dataset.dtype}"
        )
    declared = math.prod(dataset.shape) * dataset.dtype.itemsize
    stored = dataset.id.get_storage_size()
    if declared > EXPANSION_FLOOR and declared > MAX_EXPANSION * stored:
        raise ValueError(
            f"Not allowed: H5 dataset {where} declares {declared} bytes, but only {stored} are "
            "stored: a potential decompression bomb."
        )
    with damage_is_a_value_error():
        array = np.asarray(dataset[()])
    return array.view(ml_dtypes.bfloat16) if bfloat16 else array


class Group:
    """The variables of one object in an open file, a read-only mapping."""

    def __init__(self, groups):
        self._groups = groups

    def keys(self):
        return [name for group in self._groups for name in group]

    def __len__(self):
        return len(self.keys())

    def __iter__(self):
        return iter(self.keys())

    def __contains__(self, name):
        return any(name in group for group in self._groups)

    def __getitem__(self, name):
        for group in self._groups:
            if name in group:
                return read_dataset(group, name)
        raise KeyError(name)


class H5Reader:
    """A file of weights, opened to be read; a `with` closes it.

    Raises ValueError if it is no HDF5 file.
    """

    def __init__(self, source):
        with damage_is_a_value_error():
            self._file = h5py.File(source, "r")

    def get(self, path):
        """The variables at a path like "layers/dense"; empty if there is nothing."""
        group = group_at(self._file, f"{path}/vars")
        return NoVariables() if group is None else Group([group])

    def has_path(self, path):
        return group_at(self._file, path) is not None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        with damage_is_a_value_error():
            self._file.close()


class _Entry(dict):
    """What an object puts into a store, before it is written."""


class H5Writer:
    """An HDF5 file of weights that is made in memory; `getbuffer` has its bytes."""

    def __init__(self):
        self._bytes = io.BytesIO()
        self._file = h5py.File(self._bytes, "w")
        self.attrs = self._file.attrs

    def put(self, path, entry, name):
        """Write what an object called `name` put into `entry` at a path."""
        if not entry and name is None:
            return
        group = self._file.require_group(f"{path}/vars")
        if name is not None:
            group.attrs["name"] = name
        for key, value in entry.items():
            write_dataset(group, key, value)

    def getbuffer(self):
        self._file.close()
        return self._bytes.getbuffer()


def write_dataset(group, key, value):
    """Write a Variable, Tensor or array; bfloat16 is marked as Keras does it."""
    array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
    dataset = group.create_dataset(key, data=array)
    if array.dtype == ml_dtypes.bfloat16:
        dataset.attrs["dtype"] = "bfloat16"


class ShardWriter:
    """Several files of weights, none larger than `max_shard_size` GB, and a map of them in JSON."""

    def __init__(self, path, max_shard_size):
        self._path = sharded_path(path, "Saving")
        self._limit = float(max_shard_size) * 1024**3
        self._shards, self._size, self._total = [], 0, 0
        self._map = {}
        self._next()

    def _next(self):
        self._shards.append(H5Writer())
        self._size = 0

    def _name(self, index):
        base = self._path.stem.replace(".weights", "")
        return f"{base}_{index:05}.weights.h5"

    def put(self, path, entry, name):
        if not entry and name is not None:
            self._put(path, {}, name)
        for key, value in entry.items():
            value = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
            if value.nbytes > self._limit:
                raise ValueError(
                    f"The size of {path}/{key} is {value.nbytes} bytes, which exceeds the maximum "
                    f"shard size of {int(self._limit)}. Increase `max_shard_size`."
                )
            if self._size + value.nbytes > self._limit:
                self._next()
            self._size += value.nbytes
            self._total += value.nbytes
            self._put(path, {key: value}, name)

    def _put(self, path, entry, name):
        self._shards[-1].put(path, entry, name)
        files = self._map.setdefault(f"/{path}/vars".replace("//", "/"), [])
        if (shard := self._name(len(self._shards) - 1)) not in files:
            files.append(shard)

    def write(self):
        """Write the shards and then the map, all marked as of one save."""
        save = secrets.token_hex(8)
        for index, shard in enumerate(self._shards):
            shard.attrs["save"] = save
            write_bytes(self._path.with_name(self._name(index)), shard.getbuffer())
        files = {path: one if len(one) > 1 else one[0] for path, one in self._map.items()}
        content = {"metadata": {"total_size": self._total, "save": save}, "weight_map": files}
        write_bytes(self._path, json.dumps(content, indent=4).encode())


class ShardReader:
    """Weights in several files, by the map of them.

    Raises ValueError for a map that names files elsewhere, or shards of another save.
    """

    def __init__(self, path):
        path = sharded_path(path, "Loading")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            save = content["metadata"].get("save")
            self._map = {
                key.strip("/"): [files] if isinstance(files, str) else list(files)
                for key, files in content["weight_map"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"This is no map of sharded weights. Received: {path}") from error
        self._files = {}
        for name in {name for files in self._map.values() for name in files}:
            if not isinstance(name, str) or Path(name).name != name:
                self.__exit__()
                raise ValueError(
                    "Shards must be files beside the map of them. "
                    f"Received: {name!r} in the weight_map of {path}"
                )
            self._files[name] = reader = H5Reader(path.with_name(name))
            if save is not None and reader._file.attrs.get("save") != save:
                self.__exit__()
                raise ValueError(
                    f"{name} is not of the same save as {path.name}: a save was broken off between "
                    "its files. Save again."
                )

    def get(self, path):
        names = self._map.get(f"{path}/vars".strip("/"), [])
        groups = [group_at(self._files[name]._file, f"{path}/vars") for name in names]
        groups = [group for group in groups if group is not None]
        return Group(groups) if groups else NoVariables()

    def has_path(self, path):
        return any(f"{key}/".startswith(f"{path}/") for key in self._map)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        for reader in self._files.values():
            reader.__exit__()


def sharded_path(path, action):
    """The path of the map, which ends in `.json`; another ending is replaced, with a warning."""
    path = Path(os.fspath(path))
    if path.suffix == ".json":
        return path
    warnings.warn(
        f"{action} sharded weights requires `*.json` as the extension. The original path: {path} "
        f"will be renamed to {path.with_suffix('.json')}.",
        stacklevel=5,
    )
    return path.with_suffix(".json")
