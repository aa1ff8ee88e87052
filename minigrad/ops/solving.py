"""Systems of linear equations, inverses, determinants, triangular factors.

The gradients follow from the differential of the equation that a result fulfils: for A x = b,
dA x + A dx = db, so with G the gradient by x, that by b is A⁻ᵀG and that by A is -(A⁻ᵀG) xᵀ.
Sources: Giles, "Collected matrix derivative results" (2008); Murray, "Differentiation of the
Cholesky decomposition" (2016).
"""

from math import prod

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import broadcast_shapes
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import as_floats
from minigrad.ops.creation import eye
from minigrad.ops.diagonals import tril, triu
from minigrad.ops.indexing import take_along_axis
from minigrad.ops.joining import concatenate
from minigrad.ops.products import matmul
from minigrad.ops.shaping import expand_dims, squeeze, swapaxes
from minigrad.ops.sorting import argsort

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "det",
    "inv",
    "logdet",
    "lu_factor",
    "slogdet",
    "solve",
    "solve_triangular",
]


def transposed(x):
    return swapaxes(x, -1, -2)


def check_matrices(x, name):
    if x.ndim < 2:
        raise ValueError(
            f"{name}: Expected input to have rank >= 2. Received input with shape {x.shape}."
        )


def check_square(x, name, may_be_unknown=False):
    """As in Keras, `logdet` and `slogdet` take matrices of which one length is unknown."""
    check_matrices(x, name)
    rows, columns = x.shape[-2:]
    if rows != columns and not (may_be_unknown and None in (rows, columns)):
        raise ValueError(
            f"{name}: Expected a square matrix. Received non-square input with shape {x.shape}"
        )


def matrices(x, name):
    """`x` as a tensor of floating matrices."""
    x = as_floats(x)
    check_matrices(x, name)
    return x


def square_matrices(x, name, may_be_unknown=False):
    x = as_floats(x)
    check_square(x, name, may_be_unknown)
    return x


# Solving


def _solved_shape(a, b, **_):
    return (*broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:])


def _solve_vjp(g, out, a, b):
    gb = solve_matrix(transposed(a), g)
    return -matmul(gb, transposed(out)), gb


solve_matrix = primitive(
    "solve", np.linalg.solve, _solve_vjp, promote="float", inputs="a b", shape=_solved_shape
)


def _triangle(x, lower):
    return tril(x) if lower else triu(x)


def _solve_triangle_vjp(g, out, a, b, lower):
    gb = solve_triangle(transposed(a), g, lower=not lower)
    return _triangle(-matmul(gb, transposed(out)), lower), gb


solve_triangle = primitive(
    "solve_triangular",
    lambda a, b, lower: np.linalg.solve(np.tril(a) if lower else np.triu(a), b),
    _solve_triangle_vjp,
    promote="float",
    inputs="a b",
    shape=_solved_shape,
)


def _solved(name, a, b, solver, **params):
    a, b = as_tensor(a), as_tensor(b)
    check_square(a, name)
    if not b.ndim:
        raise ValueError(f"{name}: Expected input to have rank >= 1. Received scalar input {b!r}.")
    vector = b.ndim == 1 or b.shape == a.shape[:-1]
    rows = b.shape[-1] if vector else b.shape[-2]
    if rows != a.shape[-1]:
        raise ValueError(
            f"{name}: Incompatible shapes between `a` and `b`. Expected as many rows of `b` as `a` "
            f"has. Received: a.shape={a.shape}, b.shape={b.shape}"
        )
    if vector:
        return squeeze(solver(a, expand_dims(b, -1), **params), -1)
    return solver(a, b, **params)


@op
def solve(a, b):
    """The x with a @ x = b.

    Args:
        a: Square matrices, shape (..., n, n).
        b: Shape (..., n, k), or vectors, shape (..., n).

    Raises:
        LinAlgError (a ValueError): `a` is singular.

    >>> from minigrad import ops
    >>> ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).numpy()
    array([1. , 0.5], dtype=float32)
    """
    return _solved("solve", a, b, solve_matrix)


@op
def solve_triangular(a, b, lower=False):
    """The x with t @ x = b, where t is the upper (or lower) triangle of a. See `solve`."""
    return _solved("solve_triangular", a, b, solve_triangle, lower=lower)


# Inverse and determinant

invert = primitive(
    "inv",
    np.linalg.inv,
    # A A⁻¹ = 1: d(A⁻¹) = -A⁻¹ dA A⁻¹
    (lambda g, out, x: -matmul(transposed(out), matmul(g, transposed(out))),),
    promote="float",
    shape=lambda x: x.shape,
)


