"""Linear algebra against NumPy and the equations that results fulfil."""

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, autograd, ops

RNG = np.random.default_rng(7)
SQUARE = RNG.normal(size=(2, 3, 4, 4)) + 4 * np.eye(4)
POSITIVE = SQUARE @ np.swapaxes(SQUARE, -1, -2)
SHAPES = [(3, 3), (5, 3), (3, 5), (2, 4, 3), (2, 3, 4), (1, 1), (4, 1)]


def t(x):
    return np.swapaxes(x, -1, -2)


def close(a, b, tolerance=1e-10):
    return np.allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance)


# Solving


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (SQUARE[0, 0], RNG.normal(size=4)),
        (SQUARE[0, 0], RNG.normal(size=(4, 3))),
        (SQUARE, RNG.normal(size=(2, 3, 4, 2))),
        (SQUARE, RNG.normal(size=(2, 3, 4))),
        (SQUARE, RNG.normal(size=(4, 2))),
    ],
)
def test_solutions_fulfil_their_equation(a, b):
    for x, matrix in [
        (ops.solve(a, b), a),
        (ops.solve_triangular(a, b), np.triu(a)),
        (ops.solve_triangular(a, b, lower=True), np.tril(a)),
    ]:
        vector = b.ndim == 1 or b.shape == a.shape[:-1]
        product = (matrix @ x.numpy()[..., None])[..., 0] if vector else matrix @ x.numpy()
        assert close(product, np.broadcast_to(b, product.shape))


def test_inverses_and_determinants_equal_numpy():
    assert close(ops.inv(SQUARE), np.linalg.inv(SQUARE))
    assert close(ops.det(SQUARE), np.linalg.det(SQUARE))
    sign, log = ops.slogdet(-SQUARE[..., :3, :3])
    assert set(np.unique(sign)) <= {-1.0, 1.0}
    assert close(sign * ops.exp(log), np.linalg.det(-SQUARE[..., :3, :3]))
    assert close(ops.logdet(SQUARE), np.linalg.slogdet(SQUARE)[1])
    assert ops.logdet(np.diag([1e-200, 1e-200])).item() == pytest.approx(2 * np.log(1e-200))


def test_the_determinant_of_a_singular_matrix_has_a_gradient():
    x = Tensor(np.outer([1.0, 2.0], [3.0, 4.0]), requires_grad=True)
    ops.det(x).backward()
    assert close(x.grad, [[8, -6], [-4, 3]])  # the cofactors
    nothing = Tensor(np.zeros((2, 2)), requires_grad=True)
    ops.det(nothing).backward()
    assert not np.any(nothing.grad.numpy())


def test_cholesky_factors_multiply_to_the_matrix():
    lower, upper = ops.cholesky(POSITIVE), ops.cholesky(POSITIVE, upper=True)
    assert close(lower, np.linalg.cholesky(POSITIVE)) and close(upper, t(lower.numpy()))
    assert close(ops.cholesky_inverse(lower), np.linalg.inv(POSITIVE))
    assert close(ops.cholesky_inverse(upper, upper=True), np.linalg.inv(POSITIVE))


def test_cholesky_takes_the_symmetric_part():
    skew = np.triu(np.ones((4, 4)), 1)
    assert close(ops.cholesky(POSITIVE + skew - skew.T), np.linalg.cholesky(POSITIVE))


@pytest.mark.parametrize("shape", SHAPES)
def test_lu_factors_multiply_to_the_matrix_with_its_rows_exchanged(shape):
    x = RNG.normal(size=shape)
    lu, pivots = (one.numpy() for one in ops.lu_factor(x))
    m, n = shape[-2:]
    k = min(m, n)
    assert pivots.dtype == np.int32 and pivots.shape == (*shape[:-2], k)
    lower = np.tril(lu[..., :k], -1) + np.eye(m, k)
    product = lower @ np.triu(lu[..., :k, :])
    for one, result, pivot in zip(
        x.reshape(-1, m, n), product.reshape(-1, m, n), pivots.reshape(-1, k), strict=True
    ):
        rows = one.copy()
        for i, p in enumerate(pivot):
            rows[[i, p]] = rows[[p, i]]
        assert close(rows, result)
    assert np.abs(np.tril(lu[..., :k], -1)).max(initial=0) <= 1  # the greatest is the pivot


# Decompositions


@pytest.mark.parametrize("mode", ["reduced", "complete"])
@pytest.mark.parametrize("shape", SHAPES)
def test_qr_equals_numpy(shape, mode):
    x = RNG.normal(size=shape)
    q, r = ops.qr(x, mode)
    expected = np.linalg.qr(x, mode)
    assert close(q, expected[0]) and close(r, expected[1]) and close(q @ r, x)


