"""QR, eigenvalues, singular values, and what follows: pseudo-inverse, rank, least squares.

Where eigenvalues (or singular values) are equal, their vectors are not determined; what a gradient
by them would contribute is left out there, so functions that do not depend on the choice, such as
norms, have their right gradient. Sources: Giles, "Collected matrix derivative results" (2008);
Townsend, "Differentiating the singular value decomposition" (2016); Roberts and Roberts,
"QR and LQ decomposition matrix backpropagation algorithms" (2020); Golub and Pereyra (1973).
"""

import functools

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import shape_equal
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.comparison import equal, where
from minigrad.ops.diagonals import tril
from minigrad.ops.joining import concatenate
from minigrad.ops.products import matmul
from minigrad.ops.reduction import sum
from minigrad.ops.solving import matrices, solve_triangle, square_matrices, transposed

__all__ = [
    "eig",
    "eigh",
    "lstsq",
    "matrix_rank",
    "pinv",
    "qr",
    "svd",
]


def _where_finite(kernel):
    """`kernel` of matrices; NaN for one that has NaN or infinity, where LAPACK would give up."""

    @functools.wraps(kernel)
    def wrapped(x, **params):
        finite = np.isfinite(x).all(axis=(-2, -1))
        if finite.all():
            return kernel(x, **params)
        found = kernel(np.where(finite[..., None, None], x, 0).astype(x.dtype), **params)
        for one in found if isinstance(found, tuple) else (found,):
            one[~finite] = np.nan
        return found

    return wrapped


def _inverse_or_zero(x):
    """1 / x, and 0 where x is 0."""
    nothing = equal(x, 0)
    return where(nothing, 0 * x, 1 / where(nothing, 1 + 0 * x, x))


def _of_complement(g, basis, rest):
    """The gradient by `basis` of what depends on `rest`, the columns orthogonal to it.

    They are determined only as a space: when the basis turns, they turn with it, by
    -basis · d(basis)ᵀ · rest.
    """
    return -matmul(rest, matmul(transposed(g), basis))


# QR


def _copied_below(x):
    """The lower triangle, mirrored to the upper."""
    return tril(x) + transposed(tril(x, -1))


def _qr_vjp(g, out, x, mode):
    (gq, gr), (q, r) = g, out
    m, n = x.shape[-2:]
    k = min(m, n)
    if q.shape[-1] > k:
        q, rest = q[..., :k], q[..., k:]
        gq, gr, r = (
            gq[..., :k] + _of_complement(gq[..., k:], q, rest),
            gr[..., :k, :],
            r[..., :k, :],
        )
    if n > k:  # R = [U, V] with V = Qᵀ A', where A' are the columns behind the square
        left, right = x[..., :k], x[..., k:]
        gv = gr[..., k:]
        gq = gq + matmul(right, transposed(gv))
        ga = _tall_qr(gq, gr[..., :k], q, r[..., :k], left)
        return (concatenate([ga, matmul(q, gv)], axis=-1),)
    return (_tall_qr(gq, gr, q, r, x),)


def _tall_qr(gq, gr, q, r, x):
    """(Ḡ_Q + Q · copied_below(R R̄ᵀ - Q̄ᵀQ)) R⁻ᵀ."""
    m = matmul(r, transposed(gr)) - matmul(transposed(gq), q)
    b = gq + matmul(q, _copied_below(m))
    return transposed(solve_triangle(r, transposed(b), lower=False))


def _qr_shapes(x, mode):
    (m, n), batch = x.shape[-2:], x.shape[:-2]
    k = m if mode == "complete" else min(m, n)
    return [(*batch, m, k), (*batch, k, n)]


qr_factors = primitive(
    "qr",
    lambda x, mode: tuple(np.linalg.qr(x, mode)),
    _qr_vjp,
    promote="float",
    shape=_qr_shapes,
)


