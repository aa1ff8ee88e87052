"""Gradient cases of activations, crossentropies, normalizations and special functions."""

import numpy as np

from minigrad import activations, ops
from minigrad.ops import crossentropy, error_function, normalization
from minigrad.ops.attention import attend
from tests.gradient_cases import case

X = np.array([[-1.7, -0.4, 0.3], [0.8, 1.6, 2.9]])
LOGITS = np.random.default_rng(5).normal(size=(4, 5))
TARGETS = np.random.default_rng(6).uniform(0.1, 1.0, size=(4, 5))
PROBABILITIES = np.random.default_rng(7).uniform(0.3, 0.7, size=(4, 5))
CUBE = np.random.default_rng(8).normal(size=(2, 3, 4))
LABELS = np.array([3, -1, 0, 4])

_ELEMENTWISE = (
    "celu elu gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu log_sigmoid relu relu6 "
    "selu sigmoid silu soft_shrink softplus softsign sparse_plus sparse_sigmoid squareplus "
    "tanh_shrink erf erfc i0"
).split()

CASES = [
    *(case(name, getattr(ops, name), X) for name in _ELEMENTWISE),
    case("mish", activations.mish, X),
    case("threshold", lambda x: ops.threshold(x, 0.5, 0.1), X),
    case("gelu by erf", lambda x: ops.gelu(x, approximate=False), X),
    case("the normal distribution", error_function.normal_cdf, X),
    case("erfinv", ops.erfinv, X / 4),
    case("i0 at 0 and far away", ops.i0, np.array([0.0, -15.0, 21.0]), tolerance=1e-5),
    case("i1", error_function.i1, X),
    case("erf far away", ops.erf, np.array([-4.0, 3.5])),
    case("glu", lambda x: ops.glu(x, axis=1), LOGITS[:, :4]),
    case("softmax", ops.softmax, LOGITS),
    case("softmax over two axes", lambda x: ops.softmax(x, axis=(0, 2)), CUBE),
    case("log_softmax", lambda x: ops.log_softmax(x, axis=0), LOGITS),
    case("sparsemax", lambda x: ops.sparsemax(x, axis=0), LOGITS),
    case(
        "categorical crossentropy of logits",
        lambda y, x: ops.categorical_crossentropy(y, x, from_logits=True),
        *(TARGETS, LOGITS),
    ),
    case(
        "categorical crossentropy of logits along axis 1",
        lambda y, x: ops.categorical_crossentropy(y, x, from_logits=True, axis=1),
        *(CUBE + 3, CUBE),
    ),
    case("categorical crossentropy", ops.categorical_crossentropy, TARGETS, PROBABILITIES),
    case(
        "sparse crossentropy of logits",
        lambda x: ops.sparse_categorical_crossentropy(LABELS, x, from_logits=True),
        LOGITS,
    ),
    case(
        "sparse crossentropy",
        lambda x: ops.sparse_categorical_crossentropy(LABELS, x),
        PROBABILITIES,
    ),
    case(
        "the class that is placed",
        lambda x: crossentropy.place_class(x, LABELS, classes=5) ** 2,
        LOGITS[:, 0],
    ),
    case(
        "binary crossentropy of logits",
        lambda y, x: ops.binary_crossentropy(y, x, from_logits=True),
        *(TARGETS, LOGITS),
    ),
    case("binary crossentropy", ops.binary_crossentropy, TARGETS, PROBABILITIES),
    case("moments", lambda x: ops.moments(x, axes=(0, 2)), CUBE),
    case(
        "batch_normalization",
        lambda x, m, v, b, s: ops.batch_normalization(x, m, v, 1, b, s),
        *(CUBE, CUBE[0, :, 0], np.abs(CUBE[0, :, 1]) + 0.5, CUBE[0, :, 2], CUBE[0, :, 3]),
    ),
    case(
        "layer_normalization",
        lambda x, a, b: ops.layer_normalization(x, a, b),
        *(LOGITS, LOGITS[0], LOGITS[1]),
    ),
    case(
        "layer_normalization over two axes",
        lambda x, a: ops.layer_normalization(x, a, axis=(1, 2), epsilon=0.1),
        *(CUBE, CUBE[0]),
    ),
    case(
        "layer_normalization over the first axis",
        lambda x, a, b: ops.layer_normalization(x, a, b, axis=0),
        *(LOGITS, LOGITS[:, 0], LOGITS[:, 1]),
    ),
    case(
        "the slope of layer_normalization",
        lambda dy, x, a: normalization.layer_norm_slope(dy, x, a, *_statistics(x)),
        *(LOGITS + 1, LOGITS, LOGITS[0]),
        order=1,
    ),
    case("rms_normalization", lambda x, a: ops.rms_normalization(x, a), LOGITS, LOGITS[0]),
    *(
        case(f"normalize of order {order}", lambda x, p=order: ops.normalize(x, 1, order=p), LOGITS)
        for order in (1, 2, 3)
    ),
    case("normalize at 0", lambda x: ops.normalize(x, epsilon=0.5), np.zeros(3)),
    case("psnr", lambda x, y: ops.psnr(x, y, 2.0), LOGITS, TARGETS),
]


def _statistics(x):
    centre = ops.mean(x, axis=1, keepdims=True)
    return centre, ops.rsqrt(ops.var(x, axis=1, keepdims=True) + 1e-3)


QUERY = np.random.default_rng(12).normal(size=(2, 3, 2, 4))
KEY, VALUE = np.random.default_rng(13).normal(size=(2, 2, 5, 2, 4))
MASK = np.random.default_rng(15).random((2, 1, 3, 5)) < 0.7
SYMBOLS, SYMBOL_COUNTS = np.array([[1, 1, 3], [2, 1, 2]]), np.array([3, 2])
FRAMES = np.random.default_rng(14).normal(size=(2, 6, 4))

CASES += [
    case("dot_product_attention", ops.dot_product_attention, QUERY, KEY, VALUE),
    case(
        "attend",
        lambda q, k, v: attend(q, k, v, None, scale=0.6, causal=True)[:1],
        *(QUERY, KEY, VALUE),
    ),
    case(
        "attend, masked",
        lambda q, k, v: attend(q, k, v, MASK, scale=0.6, causal=False)[:1],
        *(QUERY, KEY, VALUE),
    ),
    case(
        "dot_product_attention, causal, masked, biased",
        lambda q, k, v, b: ops.dot_product_attention(
            q, k, v, b, np.tri(3, 5, 1, dtype=bool), scale=0.7, is_causal=True
        ),
        *(QUERY, KEY, VALUE, np.linspace(-1, 1, 15).reshape(3, 5)),
    ),
    case(
        "ctc_loss",
        lambda x: ops.ctc_loss(SYMBOLS, x, SYMBOL_COUNTS, np.array([6, 4])),
        FRAMES,
        tolerance=1e-5,
    ),
    case("ctc_decode", lambda x: ops.ctc_decode(x, [6, 4])[1], FRAMES),
    case(
        "unfold",
        lambda x: ops.unfold(x, (2, 1), dilation=2, padding=1, stride=(1, 2)),
        CUBE.reshape(1, 2, 4, 3),
    ),
    case(
        "fold",
        lambda x: ops.fold(x, (3, 4), 2, padding=1, stride=1),
        np.linspace(-1, 1, 160).reshape(1, 8, 20),
    ),
    case("depth_to_space", lambda x: ops.depth_to_space(x, 2), CUBE.reshape(1, 2, 3, 4)),
    case("space_to_depth", lambda x: ops.space_to_depth(x, 2), CUBE.reshape(1, 4, 6, 1)),
]