def test_eigh_equals_numpy_for_the_symmetric_part():
    w, v = ops.eigh(SQUARE)
    symmetric = (SQUARE + t(SQUARE)) / 2
    assert close(w, np.linalg.eigvalsh(symmetric))
    assert close((v * w[..., None, :]) @ ops.swapaxes(v, -1, -2), symmetric)


def test_eig_is_complex_and_has_no_gradient():
    w, v = ops.eig([[0.0, -1.0], [1.0, 0.0]])
    assert w.dtype == v.dtype == "complex64" and sorted(w.numpy().imag) == [-1, 1]
    assert not ops.eig(Tensor(np.eye(2), requires_grad=True))[0].requires_grad


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_svd_multiplies_to_the_matrix(shape, full):
    x = RNG.normal(size=shape)
    u, s, vh = ops.svd(x, full_matrices=full)
    k = min(shape[-2:])
    assert [u.shape[-1], vh.shape[-2]] == ([shape[-2], shape[-1]] if full else [k, k])
    assert close((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], x)
    assert close(
        t(u.numpy()) @ u.numpy(),
        np.broadcast_to(np.eye(u.shape[-1]), t(u).shape[:-2] + (u.shape[-1],) * 2),
    )
    assert close(ops.svd(x, compute_uv=False), s)


@pytest.mark.parametrize("shape", SHAPES)
def test_pinv_fulfils_the_four_equations_of_penrose(shape):
    a = RNG.normal(size=shape)
    p = ops.pinv(a).numpy()
    assert close(a @ p @ a, a) and close(p @ a @ p, p)
    assert close(t(a @ p), a @ p) and close(t(p @ a), p @ a)
    assert close(p, np.linalg.pinv(a))


def test_small_singular_values_count_as_zero():
    x = np.diag([1.0, 1e-3])
    assert close(ops.pinv(x, rcond=1e-2), np.diag([1.0, 0.0]))
    assert ops.matrix_rank(x, tol=1e-2).item() == 1 and ops.matrix_rank(x).item() == 2
    assert ops.matrix_rank(np.outer([1.0, 2.0], [3.0, 1.0])).item() == 1
    assert ops.matrix_rank(np.zeros((2, 3, 4))).numpy().tolist() == [0, 0]
    assert ops.matrix_rank(SQUARE).dtype == "int32"


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (4, 4)])
@pytest.mark.parametrize("columns", [(), (2,)])
def test_lstsq_equals_numpy(shape, columns):
    a, b = RNG.normal(size=shape), RNG.normal(size=shape[:1] + columns)
    assert close(ops.lstsq(a, b), np.linalg.lstsq(a, b, rcond=None)[0])


# Equal eigenvalues and singular values


def test_gradients_at_equal_eigenvalues_do_not_depend_on_the_choice_of_vectors():
    x = Tensor(2 * np.eye(3), requires_grad=True)
    w, v = ops.eigh(x)
    rebuilt = (v * ops.exp(w)[None, :]) @ ops.transpose(v)
    (ops.sum(w * w) + ops.trace(rebuilt)).backward()
    assert close(x.grad, (4 + np.exp(2)) * np.eye(3))


def test_gradients_at_equal_and_zero_singular_values():
    x = Tensor(np.diag([2.0, 2.0, 0.0]), requires_grad=True)
    u, s, vh = ops.svd(x)
    (ops.sum(s[:2] ** 2) + ops.sum(((u * s[None, :]) @ vh) * 0)).backward()
    assert close(x.grad, np.diag([4.0, 4.0, 0.0]))
    y = Tensor(np.eye(2), requires_grad=True)
    ops.norm(y, "nuc").backward()
    assert close(y.grad, np.eye(2))


def test_hessian_of_logdet_is_minus_the_kronecker_product_of_inverses():
    a = POSITIVE[0, 0][:2, :2] + np.eye(2)
    found = autograd.hessian(lambda x: ops.logdet(x))(a)
    inverse = np.linalg.inv(a)
    assert close(found, -np.einsum("jk,li->ijkl", inverse, inverse), 1e-6)


# All of them


ONE_MATRIX = {
    "inv": ops.inv,
    "det": ops.det,
    "slogdet": ops.slogdet,
    "logdet": ops.logdet,
    "cholesky": ops.cholesky,
    "cholesky_inverse": ops.cholesky_inverse,
    "lu_factor": ops.lu_factor,
    "qr": ops.qr,
    "eigh": ops.eigh,
    "svd": ops.svd,
    "pinv": ops.pinv,
    "matrix_rank": ops.matrix_rank,
}


