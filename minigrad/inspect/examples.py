"""A worked example for each operation that needs more than one array, or arrays of certain kinds.

An example is a call, as one would write it, with `x1`, `x2` … for arrays whose gradient is shown
too, and the values of these.
"""

import numpy as np

MATRIX = [[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]]
VECTOR = [3.0, 1.0, 2.0, 0.5]
POSITIVE = [[1.0, 2.0, 0.5], [0.25, 4.0, 3.0]]
BELOW_ONE = [[0.5, -0.5, 0.25], [0.0, 0.75, -0.25]]
ABOVE_ONE = [[1.5, 2.0, 3.0], [4.0, 1.25, 10.0]]
SQUARE = [[2.0, 1.0], [1.0, 3.0]]  # symmetric, its eigenvalues positive
LOWER = [[2.0, 0.0], [1.0, 3.0]]
IMAGE = np.arange(16.0).reshape(1, 4, 4, 1) / 4
SMALL_IMAGE = np.arange(4.0).reshape(1, 2, 2, 1)
KERNEL = np.arange(9.0).reshape(3, 3, 1, 1) / 9
BLOCKS = np.arange(8.0).reshape(1, 1, 2, 4)
SIGNAL = [0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0]
SCORES = [[[2.0, 0.5, 0.1], [0.3, 1.5, 0.2], [1.0, 0.2, 0.4], [0.1, 0.3, 2.0]]]
PROBABILITIES = [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]
HEADS = np.arange(8.0).reshape(1, 2, 2, 2) / 8
WINDOW = "ops.{0}(5)"
WHOLE = "ops.{0}([[1, 2], [4, 6]], [[3, 2], [6, 4]])"
SHIFT = "ops.{0}([[1, 2], [4, 6]], 1)"

