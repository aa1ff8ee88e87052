"""`minigrad.ops.linalg`: linear algebra, as `keras.ops.linalg` groups it."""

from minigrad.ops.core import jvp
from minigrad.ops.decompositions import eig, eigh, lstsq, matrix_rank, pinv, qr, svd
from minigrad.ops.norms import norm
from minigrad.ops.solving import (
    cholesky,
    cholesky_inverse,
    det,
    inv,
    lu_factor,
    solve,
    solve_triangular,
)

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "det",
    "eig",
    "eigh",
    "inv",
    "jvp",
    "lstsq",
    "lu_factor",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "solve",
    "solve_triangular",
    "svd",
]