@op
def inv(x):
    """The inverse of square matrices.

    Raises:
        LinAlgError (a ValueError): a matrix is singular.

    >>> from minigrad import ops
    >>> ops.inv([[2.0, 0.0], [0.0, 4.0]]).numpy()
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    return invert(square_matrices(x, "inv"))


def _cofactors(x):
    """The derivatives of the determinant; of singular matrices too.

    With the singular values σ of A = U Σ Vᵀ they are det U · det V · U diag(Π_{j≠i} σ_j) Vᵀ.
    """
    u, s, vh = np.linalg.svd(x)
    others = np.empty_like(s)
    for i in range(s.shape[-1]):
        others[..., i] = np.prod(np.delete(s, i, axis=-1), axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return (sign[..., None, None] * ((u * others[..., None, :]) @ vh)).astype(x.dtype)


def _cofactors_vjp(g, out, x):
    # C = det(A) A⁻ᵀ: dC = tr(CᵀdA) A⁻ᵀ - A⁻ᵀ dAᵀ C
    back = transposed(invert(x))
    inner = (g * back).sum(axis=(-2, -1), keepdims=True)
    return (inner * out - matmul(out, matmul(transposed(g), back)),)


cofactors = primitive(
    "cofactors", _cofactors, _cofactors_vjp, promote="float", shape=lambda x: x.shape
)
determinant = primitive(
    "det",
    np.linalg.det,
    (lambda g, out, x: g[..., None, None] * cofactors(x),),
    promote="float",
    shape=lambda x: x.shape[:-2],
)


@op
def det(x):
    """The determinant of square matrices.

    >>> from minigrad import ops
    >>> round(float(ops.det([[1.0, 2.0], [3.0, 4.0]])), 4)
    -2.0
    """
    return determinant(square_matrices(x, "det"))


sign_and_log = primitive(
    "slogdet",
    lambda x: tuple(np.linalg.slogdet(x)),
    lambda g, out, x: (g[1][..., None, None] * transposed(invert(x)),),
    promote="float",
    shape=lambda x: [x.shape[:-2]] * 2,
)


@op
def slogdet(x):
    """Sign of the determinant, and log of its absolute value: safe where the product overflows.

    >>> from minigrad import ops
    >>> sign, log = ops.slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> float(sign), float(log)
    (-1.0, 0.0)
    """
    return sign_and_log(square_matrices(x, "slogdet", may_be_unknown=True))


@op
def logdet(x):
    """log |det x| of square matrices."""
    return sign_and_log(square_matrices(x, "logdet", may_be_unknown=True))[1]


# Cholesky


def _half_lower(x):
    """The lower triangle with half of the diagonal."""
    return (tril(x) + tril(x, -1)) * 0.5


def _cholesky_vjp(g, out, x):
    # A = L Lᵀ: L⁻¹dA L⁻ᵀ = L⁻¹dL + (L⁻¹dL)ᵀ, so dL = L Φ(L⁻¹dA L⁻ᵀ), Φ = _half_lower.
    lt = transposed(out)
    p = _half_lower(matmul(lt, tril(g)))
    s = solve_triangle(lt, p, lower=False)
    s = transposed(solve_triangle(lt, transposed(s), lower=False))
    return ((s + transposed(s)) * 0.5,)


def _cholesky_kernel(x):
    try:
        return np.linalg.cholesky(x)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            "Cholesky decomposition failed. The input might not be a valid positive definite "
            f"matrix: x·A·x must be positive for all x. {error}"
        ) from None


lower_cholesky = primitive(
    "cholesky", _cholesky_kernel, _cholesky_vjp, promote="float", shape=lambda x: x.shape
)


@op
def cholesky(x, upper=False):
    """The triangular L with L Lᵀ = x, for symmetric positive definite matrices x.

    Of x only the symmetric part, (x + xᵀ) / 2, counts.

    Args:
        upper: Whether to return U = Lᵀ, with Uᵀ U = x.

    Raises:
        ValueError: a matrix is not positive definite.

    >>> from minigrad import ops
    >>> ops.cholesky([[4.0, 2.0], [2.0, 5.0]]).numpy()
    array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    x = square_matrices(x, "cholesky")
    factor = lower_cholesky((x + transposed(x)) * 0.5)
    return transposed(factor) if upper else factor


