"""Python functions as text, the way Keras writes a lambda: bytecode, defaults and closure.

Bytecode is code: reading it back runs what the file's author wrote, and only the Python version
that wrote it understands it. Nothing here is called unless the caller said `safe_mode=False`.
"""

import base64
import marshal
import sys
import types

import numpy as np


def func_dump(func):
    """(code, defaults, closure) of a Python function; code is base64 text of its bytecode."""
    code = base64.encodebytes(marshal.dumps(func.__code__)).decode("ascii")
    closure = tuple(cell.cell_contents for cell in func.__closure__ or ())
    return code, func.__defaults__, closure or None


def func_load(code, defaults=None, closure=None, globs=None):
    """The function that `func_dump` took apart: only for code from an author whom you trust.

    `code` may also be the whole tuple. Among its globals are np, keras and minigrad. Raises
    ValueError if the text is no bytecode of this Python version.

    >>> func_load(func_dump(lambda x, n=3: x + n))(1)
    4
    """
    if isinstance(code, tuple | list):
        code, defaults, closure = code
    try:
        function_code = marshal.loads(base64.decodebytes(code.encode("ascii")))
    except (ValueError, EOFError, TypeError) as error:
        raise ValueError(
            "The bytecode of a saved lambda cannot be read by Python "
            f"{sys.version_info.major}.{sys.version_info.minor}; it was probably written by "
            "another version. Save a named, registered function instead of a lambda. "
            f"Received: {error}"
        ) from error
    package = sys.modules.get("minigrad")
    if globs is None:
        globs = {"np": np, "numpy": np, "keras": package, "minigrad": package}
        globs["ops"] = getattr(package, "ops", None)
    cells = tuple(
        cell if isinstance(cell, types.CellType) else types.CellType(cell) for cell in closure or ()
    )
    return types.FunctionType(
        function_code,
        globs,
        function_code.co_name,
        tuple(defaults) if defaults is not None else None,
        cells or None,
    )
