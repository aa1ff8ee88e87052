"""Functions of one number, applied to arrays: by a compiled loop where that pays, else by NumPy."""

import numpy as np

_FLOAT32 = np.dtype("float32")
_SMALL = 256  # elements from which a call of a kernel pays
_CHUNK = 1 << 13  # elements at a time, for NumPy makes an array of every intermediate result
OPTIONS = {"parallel_above": 1 << 16, "patience": 1 << 24}


def one_pass(kernel, numpy_way, from_size=_SMALL):
    """Return a function that chooses between the compiled loop and NumPy.

    The loop is for float32 arrays of one shape; NumPy has more digits on float64.

    Args:
        kernel: Takes flat arrays, and one more for the result.
        numpy_way: Takes arrays, and returns the result.
        from_size: From how many elements on the loop is used.
    """

    def run(*arrays):
        first = arrays[0]
        if getattr(first, "size", 0) < from_size:
            return numpy_way(*arrays)
        shape = first.shape
        for x in arrays:
            if (
                getattr(x, "dtype", None) is not _FLOAT32
                or x.shape != shape
                or not x.flags.c_contiguous
            ):
                return numpy_way(*arrays)
        out = np.empty(shape, _FLOAT32)
        kernel(*[x.reshape(-1) for x in arrays], out.reshape(-1))
        return out

    return run


def in_place(numpy_way):
    """The twin of a kernel: NumPy's way into a given flat array, chunks that fit into the cache."""

    def twin(*arrays):
        *inputs, out = arrays
        for start in range(0, out.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            out[part] = numpy_way(*[x[part] for x in inputs])

    return twin
