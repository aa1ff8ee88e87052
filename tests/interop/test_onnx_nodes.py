"""The maps of ONNX's operators onto `minigrad.ops`, as far as they can be checked without ONNX."""

import json

import numpy as np
import pytest

from minigrad import ops
from tests.interop import onnx_nodes
from tests.interop.onnx_operators import OPERATORS

X = np.array([[-7.0, 2.0], [3.0, 5.0]], "float32")
WHOLE = np.array([-7, 7], "int32")
IMAGE = np.arange(9, dtype="float32").reshape(1, 1, 3, 3)

RESULTS = {
    "division of integers cuts off": ("Div", {}, (WHOLE, np.array([2, 2], "int32")), [-3, 3]),
    "an exclusive sum from the end": (
        "CumSum",
        {"exclusive": 1, "reverse": 1},
        (np.array([1.0, 2.0, 4.0]), 0),
        [6, 4, 0],
    ),
    "a slice that goes back": (
        "Slice",
        {},
        (np.arange(4.0), [3], [-100], [0], [-2]),
        [3, 1],
    ),
    "a mean over what is not padding": (
        "AveragePool",
        {"kernel_shape": [2, 2], "pads": [1, 1, 0, 0], "outputs": 1},
        (IMAGE,),
        [[[[0, 0.5, 1.5], [1.5, 2, 3], [4.5, 5, 6]]]],
    ),
    "a window that juts out": (
        "MaxPool",
        {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1, "outputs": 1},
        (IMAGE,),
        [[[[4, 5], [7, 8]]]],
    ),
    "a convolution": (
        "Conv",
        {},
        (IMAGE, np.ones((1, 1, 2, 2), "float32")),
        [[[[8, 12], [20, 24]]]],
    ),
    "a transposed convolution, cropped": (
        "ConvTranspose",
        {"strides": [2, 2], "pads": [1, 1, 0, 0]},
        (IMAGE[..., :2, :2], np.ones((1, 1, 2, 2), "float32")),
        [[[[0, 1, 1], [3, 4, 4], [3, 4, 4]]]],
    ),
    "an enlarged image, corner on corner": (
        "Resize",
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
        (IMAGE[..., :1, :2], None, None, np.array([1, 1, 1, 3])),
        [[[[0, 0.5, 1]]]],
    ),
    "points between pixels": (
        "GridSample",
        {"align_corners": 1},
        (IMAGE, np.array([[[[-1.0, -1.0], [0.0, 0.5], [3.0, 0.0]]]], "float32")),
        [[[[0, 5.5, 0]]]],
    ),
    "the beginnings of sequences, reversed": (
        "ReverseSequence",
        {"time_axis": 1, "batch_axis": 0},
        (X, np.array([2, 1])),
        [[2, -7], [3, 5]],
    ),
    "an inverse transform": (
        "DFT",
        {"inverse": 1, "axis": 0},
        (np.array([[3.0, 0.0], [-1.0, 0.0]], "float32"),),
        [[1, 0], [2, 0]],
    ),
    "one hot, with a label that is out of range": (
        "OneHot",
        {"axis": 0},
        (np.array([1, -1, 5]), np.array(2), np.array([0, 3])),
        [[0, 0, 0], [3, 3, 0]],
    ),
    "blocks of columns first": (
        "SpaceToDepth",
        {"blocksize": 2, "mode": "CRD"},
        (np.arange(8, dtype="float32").reshape(1, 2, 2, 2),),
        np.arange(8).reshape(1, 8, 1, 1),
    ),
    "sums of rows": ("ReduceSum", {"keepdims": 0}, (X, np.array([1])), [-5, 8]),
}


@pytest.mark.parametrize("name", RESULTS)
def test_map_gives_what_onnx_defines(name):
    operator, attributes, inputs, expected = RESULTS[name]
    tensors = [one if one is None else ops.convert_to_tensor(one) for one in inputs]
    np.testing.assert_allclose(np.asarray(OPERATORS[operator](attributes, *tensors)), expected)


def test_operators_that_passed_have_a_map_and_those_with_a_map_were_run():
    counts = json.loads(onnx_nodes.COUNTS.read_text())
    passed = {name for name, row in counts.items() if onnx_nodes.PASSED in row}
    assert passed <= set(OPERATORS) <= set(counts)


def test_table_in_the_document_is_of_the_stored_counts():
    text = onnx_nodes.DOCUMENT.read_text()
    assert onnx_nodes.document(text, json.loads(onnx_nodes.COUNTS.read_text())) == text
