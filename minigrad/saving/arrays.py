"""Files of named arrays: NumPy's `.npz`, and `.safetensors` through the package of that name.

Reading trusts nothing in the file: no pickles, and no array that is larger than what is stored.
"""

import importlib
import io
import math
import os
import zipfile

import ml_dtypes
import numpy as np

from minigrad.saving.files import write_bytes

ENDINGS = (".npz", ".safetensors")
MAX_EXPANSION = 1000
EXPANSION_FLOOR = 1 << 28
# NumPy's files have no bfloat16: its bits, and a mark in the name.
_BFLOAT16 = ":bfloat16"
SAFETENSORS_DTYPES = {
    **{f"F{bits}": f"float{bits}" for bits in (16, 32, 64)},
    **{f"I{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"U{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    "BF16": ml_dtypes.bfloat16,
    "BOOL": "bool",
    "C64": "complex64",
}


def write_arrays(path, arrays):
    """Write `{name: array}` to a `.npz` or `.safetensors` file, whole or not at all.

    Raises ValueError for another ending and for a dtype that safetensors does not know, ImportError
    without the package `safetensors`.
    """
    path = os.fspath(path)
    arrays = {name: np.array(array, order="C") for name, array in arrays.items()}
    if _ending(path) == ".safetensors":
        safetensors = _safetensors()
        try:
            data = safetensors.save(arrays)
        except Exception as error:  # of a library that promises no kind
            raise ValueError(f"This cannot be kept as safetensors; use `.npz`: {error}") from error
        write_bytes(path, data)
        return
    data = io.BytesIO()
    named = {}
    for name, array in arrays.items():
        if array.dtype == ml_dtypes.bfloat16:
            name, array = name + _BFLOAT16, array.view("uint16")
        named[name] = array
    with zipfile.ZipFile(data, "w") as archive:
        for name, array in named.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    write_bytes(path, data.getbuffer())


def read_arrays(path):
    """`{name: array}` of a `.npz` or `.safetensors` file.

    Raises ValueError for a damaged file and for one that holds anything else than numbers.
    """
    path = os.fspath(path)
    if _ending(path) == ".safetensors":
        safetensors = _safetensors()
        with open(path, "rb") as file:
            data = file.read()
        try:
            return {name: _of_safetensors(**one) for name, one in safetensors.deserialize(data)}
        except Exception as error:  # of a library that promises no kind
            raise ValueError(
                f"This is no file of safetensors, or a damaged one: {error}"
            ) from error
    with open(path, "rb") as file:
        try:
            return _read_npz(file)
        except ValueError:
            raise
        except Exception as error:  # of zipfile, zlib, or NumPy's header
            raise ValueError(f"This is no `.npz` file, or a damaged one: {error}") from error


def _of_safetensors(dtype, shape, data):
    return np.frombuffer(bytearray(data), SAFETENSORS_DTYPES[dtype]).reshape(shape)


def _read_npz(file):
    arrays = {}
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                name = member.filename.removesuffix(".npy")
                array = _read_npy(stream, name, member)
            if name.endswith(_BFLOAT16) and array.dtype == np.uint16:
                name, array = name.removesuffix(_BFLOAT16), array.view(ml_dtypes.bfloat16)
            arrays[name] = array
    return arrays


def _read_npy(stream, name, member):
    version = np.lib.format.read_magic(stream)
    reader = getattr(np.lib.format, f"read_array_header_{version[0]}_0", None)
    if reader is None:
        raise ValueError(f"'{name}' of the file has an unknown version. Received: {version}")
    shape, fortran_order, dtype = reader(stream)
    if dtype.kind not in "biufc":
        raise ValueError(
            f"Invalid file: expected numbers at '{name}'; objects would be pickles, which are "
            f"programs. Received: dtype={dtype}"
        )
    size = math.prod(shape) * dtype.itemsize
    if size > member.file_size:
        raise ValueError(
            f"'{name}' of the file declares {size} bytes, but holds {member.file_size}."
        )
    if size > EXPANSION_FLOOR and size > MAX_EXPANSION * member.compress_size:
        raise ValueError(
            f"Not allowed: '{name}' of the file declares {size} bytes, but only "
            f"{member.compress_size} are stored: a potential decompression bomb."
        )
    data = stream.read(size)
    if len(data) < size:
        raise ValueError(f"'{name}' of the file is cut off: {len(data)} bytes of {size}.")
    array = np.frombuffer(bytearray(data), dtype)
    return array.reshape(shape[::-1]).T if fortran_order else array.reshape(shape)


def _ending(path):
    for ending in ENDINGS:
        if path.endswith(ending):
            return ending
    raise ValueError(
        f"The filename must end in {' or '.join(f'`{one}`' for one in ENDINGS)}. "
        f"Received: filepath={path}"
    )


def _safetensors():
    try:
        return importlib.import_module("safetensors.numpy")
    except ImportError as error:
        raise ImportError(
            "Files that end in `.safetensors` need the package safetensors: "
            "pip install 'minigrad[interchange]', or use `.npz`."
        ) from error


class NpzWriter:
    """A store of weights that becomes one file of arrays, called `layers/dense/vars/0`."""

    def __init__(self):
        self._arrays = {}

    def put(self, path, entry, name):
        for key, value in entry.items():
            array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
            self._arrays[f"{path}/vars/{key}".lstrip("/")] = array

    def write(self, path):
        write_arrays(path, self._arrays)


class NpzReader:
    """Weights in a file that NpzWriter wrote."""

    def __init__(self, path):
        self._arrays = read_arrays(path)

    def get(self, path):
        prefix = f"{path}/vars/".lstrip("/")
        return {
            name.removeprefix(prefix): array
            for name, array in self._arrays.items()
            if name.startswith(prefix) and "/" not in name[len(prefix) :]
        }

    def has_path(self, path):
        return any(name.startswith(f"{path}/") for name in self._arrays)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        pass
