"""Every op at its edges: nothing, one element, no axes, NaN, strides, every dtype.

`tests/golden/every_op.py` has a call of every op, `edges.py` derives the edge cases, and edges.npz
says what Keras on JAX gives.
"""

import functools
import json
from pathlib import Path

import numpy as np
import pytest

from minigrad import Tensor, ops, tree
from minigrad.autograd import check_gradients
from minigrad.autograd.primitive import PRIMITIVES
from minigrad.autograd.record import listening
from tests.golden import edges as table
from tests.golden.every_op import NO_ROW

ROWS = table.keys()
REFUSED = "refused"
# What may be said of arguments that make no sense.
ERRORS = (ValueError, TypeError, IndexError, NotImplementedError)

# (key, edge): why ours is another result. "*" stands for all edges, or all keys.
NO_PLACE = "a wrong index is a mistake, not NaN or the nearest place"
WHOLE = ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
WRAPPED = "a number below 0 in a dtype without sign, which wraps around in Keras"
TIMES_ZERO = "JAX multiplies what is not asked for by 0, which makes NaN of infinity"
DIFFERENT = {
    **{(name, "size 1"): NO_PLACE for name in ("get_item", "take", "take_along_axis")},
    **{(name, "size 1"): NO_PLACE for name in ("scatter_update", "in_top_k", "ctc_loss")},
    ("take", "empty at the end"): "no indices give no elements along that axis, as in NumPy",
    ("repeat", "0-d"): "there is no such axis",
    ("ctc_loss", "broadcast"): "there must be targets for each example",
    **{
        (name, dtype): WRAPPED
        for name in ("hard_tanh", "softmax", "log_softmax", "layer_normalization")
        for dtype in WHOLE[1:5]
    },
    **{("power", dtype): "a fraction is no whole number: an error" for dtype in WHOLE[5:]},
    ("binary_crossentropy 2", "NaN and infinity"): "an infinite logit beside a finite one",
    ("categorical_crossentropy 2", "empty at the end"): "there must be a class",
    ("categorical_crossentropy 2", "uint64"): WRAPPED,
    ("sparse_categorical_crossentropy 2", "uint64"): WRAPPED,
    **{
        ("sparse_categorical_crossentropy", dtype): "the dtype that Keras's symbolic op has too"
        for dtype in ("bfloat16", "float16")
    },
    ("sparsemax", "*"): "a bug of Keras: no projection; docs/keras_differences.md",
    **{
        (name, "NaN and infinity"): TIMES_ZERO
        for name in (
            *("trapezoid", "unfold", "fold", "stft", "extract_sequences", "layer_normalization"),
            *("depthwise_conv", "image.extract_patches"),
            *("image.extract_patches_3d", "image.gaussian_blur", "image.sobel_edges"),
        )
    },
    **{
        (name, "NaN and infinity"): "which parts of sums that are lost are NaN is no matter"
        for name in ("rfft", "linspace", "logspace", "geomspace", "lu_factor")
    },
    **{
        (name, "NaN and infinity"): "a share that is infinite: ours is the nearest that there is"
        for name in ("percentile", "nanpercentile")
    },
    **{
        (name, "empty"): "as there is no greatest of nothing"
        for name in ("percentile", "nanpercentile")
    },
    **{("bincount", dtype): "the dtype that Keras's symbolic op has too" for dtype in WHOLE[1:7]},
    ("histogram", "int64"): "in float32, where an edge is rounded to the other side of a number",
    ("argpartition", "*"): "the order among the smaller ones is free",
    ("eigh", "bool"): "the choice of vectors of equal eigenvalues is free",
    **{("svd", dtype): "the choice of vectors of the value 0 is free" for dtype in WHOLE[:4]},
    ("eig", "*"): "the order, sign and phase are free",
    ("cholesky_inverse", "size 1"): "Keras loses the axis of the batch",
    **{("inv", dtype): "a singular matrix has no inverse: an error" for dtype in WHOLE[:5]},
    ("solve", "bool"): "a singular matrix has no inverse: an error",
    ("stft", "empty"): "Keras gives (16, 0)",
    ("extract_sequences", "empty at the end"): "a piece longer than the signal",
    ("extract_sequences", "size 1"): "a piece longer than the signal",
    **{
        (name, dtype): "convolutions compute in floats"
        for name in ("conv", "depthwise_conv", "separable_conv", "conv_transpose")
        for dtype in WHOLE
    },
    **{
        ("image.sobel_edges", dtype): "convolutions compute in floats"
        for dtype in (WHOLE[0], *WHOLE[5:])
    },
    ("image.resize", "int64"): "halves are rounded from float32",
    ("image.resize", "uint64"): "halves are rounded from float32",
    ("image.scale_and_translate", "float16"): "the places are computed in float32",
    ("image.perspective_transform", "*"): "Keras solves for the transform in float32",
}