def specs(result):
    return [(x.shape, x.dtype) for x in (result if isinstance(result, (tuple, list)) else [result])]


@pytest.mark.parametrize("f", ONE_MATRIX.values(), ids=ONE_MATRIX)
@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("float64", None),
        ("float32", None),
        ("float16", None),
        ("bfloat16", None),
        ("int32", "float32"),
    ],
)
def test_dtypes_stay_floating_and_symbolic_shapes_are_real_ones(f, dtype, expected):
    x = ops.cast(np.round(POSITIVE[0] / 4) + 4 * np.eye(4), dtype)
    real = specs(f(x))
    assert all(kind in (expected or dtype, "int32") for _, kind in real)
    assert specs(f(KerasTensor(x.shape, dtype))) == real
    unknown = specs(f(KerasTensor((None, 4, 4), dtype)))
    assert unknown == [((None, *shape[1:]), kind) for shape, kind in real]


@pytest.mark.parametrize("f", ONE_MATRIX.values(), ids=ONE_MATRIX)
def test_empty_batches_give_empty_results(f):
    assert all(shape[0] == 0 for shape, _ in specs(f(np.zeros((0, 3, 3)))))


@pytest.mark.parametrize("f", ONE_MATRIX.values(), ids=ONE_MATRIX)
def test_inputs_are_not_changed_and_may_be_transposed(f):
    x = np.asfortranarray(POSITIVE[0, 0] + np.eye(4))
    before = x.copy()
    transposed = specs(f(x.T))
    assert np.array_equal(x, before) and transposed == specs(f(np.ascontiguousarray(x.T)))


SQUARE_ONLY = ("inv", "det", "slogdet", "logdet", "cholesky", "cholesky_inverse", "eigh")


@pytest.mark.parametrize("name", ONE_MATRIX)
def test_shapes_that_do_not_fit_are_named(name):
    with pytest.raises(ValueError, match="rank >= 2"):
        ONE_MATRIX[name](np.ones(3))
    if name in SQUARE_ONLY:
        with pytest.raises(ValueError, match=r"square matrix.*\(2, 3\)"):
            ONE_MATRIX[name](np.ones((2, 3)))
        if name not in ("logdet", "slogdet"):
            with pytest.raises(ValueError, match=r"square matrix.*\(None, 3\)"):
                ONE_MATRIX[name](KerasTensor((None, 3)))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ops.inv(np.zeros((2, 2))), "Singular"),
        (lambda: ops.solve(np.zeros((2, 2)), np.ones(2)), "Singular"),
        (lambda: ops.solve(np.eye(2), np.ones(3)), "Incompatible shapes"),
        (lambda: ops.solve(KerasTensor((2, 2)), KerasTensor((None, 3))), "Incompatible shapes"),
        (lambda: ops.solve(np.eye(2), 1.0), "rank >= 1"),
        (lambda: ops.solve_triangular(np.ones((2, 3)), np.ones(2)), "square"),
        (lambda: ops.cholesky(-np.eye(2)), "Cholesky decomposition failed"),
        (lambda: ops.qr(np.eye(2), "raw"), "mode"),
        (lambda: ops.qr(KerasTensor((None, 2))), "fully-defined"),
        (lambda: ops.lstsq(np.ones((2, 2, 2)), np.ones(2)), "rank 2"),
        (lambda: ops.lstsq(np.ones((2, 2)), np.ones((2, 2, 2))), "rank 1 or 2"),
        (lambda: ops.lstsq(np.ones((3, 2)), np.ones(2)), r"b.shape\[0\]"),
    ],
)
def test_errors_say_what_is_wrong(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_the_namespaces_have_the_same_functions():
    from minigrad.ops import linalg
    from minigrad.ops import numpy as numpy_ops

    assert linalg.svd is ops.svd and numpy_ops.slogdet is ops.slogdet
    assert not hasattr(numpy_ops, "logsumexp")


def test_a_matrix_with_nan_gives_nan_and_its_neighbours_do_not():
    x = np.stack([np.eye(3), np.diag([1.0, np.nan, 2.0]), np.diag([3.0, 1.0, np.inf])])
    for found in (*ops.eigh(x), *ops.svd(x), ops.pinv(x), *ops.eig(x)):
        values = found.numpy()
        assert np.isfinite(values[0]).all() and np.isnan(values[1:]).all()
    assert np.isnan(ops.pinv(x[1])).all()
