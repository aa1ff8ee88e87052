"""Bounding boxes against loops over plain numbers."""

import itertools
import math

import numpy as np
import pytest

from minigrad.utils import bounding_boxes as boxes_of
from minigrad.utils.box_formats import FORMATS

RANDOM = np.random.default_rng(0)


def corners(*shape):
    """Random boxes in xyxy, within 40 × 60."""
    start = RANDOM.uniform(0, 20, (*shape, 2))
    return np.concatenate([start, start + RANDOM.uniform(1, 20, (*shape, 2))], -1).astype("f4")


@pytest.mark.parametrize(("source", "target"), [*itertools.product(FORMATS, FORMATS)])
def test_formats_lead_back(source, target):
    boxes = corners(2, 5)
    there = boxes_of.convert_format(boxes, "xyxy", source, 40, 60)
    over = boxes_of.convert_format(there, source, target, 40, 60)
    np.testing.assert_allclose(
        boxes_of.convert_format(over, target, "xyxy", 40, 60).numpy(), boxes, atol=1e-4
    )


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("xyxy", [10, 20, 40, 30]),
        ("yxyx", [20, 10, 30, 40]),
        ("xywh", [10, 20, 30, 10]),
        ("center_xywh", [25, 25, 30, 10]),
        ("center_yxhw", [25, 25, 10, 30]),
        ("rel_xyxy", [0.1, 0.4, 0.4, 0.6]),
        ("rel_yxyx", [0.4, 0.1, 0.6, 0.4]),
        ("rel_xywh", [0.1, 0.4, 0.3, 0.2]),
        ("rel_center_xywh", [0.25, 0.5, 0.3, 0.2]),
    ],
)
def test_formats_are_what_they_are_called(target, expected):
    given = {"boxes": [[10, 20, 40, 30]], "labels": [1]}
    found = boxes_of.convert_format(given, "XYXY", target, height=50, width=100)
    np.testing.assert_allclose(found["boxes"].numpy(), [expected], rtol=1e-6)
    assert found["labels"] == [1] and given["boxes"] == [[10, 20, 40, 30]]


def iou_by_hand(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])  # noqa: E731
    return width * height / (area(a) + area(b) - width * height)


@pytest.mark.parametrize("batched", [*itertools.product([False, True], repeat=2)])
def test_iou_is_that_of_each_pair(batched):
    one, other = (corners(*([2] * is_batched), n) for is_batched, n in zip(batched, (3, 4)))
    found = boxes_of.compute_iou(one, other, "xyxy").numpy()
    assert found.shape == ((2,) if any(batched) else ()) + (3, 4)
    for index in np.ndindex(found.shape):
        *batch, i, j = index
        a = one[(*batch, i)] if batched[0] else one[i]
        b = other[(*batch, j)] if batched[1] else other[j]
        assert found[index] == pytest.approx(iou_by_hand(a, b), abs=1e-6)


def test_iou_can_leave_boxes_out():
    found = boxes_of.compute_iou([[0, 0, 2, 2], [-1] * 4], [[0, 0, 2, 2]], "xyxy", use_masking=True)
    np.testing.assert_allclose(found.numpy(), [[1], [-1]], atol=1e-6)


def ciou_by_hand(a, b):
    iou = iou_by_hand(a, b)
    centre = lambda box: ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)  # noqa: E731
    distance = math.dist(centre(a), centre(b)) ** 2
    hull = (max(a[2], b[2]) - min(a[0], b[0])) ** 2 + (max(a[3], b[3]) - min(a[1], b[1])) ** 2
    slope = lambda box: math.atan((box[2] - box[0]) / (box[3] - box[1]))  # noqa: E731
    v = 4 / math.pi**2 * (slope(a) - slope(b)) ** 2
    return iou - distance / hull - v * v / (1 - iou + v)


