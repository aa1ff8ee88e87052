"""Calls of neural ops, as plain data for both the generator and the tests: `f(ops, *arrays)`."""

import zlib
from itertools import product

import numpy as np

CALLS = {}  # name: (call, arrays)


def _add(name, call, *arrays):
    """Arrays are given as they are, or as a shape to be filled with normal numbers."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    drawn = [rng.normal(size=x) if isinstance(x, tuple) else np.asarray(x) for x in arrays]
    CALLS[name] = call, drawn


def _method(name, *args, **kwargs):
    return lambda ops, *xs: getattr(ops, name)(*xs, *args, **kwargs)


def _image(name, *args, **kwargs):
    return lambda ops, *xs: getattr(ops.image, name)(*xs, *args, **kwargs)


# Activations, also where they have kinks, and far away.

FAR = np.array([-800.0, -30.0, -6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 30.0, 800.0])
for _name in (
    "celu elu gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu log_sigmoid relu relu6 "
    "selu sigmoid silu soft_shrink softplus softsign sparse_plus sparse_sigmoid squareplus "
    "tanh_shrink log_softmax softmax"
).split():
    _add(_name, _method(_name), (3, 5))
    _add(f"{_name}, far away and at kinks", _method(_name), FAR)
_add("gelu by erf", _method("gelu", approximate=False), (3, 5))
_add("gelu by erf, far away", _method("gelu", approximate=False), FAR)
_add("elu with alpha", _method("elu", alpha=0.3), FAR)
_add("celu with alpha", _method("celu", alpha=0.3), FAR)
_add("threshold", _method("threshold", 0.5, 0.1), FAR)
_add("glu", _method("glu", axis=0), (4, 3))
_add("softmax over two axes", _method("softmax", axis=(0, 2)), (2, 3, 4))
_add("log_softmax over two axes", _method("log_softmax", axis=(0, 2)), (2, 3, 4))
_add("erf", _method("erf"), FAR)
_add("erfc", _method("erfc"), np.append(FAR[1:-1], 10.0))
_add("erfinv", _method("erfinv"), np.array([-0.999999, -0.5, 0.0, 1e-9, 0.3, 0.9, 0.9999]))
_add("i0", _method("i0"), FAR[1:-1])

# Losses and normalizations

_POSITIVE = np.random.default_rng(1).uniform(0.05, 0.95, (4, 5))
_TRUTH = np.eye(5)[[1, 0, 4, 2]] * 0.9 + 0.02
_CLASSES = np.array([3, 0, 4, 1])
for _logits in (False, True):
    _x = np.random.default_rng(2).normal(size=(4, 5)) * 3 if _logits else _POSITIVE
    for _name, _truth in (
        ("categorical_crossentropy", _TRUTH),
        ("binary_crossentropy", _TRUTH),
        ("sparse_categorical_crossentropy", _CLASSES),
    ):
        _add(
            f"{_name}, {'logits' if _logits else 'probabilities'}",
            _method(_name, from_logits=_logits),
            _truth,
            _x,
        )
_add(
    "categorical_crossentropy along axis 0",
    _method("categorical_crossentropy", from_logits=True, axis=0),
    _TRUTH,
    (4, 5),
)
_add(
    "categorical_crossentropy of certain predictions",
    _method("categorical_crossentropy"),
    _TRUTH[:2],
    np.eye(5)[:2],
)
_add(
    "binary_crossentropy of far logits",
    _method("binary_crossentropy", from_logits=True),
    np.linspace(0, 1, 13),
    FAR,
)
_add("moments", _method("moments", axes=(0, 2)), (2, 3, 4))
_add(
    "batch_normalization",
    lambda ops, x, m, v, b, s: ops.batch_normalization(x, m, v, 1, b, s),
    (2, 3, 4),
    (3,),
    np.array([0.5, 1.0, 2.0]),
    (3,),
    (3,),
)
_add("layer_normalization", _method("layer_normalization", epsilon=0.01), (4, 5), (5,), (5,))
_add(
    "layer_normalization over two axes",
    _method("layer_normalization", axis=(1, 2)),
    (2, 3, 4),
    (3, 4),
    (3, 4),
)
_add(
    "layer_normalization over the first axis",
    _method("layer_normalization", axis=0),
    (4, 5),
    (4,),
    (4,),
)
_add("rms_normalization", _method("rms_normalization", epsilon=0.01), (4, 5), (5,))
for _order in (1, 2, 3):
    _add(f"normalize, order {_order}", _method("normalize", axis=1, order=_order), (4, 5))
_add("psnr", _method("psnr", 2.0), (2, 3), (2, 3))

# Convolution and pooling

_SPACE = (7, 6, 5)
for _n, _padding, (_strides, _dilation), _format in product(
    (1, 2, 3), ("valid", "same"), ((1, 1), (2, 1), (1, 2)), ("channels_last", "channels_first")
):
    _shape = (2, *_SPACE[:_n], 2) if _format == "channels_last" else (2, 2, *_SPACE[:_n])
    _window = (2, 3, 2)[:_n]
    _rest = (_strides, _padding, _format, _dilation)
    _spec = f"{_n}-D, {_padding}, strides {_strides}, dilation {_dilation}, {_format}"
    _add(f"conv, {_spec}", _method("conv", *_rest), _shape, (*_window, 2, 3))
    if _n < 3:
        _add(
            f"depthwise_conv, {_spec}", _method("depthwise_conv", *_rest), _shape, (*_window, 2, 2)
        )
        _add(
            f"conv_transpose, {_spec}",
            _method("conv_transpose", _strides, _padding, None, _format, _dilation),
            _shape,
            (*_window, 3, 2),
        )
    if _dilation == 1:
        for _name in ("max_pool", "average_pool"):
            _add(f"{_name}, {_spec}", _method(_name, _window, _strides, _padding, _format), _shape)
_add("conv in groups", _method("conv", 1, "same"), (2, 5, 5, 4), (3, 3, 2, 6))
_add("conv of points", _method("conv", 2), (2, 5, 5, 4), (1, 1, 4, 3))
_add(
    "separable_conv", _method("separable_conv", 1, "same"), (2, 5, 5, 2), (3, 3, 2, 2), (1, 1, 4, 3)
)
_add(
    "conv_transpose with output_padding",
    _method("conv_transpose", 3, "same", 1),
    (2, 4, 3, 2),
    (3, 2, 5, 2),
)
_add("max_pool of ties", _method("max_pool", 2, 1), np.ones((1, 3, 3, 1)))
for _name, _size in product(("adaptive_max_pool", "adaptive_average_pool"), ((3, 4), (5, 2))):
    _add(f"{_name} to {_size}", _method(_name, _size), (2, 6, 8, 2))
_add("unfold", _method("unfold", 2, 1, 1, 2), (1, 2, 5, 4))
_add("fold", _method("fold", (4, 5), 2), (1, 8, 12))

# Attention and CTC

_QKV = (2, 4, 2, 3), (2, 5, 2, 3), (2, 5, 2, 3)
_MASK = np.random.default_rng(3).random((2, 1, 4, 5)) > 0.4
_add("dot_product_attention", _method("dot_product_attention"), *_QKV)
_add("dot_product_attention, causal", _method("dot_product_attention", is_causal=True), *_QKV)
_add(
    "dot_product_attention, masked and biased",
    lambda ops, q, k, v, b, m: ops.dot_product_attention(q, k, v, b, m, 0.4),
    *_QKV,
    (2, 2, 4, 5),
    _MASK,
)
_add(
    "ctc_loss",
    lambda ops, x: ops.ctc_loss(
        np.array([[1, 2, 2], [3, 1, 0]]), x, np.array([3, 2]), np.array([6, 5])
    ),
    (2, 6, 4),
)

# Images

for _how, _antialias in product(("bilinear", "bicubic", "lanczos3", "lanczos5"), (False, True)):
    _add(
        f"resize, {_how}, antialias {_antialias}",
        _image("resize", (4, 9), _how, _antialias),
        (2, 7, 6, 2),
    )
_add("resize, nearest", _image("resize", (4, 9), "nearest"), (2, 7, 6, 2))
_add("resize, cropped", _image("resize", (4, 4), crop_to_aspect_ratio=True), (7, 6, 2))
_add(
    "resize, padded", _image("resize", (4, 4), pad_to_aspect_ratio=True, fill_value=0.5), (7, 5, 2)
)
_COORDINATES = np.array([[-1.7, -0.6, 0.4, 1.3, 2.6, 3.9], [4.7, 3.6, 1.7, -0.4, 2.2, 0.7]])
for _order, _mode in product((0, 1), ("constant", "nearest", "wrap", "mirror", "reflect")):
    _add(
        f"map_coordinates, order {_order}, {_mode}",
        _image("map_coordinates", _order, _mode, 0.3),
        (4, 5),
        _COORDINATES,
    )
_TURN = np.array([0.9, 0.2, 0.43, -0.1, 1.1, -0.37])


def _affine(how):
    # The last two numbers of a transform are 0.
    return lambda ops, x, t: ops.image.affine_transform(
        x, ops.concatenate([t, np.zeros((2, 2))], axis=1), how, "reflect"
    )


for _how in ("nearest", "bilinear"):
    _turns = np.stack([_TURN, _TURN * 1.05])
    _add(f"affine_transform, {_how}", _affine(_how), (2, 5, 4, 2), _turns)
_add(
    "perspective_transform",
    _image("perspective_transform"),
    (2, 5, 6, 2),
    np.array([[0.0, 0], [5, 0], [0, 4], [5, 4]])[None].repeat(2, 0) + 0.05,
    np.array([[0.6, 0.1], [4.2, 0.7], [0.3, 3.6], [4.4, 3.9]])[None].repeat(2, 0),
)
_add(
    "scale_and_translate",
    lambda ops, x, s, t: ops.image.scale_and_translate(x, (4, 6, 2), s, t, (0, 1), "cubic"),
    (5, 4, 2),
    np.array([0.7, 1.3]),
    np.array([0.3, -0.6]),
)
_RGB = np.random.default_rng(4).uniform(0.05, 0.95, (2, 3, 3, 3))
for _name in ("rgb_to_hsv", "hsv_to_rgb", "rgb_to_grayscale", "sobel_edges"):
    _add(_name, _image(_name), _RGB)
_add("gaussian_blur", _image("gaussian_blur", (3, 5), (0.8, 1.1), "channels_last"), (2, 5, 6, 2))
_add("ssim", _image("ssim", filter_size=3), (2, 5, 6, 2), (2, 5, 6, 2))
_add("extract_patches", _image("extract_patches", (2, 3), 2, 1, "same"), (2, 5, 6, 2))
_add("extract_patches_3d", _image("extract_patches_3d", 2), (1, 4, 4, 5, 2))
