"""Pickles of arrays, read without running them: a pickle is a program.

Nothing of NumPy takes part in unpickling, since even its own constructors trust what they are
told about memory; arrays are made here, from bytes or lists whose size is checked.
"""

import io
import math
import os
import pickle

import numpy as np


def load_arrays(file, dtypes: tuple[str, ...], what: str):
    """What a pickle holds, if that is arrays of these dtypes, containers, numbers and strings.

    Args:
        file: Opened for reading, in binary.
        dtypes: As "u1", "i8", "O" for objects.
        what: The file is, for errors.

    Raises:
        pickle.UnpicklingError: it asks for anything else.
    """
    return _finished(_Reader(file, dtypes, what).load())


def load_npz(path: str | os.PathLike, what: str) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by name; those of objects hold lists of integers.

    Raises:
        pickle.UnpicklingError: an array of anything else.
    """
    import zipfile

    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return {name.removesuffix(".npy"): _read_npy(data, what) for name, data in members.items()}


def _read_npy(content, what):
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    header = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
    dtype = header[version[0]](file)[2]
    if dtype.hasobject:
        return load_arrays(file, ("O", "O8", "i4", "i8"), what)
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)


class _Dtype:
    """What a pickle says about a dtype."""

    def __init__(self, name, *_):  # old pickles pass two more, outdated arguments
        self.name = name.decode() if isinstance(name, bytes) else name
        self.order = "|"

    def __setstate__(self, state):
        order = state[1]
        self.order = order.decode() if isinstance(order, bytes) else order


class _Array:
    """An array in the making."""

    value = None

    def __setstate__(self, state):
        _, shape, dtype, is_fortran, content = state
        size = math.prod(shape)
        if dtype.name.startswith("O"):
            flat = np.empty(len(content), object)
            flat[:] = [_finished(one) for one in content]
        else:
            flat = np.frombuffer(content, np.dtype(dtype.name).newbyteorder(dtype.order))
        if flat.size != size:
            raise pickle.UnpicklingError(f"an array of shape {shape} has {flat.size} elements")
        self.value = flat.reshape(shape, order="F" if is_fortran else "C").copy()


def _finished(x):
    if isinstance(x, _Array):
        return x.value
    if isinstance(x, dict):
        return {key: _finished(value) for key, value in x.items()}
    return x


class _Reader(pickle.Unpickler):
    def __init__(self, file, dtypes, what):
        super().__init__(file, encoding="bytes")
        self._dtypes, self._what = dtypes, what

    def find_class(self, module: str, name: str):
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return lambda *_: _Array()
        if (module, name) == ("numpy", "ndarray"):
            return None  # an argument of _reconstruct, which is ignored
        if (module, name) == ("numpy", "dtype"):
            return self._dtype
        raise pickle.UnpicklingError(
            f"{self._what} must hold arrays, lists and strings alone, but this one asks for "
            f"{module}.{name}: it is damaged or was made to do harm. Received: "
            f"global={module}.{name}"
        )

    def _dtype(self, name, *rest):
        dtype = _Dtype(name, *rest)
        if dtype.name not in self._dtypes:
            raise pickle.UnpicklingError(
                f"{self._what} holds {' or '.join(self._dtypes)}. Received: dtype={name!r}"
            )
        return dtype