def test_ciou_is_the_formula_of_the_paper():
    one, other = corners(20), corners(20)
    found = boxes_of.compute_ciou(one, other, "xyxy").numpy()
    expected = [ciou_by_hand(a, b) for a, b in zip(one, other)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("function", [boxes_of.compute_iou, boxes_of.compute_ciou])
def test_relative_boxes_need_the_size_of_the_image(function):
    boxes = corners(3)
    relative = boxes_of.convert_format(boxes, "xyxy", "rel_yxyx", 40, 60)
    found = function(relative, relative, "rel_yxyx", image_shape=(40, 60, 3))
    np.testing.assert_allclose(
        found.numpy(), function(boxes, boxes, "xyxy").numpy(), rtol=1e-5, atol=1e-6
    )
    with pytest.raises(ValueError, match="image_shape=None"):
        function(relative, relative, "rel_yxyx")


def test_boxes_are_cut_off_and_their_labels_tell():
    given = {"boxes": [[-5, -5, 4, 4], [20, 3, 30, 5]], "labels": [1, 2]}
    found = boxes_of.clip_to_image_size(given, height=10, width=15)
    assert found["boxes"].numpy().tolist() == [[0, 0, 4, 4], [15, 3, 15, 5]]
    assert found["labels"].numpy().tolist() == [1, -1]
    relative = {"boxes": np.float32([[-0.5, 0.5, 2, 0.75]])}
    found = boxes_of.clip_to_image_size(relative, bounding_box_format="rel_xyxy")
    assert found["boxes"].numpy().tolist() == [[0, 0.5, 1, 0.75]]


def by_hand(box, angle, tx, ty, scale, height, width):
    """A box turned about the middle of the image, scaled and moved, without shear."""
    cx, cy, turn = (width - 1) / 2, (height - 1) / 2, math.radians(angle)
    xs, ys = [], []
    for x, y in itertools.product(box[::2], box[1::2]):
        x, y = x - cx + tx * (width - 1), y - cy + ty * (height - 1)
        xs.append(cx + scale * (math.cos(turn) * x + math.sin(turn) * y))
        ys.append(cy + scale * (math.cos(turn) * y - math.sin(turn) * x))
    return [min(xs), min(ys), max(xs), max(ys)]


def test_boxes_are_turned_scaled_and_moved():
    boxes = corners(3, 2)
    angle, tx, ty, scale = [0, 30, -75], [0, 0.1, -0.2], [0, -0.3, 0.1], [1, 0.5, 2]
    found = boxes_of.affine_transform(boxes, angle, tx, ty, scale, [0] * 3, [0] * 3, 40, 60)
    for i, j in np.ndindex(3, 2):
        expected = by_hand(boxes[i, j], angle[i], tx[i], ty[i], scale[i], 40, 60)
        np.testing.assert_allclose(found[i, j].numpy(), expected, atol=1e-3)


def test_shear_follows_keras():
    found = boxes_of.affine_transform(
        np.float32([[[10, 10, 20, 20]]]), [10.0], [0.1], [0.2], [1.5], [20.0], [15.0], 50, 50
    )
    # Keras 3.15 on JAX.
    expected = [[[6.9210615, 15.92976, 29.43592, 32.753265]]]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("encoding", ["center_yxhw", "center_xywh"])
@pytest.mark.parametrize("variance", [None, [0.1, 0.1, 0.2, 0.2]])
def test_deltas_lead_back_to_the_boxes(encoding, variance):
    anchors, boxes = corners(5), corners(2, 5)
    deltas = boxes_of.encode_box_to_deltas(anchors, boxes, "xyxy", "xyxy", encoding, variance)
    again = boxes_of.decode_deltas_to_boxes(
        {"a": anchors}, {"a": deltas}, "xyxy", "xywh", encoding, variance
    )
    boxes = boxes_of.convert_format(boxes, "xyxy", "xywh").numpy()
    np.testing.assert_allclose(again["a"].numpy(), boxes, rtol=1e-4, atol=1e-4)


def test_mistakes_are_told():
    boxes = corners(1)
    for call, error in (
        (lambda: boxes_of.convert_format(boxes, "xyxy", "xyz"), ValueError),
        (lambda: boxes_of.convert_format(boxes[:, :3], "xyxy", "xywh"), ValueError),
        (lambda: boxes_of.convert_format(boxes, "xyxy", "rel_xyxy"), ValueError),
        (lambda: boxes_of.clip_to_image_size({"boxes": boxes}), ValueError),
        (lambda: boxes_of.crop(boxes, 0, 0, 1, 1, "xywh"), NotImplementedError),
        (lambda: boxes_of.compute_iou(boxes[0], boxes, "xyxy"), ValueError),
        (
            lambda: boxes_of.encode_box_to_deltas(boxes, boxes, "xyxy", "xyxy", "xyxy"),
            ValueError,
        ),
        (
            lambda: boxes_of.decode_deltas_to_boxes(boxes, boxes, "xyxy", "xyxy", variance=[1]),
            ValueError,
        ),
    ):
        with pytest.raises(error, match="Received"):
            call()