@functools.cache
def golden():
    with np.load(Path(__file__).parents[1] / "golden" / "edges.npz") as file:
        return json.loads(file["index"].tobytes()), file["values"]


def stored(key, edge):
    """The arrays that Keras gives, in float64 or complex128, with their dtypes; or REFUSED."""
    index, values = golden()
    found = index[key][edge]
    if found == REFUSED:
        return REFUSED
    arrays = []
    for shape, dtype, start in found:
        size = int(np.prod(shape))
        x = values[start : start + size]
        if dtype.startswith("complex"):  # 1j times infinity would be NaN
            x = np.stack([x, values[start + size : start + 2 * size]], -1).view(complex)
        arrays.append((x.reshape(shape), dtype))
    return arrays


def ours(key, edge):
    args, kwargs = table.edges(ROWS[key])[edge]
    tensors = table.mapped((args, kwargs), ops.convert_to_tensor)
    with np.errstate(all="ignore"):
        found = tree.flatten(ROWS[key](ops, *tensors))
    return [np.asarray(one) for one in found]


# Keras on JAX computes a part in float32 whatever is asked for; nn.npz and others check float64.
PRECISION = {"bfloat16": 3e-2, "float16": 4e-3, "float32": 3e-5, "complex64": 3e-5}


def wrong_with(found, expected, exact_dtype):
    """In words, or None."""
    if len(found) != len(expected):
        return f"{len(found)} results, not {len(expected)}"
    for a, (b, dtype) in zip(found, expected, strict=True):
        if a.shape != b.shape:
            return f"shape {a.shape}, not {b.shape}"
        if exact_dtype and a.dtype != dtype:
            return f"dtype {a.dtype}, not {dtype}"
        if kind(a.dtype.name) != kind(dtype):
            return f"dtype {a.dtype}, of another kind than {dtype}"
        close = max(PRECISION.get(a.dtype.name, 1e-6), PRECISION.get(dtype, 1e-6))
        wide = a.astype(np.complex128 if a.dtype.kind == "c" else np.float64)
        scale = np.abs(b[np.isfinite(b)]).max(initial=1.0)
        if not np.allclose(wide, b, rtol=close, atol=close * min(scale, 1e4), equal_nan=True):
            return f"{wide.ravel()[:8]}, not {b.ravel()[:8]}"
    return None


def kind(dtype):
    for name in ("bool", "complex", "float"):
        if name in dtype:
            return name
    return "int"


def is_different(key, edge):
    name = ROWS[key].name
    return any((k, e) in DIFFERENT for k in (key, name, "*") for e in (edge, "*"))


def verdict(key, edge):
    """What is wrong with an edge of a row, or None."""
    if edge in table.SAME_AS_PLAIN:
        expected = [(np.asarray(one), one.dtype.name) for one in ours(key, "plain")]
    else:
        expected = stored(key, edge)
    try:
        found = ours(key, edge)
    except Exception as error:
        if expected == REFUSED and isinstance(error, ERRORS):
            return None
        return f"{type(error).__name__}: {error}"[:200]
    if expected == REFUSED:
        return None  # we may accept more
    return wrong_with(found, expected, edge in table.DTYPES and edge not in table.WIDE)


pytestmark = pytest.mark.filterwarnings("ignore:You are using a softmax over axis")