@op
def cholesky_inverse(x, upper=False):
    """The inverse of the matrix of which x is the Cholesky factor: (x xᵀ)⁻¹, (xᵀx)⁻¹ if upper."""
    x = square_matrices(x, "cholesky_inverse")
    size = x.shape[-1]
    one = x if size is None else eye(size, dtype=x.dtype)  # of what has no size, the shape is all
    inverse = solve_triangle(x, one, lower=not upper)
    first, second = transposed(inverse), inverse
    return matmul(second, first) if upper else matmul(first, second)


# LU


def _lu_kernel(x):
    """Gaussian elimination with the greatest of each column as its pivot, for a batch."""
    lu = np.array(x, order="C").reshape(prod(x.shape[:-2]), *x.shape[-2:])
    batch, m, n = lu.shape
    pivots = np.zeros((batch, min(m, n)), np.int32)
    one = np.arange(batch)
    for k in range(min(m, n)):
        pivot = k + np.argmax(np.abs(lu[:, k:, k]), axis=1)
        pivots[:, k] = pivot
        lu[one, k], lu[one, pivot] = lu[one, pivot].copy(), lu[:, k].copy()
        top = lu[:, k, k, None]
        lu[:, k + 1 :, k] /= np.where(top == 0, 1, top)  # below a pivot of 0 all are 0
        lu[:, k + 1 :, k + 1 :] -= lu[:, k + 1 :, k, None] * lu[:, k, None, k + 1 :]
    return lu.reshape(x.shape), pivots.reshape(*x.shape[:-2], min(m, n))


def _lu_vjp(g, out, x):
    """P A = L U, where A may be wider or taller than the square in which L and U meet.

    In the square, L⁻¹dA U⁻¹ = L⁻¹dL + dU U⁻¹: what is below the diagonal belongs to L. The rest
    of U is L⁻¹A', that of L is A'U⁻¹.
    """
    g, (lu, pivots) = g[0], out
    m, n = lu.shape[-2:]
    k = min(m, n)
    square = lu[..., :k, :k]
    lower = tril(square, -1) + eye(k, dtype=dtypes.standardize_dtype(lu.dtype))
    upper = triu(square)
    gl, gu = tril(g[..., :k, :k], -1), triu(g[..., :k, :k])
    rest = None
    if n > k:
        rest = solve_triangle(transposed(lower), g[..., :k, k:], lower=False)
        gl = gl - matmul(rest, transposed(lu[..., :k, k:]))
    if m > k:
        rest = _from_right(g[..., k:, :k], upper)
        gu = gu - matmul(transposed(lu[..., k:, :k]), rest)
    inner = tril(matmul(transposed(lower), gl), -1) + triu(matmul(gu, transposed(upper)))
    ga = _from_right(solve_triangle(transposed(lower), inner, lower=False), upper)
    if n > k:
        ga = concatenate([ga, rest], axis=-1)
    if m > k:
        ga = concatenate([ga, rest], axis=-2)
    order = expand_dims(argsort(row_order(pivots, rows=m), axis=-1), -1)
    return (take_along_axis(ga, order, axis=-2),)


def _from_right(g, upper):
    """g U⁻ᵀ."""
    return transposed(solve_triangle(upper, transposed(g), lower=False))


def _shorter(m, n):
    return None if None in (m, n) else min(m, n)


lu = primitive(
    "lu_factor",
    _lu_kernel,
    _lu_vjp,
    promote="float",
    shape=lambda x: [x.shape, (*x.shape[:-2], _shorter(*x.shape[-2:]))],
    dtype=lambda x: [x.dtype, "int32"],
)


def _row_order(pivots, rows):
    """Which row comes where when rows k and pivots[k] are exchanged one after the other."""
    order = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for k in range(pivots.shape[-1]):
        other = pivots[..., k, None]
        moved = np.take_along_axis(order, other, -1)
        np.put_along_axis(order, other, order[..., k, None].copy(), -1)
        order[..., k] = moved[..., 0]
    return order


row_order = primitive(
    "row_order",
    _row_order,
    promote=None,
    shape=lambda pivots, rows: (*pivots.shape[:-1], rows),
    dtype="int64",
)


@op
def lu_factor(x):
    """P x = L U: triangular factors of x with its rows permuted.

    Returns:
        `(lu, pivots)`: U in the upper triangle, L below it (its diagonal of ones is not kept), and
        with which row each row was exchanged, from the first on.

    >>> from minigrad import ops
    >>> lu, pivots = ops.lu_factor([[1.0, 2.0], [4.0, 4.0]])
    >>> lu.numpy(), pivots.numpy()
    (array([[4.  , 4.  ],
           [0.25, 1.  ]], dtype=float32), array([1, 1], dtype=int32))
    """
    return lu(matrices(x, "lu_factor"))