@op
def qr(x, mode="reduced"):
    """Q with orthonormal columns and an upper triangular R, with Q R = x.

    Args:
        x: Shape (..., m, n).
        mode: "reduced": Q has min(m, n) columns; "complete": it is square.

    Returns:
        `(q, r)`.

    >>> from minigrad import ops
    >>> q, r = ops.qr([[3.0, 1.0], [4.0, 2.0]])
    >>> r.numpy().round(3)
    array([[-5. , -2.2],
           [ 0. ,  0.4]], dtype=float32)
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(
            "`mode` argument value not supported. Expected one of {'reduced', 'complete'}. "
            f"Received: mode={mode}"
        )
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"Input should have rank >= 2. Received: input.shape = {x.shape}")
    if None in x.shape[-2:]:
        raise ValueError(
            "Input should have its last 2 dimensions fully-defined. "
            f"Received: input.shape = {x.shape}"
        )
    return qr_factors(matrices(x, "qr"), mode=mode)


# Eigenvalues


def _differences(w):
    """1 / (w_j - w_i), 0 where they are equal."""
    return _inverse_or_zero(w[..., None, :] - w[..., :, None])


def _eigh_vjp(g, out, x):
    (gw, gv), (w, v) = g, out
    vt = transposed(v)
    # On the diagonal the gradient by the eigenvalues, beside it that by the vectors.
    inner = _differences(w) * matmul(vt, gv)
    ga = matmul(v * gw[..., None, :] + matmul(v, inner), vt)
    return ((ga + transposed(ga)) * 0.5,)


symmetric_eigen = primitive(
    "eigh",
    _where_finite(lambda x: tuple(np.linalg.eigh(x))),
    _eigh_vjp,
    promote="float",
    shape=lambda x: [x.shape[:-1], x.shape],
)


@op
def eigh(x):
    """Eigenvalues, in rising order, and eigenvectors of symmetric matrices.

    Of x only the symmetric part, (x + xᵀ) / 2, counts.

    Returns:
        `(w, v)`, with x @ v[:, i] = w[i] · v[:, i].

    >>> from minigrad import ops
    >>> w, v = ops.eigh([[2.0, 1.0], [1.0, 2.0]])
    >>> w.numpy().round(4)
    array([1., 3.], dtype=float32)
    """
    x = square_matrices(x, "eigh")
    return symmetric_eigen((x + transposed(x)) * 0.5)


@_where_finite
def _eig_kernel(x):
    w, v = np.linalg.eig(x)
    dtype = np.complex128 if x.dtype == np.float64 else np.complex64
    return w.astype(dtype), v.astype(dtype)


def _complex_of(x):
    return "complex128" if x.dtype == "float64" else "complex64"


general_eigen = primitive(
    "eig",
    _eig_kernel,
    promote="float",
    shape=lambda x: [x.shape[:-1], x.shape],
    dtype=lambda x: [_complex_of(x)] * 2,
)


@op
def eig(x):
    """Eigenvalues and eigenvectors of square matrices: complex, in no particular order.

    There is no gradient: complex tensors are not on the tape. Use `eigh` for symmetric matrices.
    """
    return general_eigen(square_matrices(x, "eig"))


# Singular values


def _svd_vjp(g, out, x, full):
    (gu, gs, gvh), (u, s, vh) = g, out
    k = s.shape[-1]
    v, gv = transposed(vh), transposed(gvh)
    u, gu = _thin(u, gu, k)
    v, gv = _thin(v, gv, k)
    f = _differences(s * s)
    one_over_s = _inverse_or_zero(s)
    su, sv = f * matmul(transposed(u), gu), f * matmul(transposed(v), gv)
    inner = (su + transposed(su)) * s[..., None, :] + s[..., :, None] * (sv + transposed(sv))
    # With the columns of U and V scaled by what belongs to the singular values:
    ga = matmul(matmul(u, inner) + u * gs[..., None, :], transposed(v))
    # What leaves the space that U spans, and that of V:
    gu, gv = gu * one_over_s[..., None, :], gv * one_over_s[..., None, :]
    ga = ga + matmul(gu - matmul(u, matmul(transposed(u), gu)), transposed(v))
    return (ga + matmul(u, transposed(gv - matmul(v, matmul(transposed(v), gv)))),)


def _thin(u, gu, k):
    """The first k columns, with what the gradient by the others says about them."""
    if u.shape[-1] == k:
        return u, gu
    first, rest = u[..., :k], u[..., k:]
    return first, gu[..., :k] + _of_complement(gu[..., k:], first, rest)


def _svd_shapes(x, full):
    (m, n), batch = x.shape[-2:], x.shape[:-2]
    k = None if None in (m, n) else min(m, n)
    return [(*batch, m, m if full else k), (*batch, k), (*batch, n if full else k, n)]


singular = primitive(
    "svd",
    _where_finite(lambda x, full: tuple(np.linalg.svd(x, full_matrices=full))),
    _svd_vjp,
    promote="float",
    shape=_svd_shapes,
)


def _values_vjp(g, out, x):
    u, _, vh = singular(x, full=False)
    return (matmul(u * g[..., None, :], vh),)


singular_values = primitive(
    "singular_values",
    _where_finite(lambda x: np.linalg.svd(x, compute_uv=False)),
    (lambda g, out, x: _values_vjp(g, out, x)[0],),
    promote="float",
    shape=lambda x: _svd_shapes(x, False)[1],
)


@op
def svd(x, full_matrices=True, compute_uv=True):
    """U, s and Vᵀ with x = U diag(s) Vᵀ, where the singular values s fall.

    Args:
        x: Shape (..., m, n).
        full_matrices: Whether U and V are square; otherwise they have min(m, n) columns.
        compute_uv: Whether U and Vᵀ are wanted too.

    Returns:
        `(u, s, vh)`, or `s` alone.

    >>> from minigrad import ops
    >>> ops.svd([[3.0, 0.0], [0.0, -2.0]], compute_uv=False).numpy()
    array([3., 2.], dtype=float32)
    """
    x = matrices(x, "svd")
    return singular(x, full=bool(full_matrices)) if compute_uv else singular_values(x)


def _epsilon(x):
    return float(
        np.finfo(dtypes.to_numpy_dtype("float64" if x.dtype == "float64" else "float32")).eps
    )


def _pinv_vjp(g, out, x, rcond):
    gt, pt = transposed(g), transposed(out)
    inside = matmul(gt, matmul(out, pt))  # Gᵀ P Pᵀ
    outside = matmul(matmul(pt, out), gt)  # Pᵀ P Gᵀ
    ga = inside - matmul(x, matmul(out, inside)) - matmul(pt, matmul(g, pt))
    return (ga + outside - matmul(matmul(outside, out), x),)


pseudo_inverse = primitive(
    "pinv",
    _where_finite(lambda x, rcond: np.linalg.pinv(x, rcond).astype(x.dtype, copy=False)),
    _pinv_vjp,
    promote="float",
    shape=lambda x, rcond: (*x.shape[:-2], x.shape[-1], x.shape[-2]),
)


def _pinv(x, rcond, default):
    if rcond is None:
        rcond = 0.0 if None in x.shape[-2:] else default * max(x.shape[-2:]) * _epsilon(x)
    return pseudo_inverse(x, rcond=float(rcond))


@op
def pinv(x, rcond=None):
    """The pseudo-inverse (Moore, Penrose): x⁺ with x x⁺ x = x, and x⁺ y the shortest best solution.

    Args:
        x: Shape (..., m, n).
        rcond: Singular values below rcond · the greatest count as 0; by default
            10 · max(m, n) · ε.

    >>> from minigrad import ops
    >>> ops.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy()
    array([[0.5, 0. ],
           [0. , 0. ]], dtype=float32)
    """
    return _pinv(matrices(x, "pinv"), rcond, 10)


@op
def matrix_rank(x, tol=None):
    """How many singular values are above `tol`; by default max(m, n) · ε · the greatest.

    >>> from minigrad import ops
    >>> int(ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
    1
    """
    x = matrices(x, "matrix_rank")
    s = singular_values(x)
    if tol is None:
        tol = s[..., :1] * (max(length or 0 for length in x.shape[-2:]) * _epsilon(x))
    return sum(s > tol, axis=-1)


@op
def lstsq(a, b, rcond=None):
    """The x for which |a x - b| is least, the shortest if there are several.

    Args:
        a: Shape (m, n).
        b: Shape (m,) or (m, k).
        rcond: Singular values below rcond · the greatest count as 0; by default max(m, n) · ε.

    >>> from minigrad import ops
    >>> ops.lstsq([[1.0], [1.0]], [1.0, 3.0]).numpy().round(4)
    array([2.], dtype=float32)
    """
    a, b = matrices(a, "lstsq"), as_tensor(b)
    if a.ndim != 2:
        raise ValueError(f"Expected a to have rank 2. Received: a.shape={a.shape}")
    if b.ndim not in (1, 2):
        raise ValueError(f"Expected b to have rank 1 or 2. Received: b.shape={b.shape}")
    if not shape_equal(b.shape[:1], a.shape[:1]):
        raise ValueError(
            "Expected b.shape[0] to be equal to a.shape[0]. "
            f"Received: a.shape={a.shape}, b.shape={b.shape}"
        )
    return matmul(_pinv(a, rcond, 1), b)
