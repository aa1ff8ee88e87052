"""Boxes and masks on images, and galleries of them."""

import matplotlib
import numpy as np
import pytest
from PIL import Image

import minigrad as mg
from minigrad import visualization as show

matplotlib.use("Agg")

BLACK = np.zeros((1, 20, 30, 3), "uint8")


def boxes(*rows, labels=None, **more):
    return {"boxes": [list(rows)], "labels": [labels or [0] * len(rows)], **more}


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_a_box_is_a_frame_of_its_colour(thickness):
    drawn = show.draw_bounding_boxes(
        BLACK, boxes([5, 4, 20, 15]), "xyxy", color=(255, 0, 9), line_thickness=thickness
    )
    rows, columns = np.nonzero(drawn[0, :, :, 0])
    outer, inner = thickness // 2, (thickness - 1) // 2
    assert (rows.min(), rows.max()) == (4 - outer, 15 + outer)
    assert (columns.min(), columns.max()) == (5 - outer, 20 + outer)
    inside = drawn[0, 5 + inner : 15 - inner, 6 + inner : 20 - inner]
    assert not inside.any() and drawn[0, 4, 10].tolist() == [255, 0, 9]
    assert drawn.shape == BLACK.shape and drawn.dtype == "uint8" and not BLACK.any()


def test_formats_and_boxes_that_are_none():
    plain = show.draw_bounding_boxes(BLACK, boxes([3, 2, 12, 10]), "xyxy")
    relative = boxes([0.1, 0.1, 0.3, 0.4], [0, 0, 1, 1], labels=[5, -1])
    np.testing.assert_array_equal(show.draw_bounding_boxes(BLACK, relative, "rel_xywh"), plain)
    first = BLACK.transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(
        show.draw_bounding_boxes(
            first, boxes([3, 2, 12, 10]), "xyxy", data_format="channels_first"
        ),
        plain,
    )


def test_names_are_written_at_boxes():
    one = boxes([2, 2, 4, 4])
    without = show.draw_bounding_boxes(BLACK, one, "xyxy")
    named = show.draw_bounding_boxes(BLACK, one, "xyxy", class_mapping={0: "cat"})
    sure = show.draw_bounding_boxes(
        BLACK, {**one, "confidences": [[0.5]]}, "xyxy", class_mapping={0: "cat"}
    )
    assert (without > 0).sum() < (named > 0).sum() < (sure > 0).sum()


def test_floats_are_stretched_to_bytes():
    white = show.draw_bounding_boxes(np.ones((1, 9, 9, 3)), boxes([1, 1, 2, 2]), "xyxy")
    assert white.max() == 255


def test_masks_are_mixed_with_the_image():
    images = np.full((1, 2, 2, 3), 100.0)
    masks = np.array([[[0, 1], [-1, 1]]])
    colours = {0: (200, 0, 0), 1: (0, 0, 200)}
    drawn = show.draw_segmentation_masks(images, masks, color_mapping=colours, alpha=0.5)
    assert drawn[0].tolist() == [[[150, 50, 50], [50, 50, 150]], [[100] * 3, [50, 50, 150]]]
    plain = show.draw_segmentation_masks(
        images, masks[..., None], color_mapping=colours, blend=False, ignore_index=1
    )
    assert plain[0].tolist() == [[[200, 0, 0], [100] * 3], [[100] * 3, [100] * 3]]
    several = show.draw_segmentation_masks(images, np.array([[[0, 1], [2, 3]]]), alpha=1.0)
    assert len({tuple(colour) for colour in several.reshape(-1, 3)}) == 4
    with pytest.raises(TypeError, match="integer dtype"):
        show.draw_segmentation_masks(images, masks.astype(float))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_image_is_in_the_gallery(count, tmp_path):
    images = np.random.default_rng(0).uniform(0, 1, (count, 8, 8, 3))
    figure = show.plot_image_gallery(
        mg.ops.array(images),
        y_true=np.arange(count),
        y_pred=[0] * count,
        label_map={0: "zero", 1: "one"},
        value_range=(0, 1),
        path=tmp_path / "x.png",
    )
    shown = [axis for axis in figure.axes if axis.images]
    with Image.open(tmp_path / "x.png") as saved:
        assert len(shown) == count and saved.size[0] > 10
    titles = [axis.get_title() for axis in shown]
    assert titles[:2] == ["Label: zero  Pred: zero", "Label: one  Pred: zero"][:count]
    assert count < 3 or titles[2].startswith("Label: Unknown")
    np.testing.assert_allclose(shown[0].images[0].get_array(), images[0], atol=1e-6)


def test_galleries_of_boxes_and_masks():
    images = np.zeros((2, 10, 10, 3))
    two = {"boxes": [[[1, 1, 5, 5]]] * 2, "labels": [[0]] * 2}
    figure = show.plot_bounding_box_gallery(
        images, "xyxy", y_true=two, y_pred=two, legend=True, show=False
    )
    assert len(figure.axes) == 2
    assert [one.get_text() for one in figure.legends[0].get_texts()] == [
        "Ground Truth",
        "Prediction",
    ]
    masks = np.ones((2, 10, 10, 1), int)
    figure = show.plot_segmentation_mask_gallery(
        images, 2, y_true=masks, y_pred=masks[..., 0], show=False
    )
    assert len(figure.axes) == 6
    assert not figure.axes[0].images[0].get_array().any()
    assert figure.axes[1].images[0].get_array().any()


def test_mistakes_are_told():
    for call, error, message in (
        (lambda: show.draw_bounding_boxes(BLACK[0], boxes(), "xyxy"), ValueError, "4D"),
        (lambda: show.draw_bounding_boxes(BLACK, [], "xyxy"), TypeError, "a dict"),
        (lambda: show.draw_bounding_boxes(BLACK, {"boxes": []}, "xyxy"), ValueError, "'labels'"),
        (lambda: show.plot_image_gallery(BLACK, path="x", show=True), ValueError, "either `path`"),
        (lambda: show.plot_image_gallery(BLACK, y_true=[1]), ValueError, "label_map"),
        (
            lambda: show.plot_bounding_box_gallery(BLACK, "xyxy", legend=True, legend_handles=[1]),
            ValueError,
            "Only pass `legend`",
        ),
    ):
        with pytest.raises(error, match=message):
            call()
