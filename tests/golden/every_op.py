"""A call of every public op, as plain data for both the generator and the tests.

A row is a name and the arguments. `edges.py` derives the edge cases from it, so arguments that are
data are NumPy arrays: of floats (they become any dtype), or of whole numbers (places, labels; data
only where `whole` says so). Axes are given by name and counted from the front.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """`ops.<name>(*args, **kwargs)`."""

    name: str
    args: tuple
    kwargs: dict = field(default_factory=dict)
    whole: bool = False  # arrays of whole numbers are data too
    rank: int | None = None  # from which axes are counted, if not that of the first array

    def __call__(self, ops: Any, args: tuple, kwargs: dict) -> Any:
        f = ops
        for part in self.name.split("."):
            f = getattr(f, part)
        return f(*args, **kwargs)


def row(name, *args, whole=False, rank=None, **kwargs):
    return Row(name, args, kwargs, whole, rank)


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


X = np.array([[-1.7, -0.4, 0.3], [0.8, 1.6, 2.9]])
Y = np.array([[0.7, -1.3, 2.1], [1.4, 0.6, -0.9]])
CUBE = np.random.default_rng(4).permutation(np.linspace(-2.0, 2.0, 24) + 0.05).reshape(2, 3, 4)
SQUARE = _normal(5, 3, 3)
STACK = _normal(6, 2, 3, 3)
POSITIVE = STACK @ np.swapaxes(STACK, -1, -2) + 2 * np.eye(3)
V, W = np.array([0.9, -1.2, 0.4, 2.2, -0.3]), np.array([0.5, 1.1, -0.7])
WHOLE = np.array([[1, 2, 3], [4, 5, 6]], "int32")
FEW = np.array([[1, 2, 1], [0, 3, 2]], "int32")
LABELS = np.array([1, 3, 0], "int32")
IDS = np.array([0, 2, 0, 1, 2], "int32")
IMAGE, VOLUME = _normal(7, 2, 5, 6, 3), _normal(8, 1, 3, 4, 4, 2)
RGB = np.random.default_rng(9).uniform(0.05, 0.95, (2, 3, 4, 3))
SIGNAL = _normal(10, 2, 12)
PROBABILITIES = np.random.default_rng(11).dirichlet(np.full(4, 9.0), 3)
TRUTH = np.random.default_rng(12).dirichlet(np.full(4, 9.0), 3)
QUERY, KEY, VALUE = _normal(13, 2, 4, 2, 3), _normal(14, 2, 5, 2, 3), _normal(15, 2, 5, 2, 3)

UNARY = """abs absolute angle arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil celu conj
conjugate convert_to_numpy convert_to_tensor copy cos cosh deg2rad elu empty_like erf erfc
erfinv exp exp2 expm1 fabs floor gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
i0 imag isfinite isinf isnan isneginf isposinf isreal leaky_relu log log10 log1p log2
log_sigmoid logical_not nan_to_num negative ones_like rad2deg ravel real reciprocal relu relu6
round rsqrt selu sigmoid sign signbit silu sin sinc sinh size soft_shrink softplus softsign
sparse_plus sparse_sigmoid sqrt square squareplus stop_gradient swish tan tanh tanh_shrink
threshold trunc zeros_like shape ndim""".split()
# Where the argument must lie.
INSIDE = "arccos arcsin arctanh erfinv tan".split()
ABOVE = "arccosh log log10 log1p log2 rsqrt sqrt".split()
DOMAINS = dict.fromkeys(INSIDE, X / 3.5) | dict.fromkeys(ABOVE, np.abs(X) + 1.1)
DOMAINS["power"] = np.abs(X)
MORE = {"threshold": (0.5, 0.1)}
BINARY = """add allclose arctan2 divide divide_no_nan equal floor_divide fmax fmin fmod greater
greater_equal heaviside hypot isclose isin less less_equal logaddexp logaddexp2 logical_and
logical_or logical_xor maximum minimum mod multiply nextafter not_equal polar power subtract
true_divide append outer kron vdot""".split()
WHOLES = """bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor gcd lcm
left_shift right_shift""".split()
REDUCTIONS = """all amax amin any logsumexp max mean median min nanmax nanmean nanmedian nanmin
nanprod nanstd nansum nanvar prod ptp std sum var""".split()

ROWS = [
    *(row(name, DOMAINS.get(name, X), *MORE.get(name, ())) for name in UNARY),
    *(row(name, DOMAINS.get(name, X), Y) for name in BINARY),
    *(row(name, WHOLE, FEW, whole=True) for name in WHOLES),
    *(row(name, WHOLE, whole=True) for name in ("bitwise_invert", "bitwise_not")),
    *(row(name, CUBE, axis=1) for name in REDUCTIONS),
    *(row(name, CUBE, axis=(0, 2), keepdims=True) for name in REDUCTIONS),
    *(row(name, CUBE) for name in REDUCTIONS),
    *(row(name, CUBE, axis=2, keepdims=True) for name in ("argmax", "argmin")),
    *(row(name, CUBE, axis=1) for name in ("nanargmax", "nanargmin", "count_nonzero", "diff")),
    *(row(name, X, axis=1) for name in ("cumsum", "cumprod", "nancumsum", "nancumprod")),
    *(row(name, X, axis=0) for name in ("sort", "argsort", "flip", "softmax", "log_softmax")),
    *(row(name, CUBE, axis=1) for name in ("sparsemax", "normalize")),
    row("clip", X, -1.0, 1.5),
    *(row(name, X + 1j * Y) for name in ("angle", "conj", "real", "imag")),
    row("ldexp", X, FEW),
    row("average", CUBE, axis=1, weights=W),
    row("average", X, axis=0, weights=np.abs(Y)),
    *(row(name, CUBE, 0.3, axis=1) for name in ("quantile", "nanquantile")),
    *(row(name, CUBE, np.array([20.0, 70.0]), axis=0) for name in ("percentile", "nanpercentile")),
    row("quantile", CUBE, 0.6, axis=(0, 1), keepdims=True, method="nearest"),
    row("norm", CUBE, axis=1),
    row("norm", CUBE, axis=(0, 2), ord="fro", keepdims=True),
    row("norm", X, ord=1, axis=1),
    row("moments", CUBE, axes=(0, 1)),
    row("moments", CUBE, axes=(2,), keepdims=True),
    row("trapezoid", CUBE, axis=1),
    row("trapezoid", CUBE, W, axis=1),
    row("corrcoef", X),
    row("correlate", V, W, mode="full"),
    row("bincount", IDS, weights=V, minlength=4),
    row("bincount", IDS),
    row("histogram", V, bins=3),
    row("histogram", V, bins=2, range=(-1, 1)),
    row("digitize", X, np.array([0.25, 0.49, 1.21])),
    row("searchsorted", np.sort(V), X),
    row("searchsorted", np.sort(V), W, side="right"),
    row("isin", X, V),
    row("in_top_k", np.array([1, 0, 3], "int32"), PROBABILITIES, 2),
    row("top_k", CUBE, 2),
    row("argpartition", CUBE, 1, axis=1),
    row("nonzero", X),
    row("unique", V),
    row("unique", X, axis=0, return_inverse=True),
    # creation
    row("arange", 5),
    row("arange", 1.0, 3.0, 0.5),
    row("array", X),
    row("full", (2, 3), np.array(1.5)),
    row("full_like", X, 2),
    row("empty", (2, 3)),
    row("ones", (2, 0)),
    row("zeros", ()),
    row("eye", 3, 2, 1),
    row("identity", 3),
    row("tri", 3, 4, -1),
    row("linspace", X, Y, 4, axis=0, rank=3),
    row("logspace", X, Y, 3, axis=1, rank=3),
    row("geomspace", np.abs(X), np.abs(Y), 3, axis=2, rank=3),
    row("meshgrid", V, W),
    row("meshgrid", V, W, indexing="ij"),
    row("vander", W, 4),
    *(row(name, np.array(7)) for name in ("bartlett", "blackman", "hamming", "hanning")),
    row("kaiser", np.array(7), 3.0),
    row("one_hot", FEW, 4, axis=2, rank=3),
    row("one_hot", FEW, 4, axis=0, rank=3),
    row("multi_hot", FEW, 4, axis=1, rank=3),
    # shapes and places
    row("broadcast_to", X, (4, 2, 3)),
    row("cast", X, "float32"),
    row("saturate_cast", X, "uint8"),
    row("reshape", CUBE, (4, -1)),
    row("transpose", CUBE, axes=(2, 0, 1)),
    row("transpose", CUBE),
    row("swapaxes", CUBE, axis1=0, axis2=2),
    row("moveaxis", CUBE, source=0, destination=2),
    row("moveaxis", CUBE, source=(0, 1), destination=(2, 0)),
    row("expand_dims", X, axis=1, rank=3),
    row("squeeze", X[:, None], axis=1),
    row("squeeze", X[:, None]),
    row("concatenate", [X, Y], axis=1),
    row("stack", [X, Y], axis=1, rank=3),
    *(row(name, [X, Y]) for name in ("hstack", "vstack", "dstack")),
    row("split", CUBE, 2, axis=2),
    row("split", CUBE, [1], axis=1),
    row("array_split", CUBE, 3, axis=2),
    row("hsplit", CUBE, 3),
    row("vsplit", CUBE, 2),
    row("dsplit", CUBE, [1, 3]),
    row("unstack", CUBE, axis=1),
    row("append", X, Y, axis=0),
    row("pad", X, ((1, 0), (0, 2)), constant_values=3.0),
    row("pad", CUBE, 1, mode="reflect"),
    row("pad", X, ((0, 1), (1, 1)), mode="symmetric"),
    row("tile", X, (2, 1, 2)),
    row("repeat", X, 2, axis=1),
    row("repeat", X, 3),
    row("roll", CUBE, 2, axis=1),
    row("roll", CUBE, 1),
    row("flip", CUBE, axis=(0, 1)),
    *(row(name, X) for name in ("fliplr", "flipud")),
    row("rot90", CUBE, 1, axes=(0, 1)),
    row("rearrange", CUBE, "a b c -> c (a b)"),
    *(row(name, CUBE, 1) for name in ("tril", "triu")),
    row("diag", W, 1),
    row("diag", SQUARE),
    row("diagflat", X),
    row("diagonal", CUBE, 1, axis1=0, axis2=2),
    row("trace", CUBE, 0, axis1=1, axis2=2),
    row("get_item", CUBE, (slice(None), 1)),
    row("take", CUBE, FEW, axis=2),
    row("take", X, np.array(1, "int32"), axis=1),
    row("take_along_axis", X, FEW % 2, axis=1),
    row("unravel_index", FEW, (2, 3)),
    row("where", X > 0, X, Y),
    row("select", [X > 1, X < 0], [X, Y], 0.5),
    row("slice", CUBE, (1, 0, 1), (1, 3, 2)),
    row("slice", CUBE, np.array([1, 0, 1], "int32"), (1, 3, 2)),
    row("slice_update", CUBE, (1, 0, 1), CUBE[:1, :, :2]),
    row("scatter", np.array([[0], [2], [0]], "int32"), SQUARE, (4, 3)),
    row("scatter_update", X, np.array([[1], [0]], "int32"), Y),
    row("scatter_update", X, np.array([[1], [1]], "int32"), Y, reduction="add"),
    row("scatter_update", X, np.array([[1], [1]], "int32"), Y, reduction="max"),
    *(row(f"segment_{how}", V, IDS, 3) for how in ("max", "min", "prod", "sum")),
    row("segment_sum", SQUARE, np.array([1, 1, 0], "int32"), 2, sorted=False),
    row("view", X.astype("float32"), "int32"),
    row("view_as_complex", X[:, :2]),
    row("view_as_real", X[:, :2] + 1j),
    row("unfold", _normal(16, 1, 2, 5, 4), 2, 1, 1, 2),
    row("fold", _normal(17, 1, 8, 12), (4, 5), 2),
    row("depth_to_space", _normal(18, 1, 2, 3, 4), 2),
    row("space_to_depth", _normal(19, 1, 4, 6, 1), 2),
    # products and matrices
    row("matmul", CUBE, _normal(20, 2, 4, 3)),
    row("matmul", X, SQUARE),
    row("dot", X, SQUARE),
    row("inner", X, SQUARE),
    row("tensordot", CUBE, _normal(21, 4, 3), [(1, 2), (1, 0)]),
    row("einsum", "bij,kj->bik", CUBE, _normal(22, 2, 4)),
    row("cross", SQUARE, SQUARE[::-1].copy(), axis=1),
    row("cdist", X, SQUARE),
    *(row(name, POSITIVE) for name in ("cholesky", "cholesky_inverse", "eigh", "logdet")),
    *(row(name, STACK) for name in ("det", "eig", "inv", "pinv", "lu_factor", "slogdet", "qr")),
    row("cholesky", POSITIVE, upper=True),
    row("qr", STACK[:, :2], mode="complete"),
    row("svd", STACK[:, :2], full_matrices=False),
    row("svd", X, compute_uv=False),
    row("matrix_rank", STACK),
    row("solve", POSITIVE, STACK[:, :, :2].copy()),
    row("solve_triangular", POSITIVE, STACK, lower=True),
    row("lstsq", SQUARE, SQUARE[::-1, :2].copy()),
    # Fourier
    *(row(name, (X, Y)) for name in ("fft", "fft2", "ifft2")),
    row("rfft", SIGNAL),
    row("rfft", SIGNAL, fft_length=8),
    row("irfft", (X, Y), fft_length=5),
    row("stft", SIGNAL, 4, 2, 4),
    row("istft", (_normal(23, 2, 6, 3), _normal(24, 2, 6, 3)), 4, 2, 4),
    row("extract_sequences", SIGNAL, 5, 2),
    # neural
    row("glu", CUBE, axis=2),
    row("relu", -X),
    row("gelu", X, approximate=False),
    row("normalize", X, axis=1, order=3),
    row("batch_normalization", CUBE, W, W * W, axis=1, offset=W, scale=-W),
    row("layer_normalization", X, W, -W, axis=1),
    row("layer_normalization", CUBE, axis=(1, 2)),
    row("rms_normalization", X, W, axis=1),
    row("binary_crossentropy", TRUTH, PROBABILITIES),
    row("binary_crossentropy", TRUTH, PROBABILITIES, from_logits=True),
    row("categorical_crossentropy", TRUTH, PROBABILITIES, axis=1),
    row("categorical_crossentropy", TRUTH, PROBABILITIES, from_logits=True, axis=1),
    row("sparse_categorical_crossentropy", LABELS, PROBABILITIES, axis=1, rank=2),
    row("sparse_categorical_crossentropy", LABELS, PROBABILITIES, from_logits=True, axis=1, rank=2),
    row("psnr", X, Y, 2.0),
    row("conv", IMAGE, _normal(25, 2, 3, 3, 2), 2, "same"),
    row("conv", SIGNAL[..., None], _normal(26, 3, 1, 2), dilation_rate=2),
    row("conv", VOLUME, _normal(27, 2, 2, 2, 2, 1)),
    row("depthwise_conv", IMAGE, _normal(28, 2, 2, 3, 1), 1, "same"),
    row("separable_conv", IMAGE, _normal(29, 2, 2, 3, 2), _normal(30, 1, 1, 6, 2)),
    row("conv_transpose", IMAGE, _normal(31, 2, 2, 2, 3), 2),
    *(row(name, IMAGE, 2, 2, "same") for name in ("max_pool", "average_pool")),
    *(row(name, IMAGE, (2, 3)) for name in ("adaptive_max_pool", "adaptive_average_pool")),
    row("dot_product_attention", QUERY, KEY, VALUE),
    row("dot_product_attention", QUERY, KEY, VALUE, is_causal=True),
    row("ctc_loss", FEW[:, :2] % 2 + 1, _normal(32, 2, 6, 4), *np.array([[2, 1], [6, 5]], "int32")),
    row("ctc_decode", _normal(33, 2, 6, 4), np.array([6, 5], "int32")),
    row("ctc_decode", _normal(33, 2, 6, 4), np.array([6, 5], "int32"), strategy="beam_search"),
    # images
    row("image.resize", IMAGE, (3, 4)),
    row("image.resize", IMAGE, (7, 8), interpolation="bicubic", antialias=True),
    row("image.affine_transform", IMAGE, np.array([[0.9, 0.2, 0.4, -0.1, 1.1, -0.4, 0, 0]] * 2)),
    row("image.crop_images", IMAGE, 1, 2, target_height=3, target_width=2),
    row("image.pad_images", IMAGE, 1, 0, 2, 1),
    row("image.extract_patches", IMAGE, (2, 3)),
    row("image.extract_patches_3d", VOLUME, 2),
    row("image.gaussian_blur", IMAGE, (3, 3), (0.8, 1.1), data_format="channels_last"),
    *(row(f"image.{name}", RGB) for name in ("hsv_to_rgb", "rgb_to_hsv", "rgb_to_grayscale")),
    row("image.sobel_edges", RGB),
    row("image.map_coordinates", X, np.array([[0.3, 0.9], [1.2, 0.4]]), 1),
    row(
        "image.perspective_transform",
        IMAGE,
        np.array([[[0.0, 0], [5, 0], [0, 4], [5, 4]]] * 2),
        np.array([[[0.6, 0.1], [4.2, 0.7], [0.3, 3.6], [4.4, 3.9]]] * 2),
    ),
    row("image.scale_and_translate", X, (3, 4), np.array([1.3, 0.8]), W[:2], (0, 1), "linear"),
    row("image.ssim", IMAGE, IMAGE[::-1].copy(), filter_size=3),
    # control flow
    row("map", lambda x: x * x, CUBE),
    row("vectorized_map", lambda x: x * x, X),
    row("scan", lambda carry, x: (carry + x, carry * x), CUBE[0], CUBE),
    row("associative_scan", lambda a, b: a * b, CUBE, axis=1),
    row("while_loop", lambda x: x.sum() < 50, lambda x: (x + 1,), (X,), maximum_iterations=9),
    row("fori_loop", 0, 3, lambda i, x: x * x + 1, X),
    row("cond", np.array(True), lambda: 1.5, lambda: 2.5),
    row("switch", np.array(1, "int32"), [lambda x: x, lambda x: -x], X),
    row("jvp", lambda x: x * x * x, (X,), (Y,)),
]

# What gives no tensors, or has no value to compare.
NO_ROW = {
    "custom_gradient": "takes and gives a function",
    "vectorize": "takes and gives a function",
    "dtype": "gives a name",
    "is_tensor": "gives a truth value of Python's",
    "image.elastic_transform": "draws random numbers, which are not Keras's",
}