# "names of operations": (the call, the values of x1, x2 …). {0} is the name.
_TABLE = {
    "log log2 log10 log1p sqrt rsqrt": ("ops.{0}(x1)", POSITIVE),
    "power": ("ops.power(x1, x2)", POSITIVE, MATRIX),
    "arcsin arccos arctanh erfinv": ("ops.{0}(x1)", BELOW_ONE),
    "arccosh": ("ops.arccosh(x1)", ABOVE_ONE),
    "bartlett blackman hamming hanning": (WINDOW,),
    "kaiser": ("ops.kaiser(5, beta=8.0)",),
    "bitwise_and bitwise_or bitwise_xor gcd lcm": (WHOLE,),
    "bitwise_left_shift bitwise_right_shift left_shift right_shift": (SHIFT,),
    "bitwise_invert bitwise_not": ("ops.{0}([[1, 2], [4, 6]])",),
    "ones zeros empty": ("ops.{0}((2, 3))",),
    "eye identity tri": ("ops.{0}(3)",),
    "full": ("ops.full((2, 3), 7.0)",),
    "arange": ("ops.arange(0, 10, 3)",),
    "array convert_to_tensor convert_to_numpy is_tensor ndim shape size dtype": (
        "ops.{0}(x1)", MATRIX,
    ),
    "view": ("ops.view(ops.convert_to_tensor([1.0, -2.0]), 'int32')",),
    "cast": ("ops.cast(x1, 'int32')", MATRIX),
    "saturate_cast": ("ops.saturate_cast(x1, 'int8')", [-300.0, 1.5, 300.0]),
    "clip": ("ops.clip(x1, 0.0, 1.5)", MATRIX),
    "threshold": ("ops.threshold(x1, 1.0, 0.0)", MATRIX),
    "where": ("ops.where(x1 > x2, x1, x2)", VECTOR, [1.0, 2.0, 2.0, 0.0]),
    "select": ("ops.select([x1 > 1.0, x1 < 0.0], [x1, -x1], 0.0)", MATRIX),
    "ldexp": ("ops.ldexp(x1, [1, 2, 0, -1])", VECTOR),
    "glu": ("ops.glu(x1)", VECTOR),
    "nonzero": ("ops.nonzero(x1)", [0.0, 3.0, 0.0, 5.0]),
    "unique": ("ops.unique(x1)", [2.0, 1.0, 2.0, 3.0]),
    # Shapes
    "broadcast_to": ("ops.broadcast_to(x1, (2, 4))", VECTOR),
    "reshape": ("ops.reshape(x1, (3, 2))", MATRIX),
    "expand_dims": ("ops.expand_dims(x1, 0)", VECTOR),
    "moveaxis swapaxes": ("ops.{0}(x1, 0, 1)", MATRIX),
    "rearrange": ("ops.rearrange(x1, 'a b -> b a')", MATRIX),
    "repeat tile": ("ops.{0}(x1, 2)", VECTOR),
    "pad": ("ops.pad(x1, (1, 2))", VECTOR),
    "meshgrid": ("ops.meshgrid(x1, x2)", [1.0, 2.0, 3.0], [5.0, 6.0]),
    "array_split split hsplit": ("ops.{0}(x1, 2)", VECTOR),
    "vsplit": ("ops.vsplit(x1, 2)", MATRIX),
    "dsplit": ("ops.dsplit(x1, 2)", np.arange(4.0).reshape(1, 1, 4)),
    "unstack": ("ops.unstack(x1)", MATRIX),
    "vander": ("ops.vander(x1, 3)", VECTOR),
    "depth_to_space": ("ops.depth_to_space(x1, 2)", BLOCKS),
    "space_to_depth": ("ops.space_to_depth(x1, 2)", IMAGE),
    # Indices
    "get_item": ("ops.get_item(x1, (0, slice(1, 3)))", MATRIX),
    "slice": ("ops.slice(x1, (0, 1), (2, 2))", MATRIX),
    "slice_update": ("ops.slice_update(x1, (0, 1), x2)", MATRIX, [[7.0, 8.0]]),
    "scatter": ("ops.scatter([[0], [2]], x1, (4,))", [5.0, 6.0]),
    "scatter_update": ("ops.scatter_update(x1, [[1], [3]], x2)", VECTOR, [8.0, 9.0]),
    "take": ("ops.take(x1, [2, 0, 2])", VECTOR),
    "take_along_axis": ("ops.take_along_axis(x1, [[2, 0], [1, 1]], axis=1)", MATRIX),
    "top_k": ("ops.top_k(x1, 2)", VECTOR),
    "in_top_k": ("ops.in_top_k([2, 0], x1, 1)", PROBABILITIES),
    "argpartition": ("ops.argpartition(x1, 1)", VECTOR),
    "unravel_index": ("ops.unravel_index([4, 5], (2, 3))",),
    "one_hot multi_hot": ("ops.{0}([0, 2], 4)",),
    "bincount": ("ops.bincount([0, 1, 1, 3])",),
    "digitize": ("ops.digitize(x1, [0.0, 1.0, 2.0])", MATRIX),
    "searchsorted": ("ops.searchsorted([1.0, 2.0, 3.0], x1)", VECTOR),
    "histogram": ("ops.histogram(x1, bins=4)", VECTOR),
    "segment_max segment_min segment_prod segment_sum": ("ops.{0}(x1, [0, 0, 1, 1])", VECTOR),
    # Statistics
    "moments": ("ops.moments(x1, axes=0)", MATRIX),
    "percentile nanpercentile": ("ops.{0}(x1, 50)", VECTOR),
    "quantile nanquantile": ("ops.{0}(x1, 0.5)", VECTOR),
    "correlate": ("ops.correlate(x1, x2)", VECTOR, [0.0, 1.0, 0.5]),
    "psnr": ("ops.psnr(x1, x2, max_val=3.0)", MATRIX, [[1.0, 2.0, 1.0], [0.0, -1.0, 3.0]]),
    # Linear algebra
    "cholesky det eig eigh inv logdet lu_factor qr slogdet svd": ("ops.{0}(x1)", SQUARE),
    "cholesky_inverse": ("ops.cholesky_inverse(x1)", LOWER),
    "solve": ("ops.solve(x1, x2)", SQUARE, [[1.0], [2.0]]),
    "solve_triangular": ("ops.solve_triangular(x1, x2, lower=True)", LOWER, [[1.0], [2.0]]),
    "einsum": ("ops.einsum('ij,kj->ik', x1, x2)", MATRIX, MATRIX),
    # Transforms
    "fft": ("ops.fft((x1, x2))", VECTOR, [0.0, 1.0, 0.0, 0.0]),
    "fft2 ifft2": ("ops.{0}((x1, x2))", SQUARE, LOWER),
    "rfft": ("ops.rfft(x1)", VECTOR),
    "irfft": ("ops.irfft((x1, x2))", [1.0, 2.0, 0.5], [0.0, -1.0, 0.0]),
    "stft": ("ops.stft(x1, 4, 2, 4)", SIGNAL),
    "istft": ("ops.istft(ops.stft(x1, 4, 2, 4), 4, 2, 4)", SIGNAL),
    "extract_sequences": ("ops.extract_sequences(x1, 4, 2)", SIGNAL),
    "view_as_complex": ("ops.view_as_complex(x1)", [[1.0, 2.0], [0.0, -1.0]]),
    # Windows
    "average_pool max_pool adaptive_average_pool adaptive_max_pool": ("ops.{0}(x1, 2)", IMAGE),
    "conv": ("ops.conv(x1, x2)", IMAGE, KERNEL),
    "conv_transpose": ("ops.conv_transpose(x1, x2, strides=2)", SMALL_IMAGE, KERNEL),
    "depthwise_conv": ("ops.depthwise_conv(x1, x2)", IMAGE, KERNEL),
    "separable_conv": ("ops.separable_conv(x1, x2, x3)", IMAGE, KERNEL, [[[[2.0, -1.0]]]]),
    "unfold": ("ops.unfold(x1, 2)", IMAGE.reshape(1, 1, 4, 4)),
    "fold": ("ops.fold(x1, (3, 3), 2)", np.arange(16.0).reshape(1, 4, 4)),
    # Networks
    "batch_normalization": (
        "ops.batch_normalization(x1, x2, x3, axis=-1)", MATRIX, [0.5, 0.5, 1.0], [1.0, 2.0, 1.0],
    ),
    "dot_product_attention": ("ops.dot_product_attention(x1, x2, x3)", HEADS, -HEADS, HEADS),
    "sparse_categorical_crossentropy": (
        "ops.sparse_categorical_crossentropy([0, 2], x1)", PROBABILITIES,
    ),
    "categorical_crossentropy binary_crossentropy": (
        "ops.{0}([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], x1)", PROBABILITIES,
    ),
    "ctc_loss": ("ops.ctc_loss([[1, 2]], x1, [2], [4])", SCORES),
    "ctc_decode": ("ops.ctc_decode(x1, [4])", SCORES),
    # What takes functions
    "cond": ("ops.cond(True, lambda: x1 * 2, lambda: x1)", VECTOR),
    "switch": ("ops.switch(1, [lambda y: y, lambda y: -y], x1)", VECTOR),
    "fori_loop": ("ops.fori_loop(0, 3, lambda i, y: y * 2, x1)", VECTOR),
    "while_loop": ("ops.while_loop(lambda y: ops.sum(y) < 30, lambda y: [y * 2], [x1])", VECTOR),
    "map vectorized_map": ("ops.{0}(lambda row: row * 2, x1)", MATRIX),
    "vectorize": ("ops.vectorize(lambda one: one * one)(x1)", VECTOR),
    "scan": ("ops.scan(lambda sum, x: (sum + x, sum * x), 0.0 * x1[0], x1)", VECTOR),
    "associative_scan": ("ops.associative_scan(ops.add, x1)", VECTOR),
    "jvp": ("ops.jvp(ops.sin, (x1,), (x2,))", VECTOR, [1.0, 0.0, 0.0, 0.0]),
    "custom_gradient": ("ops.custom_gradient(lambda x: (x * x, lambda g: 2 * g * x))(x1)", VECTOR),
}  # fmt: skip
EXAMPLES = {
    name: (call.format(name), *arrays)
    for names, (call, *arrays) in _TABLE.items()
    for name in names.split()
}