@pytest.mark.parametrize("key", ROWS)
def test_edges_are_those_of_keras(key):
    wrong = [
        f"{edge}: {found}"
        for edge in table.edges(ROWS[key])
        if not is_different(key, edge) and (found := verdict(key, edge))
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_said_to_differ_does():
    stale = []
    for key, edge in DIFFERENT:
        found = [
            verdict(k, e)
            for k, row in ROWS.items()
            for e in table.edges(row)
            if key in (k, row.name) and edge in (e, "*")
        ]
        stale += [(key, edge)] * (not any(found))
    assert not stale


# Gradients: no golden numbers are needed, differences tell.

# (key, edge): where the function has a kink or a pole just there.
NOT_SMOOTH = {
    **{
        (f"{name}{which}", "size 1"): "the root of 0, whose slope is infinite, as on JAX"
        for name in ("std", "nanstd")
        for which in ("", " 2", " 3")
    },
    **{
        (f"segment_{name}", "size 1"): "segments of nothing are infinite" for name in ("max", "min")
    },
    ("corrcoef", "size 1"): "0 / 0",
    ("stop_gradient", "*"): "has none",
    **{
        (
            f"image.{name}",
            "*",
        ): "kinks are nearer than the steps; tests/ops/cases_image.py has others"
        for name in (
            *("affine_transform", "hsv_to_rgb", "rgb_to_hsv", "perspective_transform"),
            "scale_and_translate",
        )
    },
}


def differentiable(key, edge):
    """(f, its arguments in float64) of a row at an edge; f gives its results in float64."""
    row = ROWS[key]
    args, kwargs = table.edges(row)[edge]
    arrays = [x for x in table.arrays_of((args, kwargs)) if x.dtype == "float64"]

    def f(*tensors):
        left = iter(tensors)
        given = table.mapped(
            (args, kwargs),
            lambda x: next(left) if x.dtype == "float64" else ops.convert_to_tensor(x),
        )
        results = tree.flatten(row(ops, *given))
        return [one for one in results if isinstance(one, Tensor) and one.dtype == "float64"]

    return f, arrays


def gradients_at(key, edge):
    """What is wrong with the gradients of a row at an edge, or None."""
    f, arrays = differentiable(key, edge)
    xs = [Tensor(x, requires_grad=True) for x in arrays]
    try:
        results = f(*xs)
    except ERRORS:
        return None
    watched = [one for one in results if one.requires_grad]
    if not watched:
        return None
    sum(one.sum() for one in watched).backward()
    for x in xs:
        if x.grad is not None and x.grad.shape != x.shape:
            return f"a gradient of the shape {x.grad.shape} for {x.shape}"
    if all(x.size for x in arrays) and arrays:
        try:
            check_gradients(f, *arrays, order=1, directions=1)
        except AssertionError as error:
            return str(error)
    return None


@pytest.mark.parametrize("key", [key for key in ROWS if differentiable(key, "plain")[1]])
def test_gradients_at_edges_equal_differences(key):
    wrong = []
    for edge in ("plain", *table.SHAPES, "not contiguous"):
        if edge in table.edges(ROWS[key]) and not {(key, edge), (key, "*")} & NOT_SMOOTH.keys():
            with np.errstate(all="ignore"):
                found = gradients_at(key, edge)
            wrong += [f"{edge}: {found}"] * bool(found)
    assert not wrong, "\n".join(wrong)


# Holes


def public_names():
    path = Path(__file__).parents[1] / "golden" / "public_api.json"
    api = json.loads(path.read_text())
    return {*api["ops"], *(f"image.{name}" for name in api["ops.image"])}


def test_every_public_op_has_a_row_or_a_reason():
    named = {row.name for row in ROWS.values()}
    assert named | NO_ROW.keys() == public_names()
    assert not named & NO_ROW.keys()


def test_every_op_that_takes_an_axis_has_a_row_that_gives_one():
    given = {row.name for row in ROWS.values() if set(table.AXES) & row.kwargs.keys()}
    lacking = set()
    for name in public_names() - NO_ROW.keys() - AXES_OF_ANOTHER_KIND:
        parent, _, attribute = name.rpartition(".")
        if table.takes_an_axis(getattr(ops.image if parent else ops, attribute)):
            lacking |= {name} - given
    assert not lacking


# `axes` that are pairs of axes to sum over.
AXES_OF_ANOTHER_KIND = {"tensordot"}
# Primitives that no op of the table reaches, forwards or backwards, and where they are tested.
BEYOND_THE_TABLE = {
    "compute_again": "tests/test_recomputing.py",
    "from_places": "second derivatives: tests/ops/cases_convolution.py",
    "layer_norm_alone": "without a gradient: tests/ops/test_normalization.py",
    "normal_cdf": "activations: tests/ops/cases_nn.py",
    "sum_over_processes": "tests/distribution",  # declared when the module is imported
    **dict.fromkeys(("gru_slope", "gru_walk", "lstm_slope", "lstm_walk"), "layers/rnn"),
    **{
        name: "tests/random"
        for name in PRIMITIVES
        if name.startswith("random_") or name == "dropout_mask"
    },
}


def test_every_primitive_is_reached_by_the_table_or_has_a_reason():
    reached = set()
    with listening(lambda primitive, *_: reached.add(primitive.name)):
        for key in ROWS:
            ours(key, "plain")
            gradients_at(key, "plain")
    missing = PRIMITIVES.keys() - reached - BEYOND_THE_TABLE.keys()
    assert not missing
    assert not reached & BEYOND_THE_TABLE.keys()
