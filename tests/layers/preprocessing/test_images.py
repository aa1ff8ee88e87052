"""Layers of images: what they do to pixels, and to labels, masks and boxes along with them."""

import numpy as np
import pytest

from minigrad import layers, models, ops
from minigrad.config import set_image_data_format
from minigrad.utils.box_formats import changed_format

RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (4, 6, 8, 3)).astype("float32")
FORMATS = "xyxy yxyx xywh center_xywh center_yxhw rel_xyxy rel_yxyx rel_xywh rel_center_xywh"


def always(name, **kwargs):
    """A layer that always does the same: bounds that are one point."""
    return getattr(layers, name)(**kwargs)


def run(layer, data, training=True):
    return layer(data, training=training)


RANDOM = {
    "RandomFlip": {},
    "RandomRotation": {"factor": 0.3},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomZoom": {"height_factor": 0.3},
    "RandomShear": {"x_factor": 0.5, "y_factor": 0.5},
    "RandomPerspective": {"factor": (1.0, 1.0)},
    "RandomElasticTransform": {"factor": (1.0, 1.0)},
    "RandomBrightness": {"factor": 0.3},
    "RandomContrast": {"factor": 0.5},
    "RandomHue": {"factor": 0.5},
    "RandomSaturation": {"factor": 0.9},
    "RandomSharpness": {"factor": 0.9},
    "RandomPosterization": {"factor": (1, 6)},
    "RandomColorDegeneration": {"factor": 0.9},
    "RandomGrayscale": {},
    "RandomInvert": {"factor": (0.5, 0.5)},
    "RandomGaussianBlur": {"factor": (0.5, 0.5)},
    "RandomErasing": {},
    "Solarization": {"addition_factor": 0.5, "threshold_factor": 0.9},
    "RandomColorJitter": {"brightness_factor": 0.3, "hue_factor": 0.5},
    "MixUp": {"alpha": 1.0},
    "CutMix": {},
    "RandAugment": {},
    "AugMix": {},
}


@pytest.mark.parametrize("name", RANDOM)
def test_random_layers_change_images_while_training_only(name):
    layer = always(name, seed=3, **RANDOM[name])
    rest = run(layer, IMAGES, training=False)
    np.testing.assert_array_equal(rest, IMAGES)
    first, second = run(layer, IMAGES), run(layer, IMAGES)
    assert first.shape == IMAGES.shape and first.dtype == "float32"
    assert np.isfinite(first.numpy()).all()
    changed = [np.abs(np.asarray(a) - b).max() for a in (first, second) for b in (IMAGES,)]
    assert max(changed) > 0
    assert np.abs((first - second).numpy()).max() > 0
    again = always(name, seed=3, **RANDOM[name])
    run(again, IMAGES, training=False)
    assert np.shape(run(again, IMAGES[0])) == IMAGES[0].shape


@pytest.mark.parametrize("name", RANDOM)
def test_channels_first_is_the_same_with_axes_moved(name):
    if name in ("RandAugment", "AugMix", "AutoContrast"):
        pytest.skip("AutoContrast, one of its layers, is not, as in Keras")
    last, first = (
        always(name, seed=3, data_format=f"channels_{end}", **RANDOM[name])
        for end in ("last", "first")
    )
    if name == "RandomErasing":
        last, first = (
            always(name, seed=3, data_format=f"channels_{end}", fill_value=(1, 2, 3))
            for end in ("last", "first")
        )
    expected = np.moveaxis(run(last, IMAGES).numpy(), -1, 1)
    np.testing.assert_allclose(run(first, np.moveaxis(IMAGES, -1, 1)), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("mode", "axes"), [("horizontal", 2), ("vertical", 1), ("horizontal_and_vertical", (1, 2))]
)
def test_flipped_images_are_mirrored_or_left(mode, axes):
    images = np.concatenate([IMAGES] * 4)
    y = run(layers.RandomFlip(mode, seed=1), images).numpy()
    mirrored = np.flip(images, axes)
    flips = [np.array_equal(a, b) for a, b in zip(y, mirrored, strict=True)]
    rests = [np.array_equal(a, b) for a, b in zip(y, images, strict=True)]
    assert all(a != b for a, b in zip(flips, rests, strict=True))
    assert any(flips) and any(rests)


def test_a_quarter_turn():
    square = IMAGES[:, :, :6]
    y = run(layers.RandomRotation((0.25, 0.25)), square)
    np.testing.assert_allclose(y, np.rot90(square, 1, axes=(1, 2)), atol=0.01)


def test_whole_steps_of_translation():
    layer = layers.RandomTranslation((0.5, 0.5), (-0.25, -0.25), fill_mode="constant", fill_value=7)
    y = run(layer, IMAGES).numpy()
    np.testing.assert_allclose(y[:, 3:, :6], IMAGES[:, :3, 2:], atol=1e-3)
    assert (y[:, :3] == 7).all() and (y[:, :, 6:] == 7).all()


def test_crops():
    y = layers.CenterCrop(2, 4)(IMAGES)
    np.testing.assert_array_equal(y, IMAGES[:, 2:4, 2:6])
    y = run(layers.RandomCrop(4, 4, seed=2), IMAGES).numpy()
    found = [
        (i, j)
        for i in range(3)
        for j in range(5)
        if np.array_equal(y, IMAGES[:, i : i + 4, j : j + 4])
    ]
    assert len(found) == 1
    assert run(layers.RandomCrop(8, 8), IMAGES).shape == (4, 8, 8, 3)
    assert layers.CenterCrop(7, 4)(IMAGES).shape == (4, 7, 4, 3)


def test_resizing_keeps_whole_numbers():
    whole = IMAGES.astype("uint8")
    layer = layers.Resizing(3, 4, interpolation="nearest")
    assert layer(whole).dtype == "uint8"
    assert (
        models.Sequential([layers.Input((6, 8, 3), dtype="uint8"), layer]).output.dtype == "uint8"
    )
    np.testing.assert_array_equal(layer(whole), layer(IMAGES).numpy().astype("uint8"))


def test_values():
    np.testing.assert_allclose(
        run(layers.RandomBrightness((0.2, 0.2)), IMAGES), np.minimum(IMAGES + 51, 255), atol=1e-3
    )
    mean = IMAGES.mean((1, 2), keepdims=True)
    low = layers.RandomContrast((0.5, 0.5), seed=1)
    y = run(low, IMAGES).numpy()
    inside = (y > 0) & (y < 255)
    factor = ((y - mean) / (IMAGES - mean))[inside]
    assert factor.min() > 0.49 and factor.max() < 1.51
    np.testing.assert_array_equal(run(layers.RandomInvert((1.0, 1.0)), IMAGES), 255 - IMAGES)
    np.testing.assert_array_equal(
        run(layers.RandomPosterization((4, 4)), IMAGES), IMAGES // 16 * 16
    )
    grey = run(layers.RandomGrayscale(1.0), IMAGES).numpy()
    np.testing.assert_allclose(grey[..., :1], grey[..., 1:2])
    np.testing.assert_array_equal(
        run(layers.Solarization(threshold_factor=(0.0, 0.0)), IMAGES), 255 - IMAGES
    )
    stretched = layers.AutoContrast()(IMAGES).numpy()
    assert np.allclose(stretched.min((1, 2)), 0, atol=1e-3)
    assert np.allclose(stretched.max((1, 2)), 255, atol=1e-3)
    flat = np.full((1, 4, 4, 1), 7.0, "float32")
    np.testing.assert_array_equal(layers.AutoContrast()(flat), flat)
    np.testing.assert_array_equal(layers.Equalization()(flat), flat)


def test_equalized_values_are_about_equally_frequent():
    dark = (RNG.random((1, 64, 64, 1)) ** 4 * 255).astype("float32")
    y = layers.Equalization()(dark).numpy()
    shares = np.histogram(y, 8, (0, 255))[0] / y.size
    assert shares.max() < 0.4 and np.histogram(dark, 8, (0, 255))[0].max() / y.size > 0.5
    by_tiles = layers.ContrastLimitedAdaptiveHistogramEqualization(clip_limit=0)(dark).numpy()
    assert by_tiles.std() > dark.std() * 0.9 and by_tiles.mean() > dark.mean()


def test_an_erased_rectangle():
    layer = layers.RandomErasing(
        (1.0, 1.0), scale=(0.25, 0.25), fill_value=1000, value_range=(0, 1000)
    )
    covered = run(layer, IMAGES).numpy() == 1000
    assert (covered == covered[..., :1]).all()
    assert all(one[..., 0].sum() in range(9, 21) for one in covered)


def test_mixed_images_and_labels_belong_together():
    labels = np.eye(4, dtype="float32")
    flat = np.arange(4, dtype="float32")[:, None, None, None] * np.ones((1, 6, 8, 3), "float32")
    for name in ("MixUp", "CutMix"):
        y = run(getattr(layers, name)(seed=4), {"images": flat, "labels": labels})
        means = y["images"].numpy().mean((1, 2, 3))
        expected = y["labels"].numpy() @ np.arange(4)
        np.testing.assert_allclose(y["labels"].numpy().sum(1), 1, atol=1e-5)
        np.testing.assert_allclose(means, expected, atol=1e-4 if name == "MixUp" else 1.0)


@pytest.mark.parametrize("name", ["RandomFlip", "RandomRotation", "RandomZoom", "RandomCrop"])
def test_masks_are_moved_as_their_images_are(name):
    kwargs = {
        "RandomRotation": {"factor": 0.2, "interpolation": "nearest"},
        "RandomZoom": {"height_factor": 0.3, "interpolation": "nearest"},
        "RandomCrop": {"height": 4, "width": 5},
    }.get(name, {})
    layer = getattr(layers, name)(**kwargs)
    masks = (IMAGES[..., :1] > 99).astype("int32")
    y = run(
        layer, {"images": np.repeat(masks, 3, -1).astype("float32"), "segmentation_masks": masks}
    )
    np.testing.assert_array_equal(y["images"].numpy()[..., :1], y["segmentation_masks"])


def test_rescaling_has_a_factor_per_channel_in_both_layouts():
    x = np.ones((2, 3, 4, 4), "float32")
    last = layers.Rescaling([1.0, 2.0, 3.0], offset=[0.0, 0.0, 1.0])(x.transpose(0, 2, 3, 1))
    set_image_data_format("channels_first")
    try:
        first = layers.Rescaling([1.0, 2.0, 3.0], offset=[0.0, 0.0, 1.0])(x)
    finally:
        set_image_data_format("channels_last")
    np.testing.assert_array_equal(first, ops.transpose(last, (0, 3, 1, 2)))


BOXES = np.array([[[1.0, 2.0, 4.0, 5.0], [0.0, 0.0, 8.0, 6.0]]] * 4, "float32")


def image_of(box):
    """An image that is 1 inside of a box."""
    left, top, right, bottom = box.astype(int)
    image = np.zeros((6, 8, 1), "float32")
    image[top:bottom, left:right] = 1
    return image


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda **m: layers.Resizing(12, 24, **m), [3, 4, 12, 10]),
        (lambda **m: layers.Resizing(12, 24, pad_to_aspect_ratio=True, **m), [6, 4, 12, 10]),
        (lambda **m: layers.Resizing(12, 8, crop_to_aspect_ratio=True, **m), [0, 4, 4, 10]),
        (lambda **m: layers.Resizing(15, 15, crop_to_aspect_ratio=True, **m), [0, 5, 7.5, 12.5]),
        (lambda **m: layers.CenterCrop(4, 4, **m), [0, 1, 2, 4]),
        (lambda **m: layers.CenterCrop(15, 15, **m), [0, 5, 7.5, 12.5]),
        (
            lambda **m: layers.RandomTranslation((0.5, 0.5), (0.25, 0.25), "constant", **m),
            [3, 5, 6, 6],
        ),
        (lambda **m: layers.RandomFlip("horizontal", seed=0, **m), None),
    ],
)
def test_boxes_are_moved_as_their_images_are(make, expected):
    layer = make(bounding_box_format="xyxy")
    images = np.stack([image_of(box) for box in BOXES[:, 0]])
    data = {
        "images": images,
        "bounding_boxes": {"boxes": BOXES, "labels": np.zeros((4, 2), "int32")},
    }
    y = run(layer, data)
    boxes = y["bounding_boxes"]["boxes"].numpy()
    if expected is not None:
        np.testing.assert_allclose(boxes[:, 0], [expected] * 4, atol=1e-4)
    for image, box in zip(y["images"].numpy(), boxes[:, 0], strict=True):
        rows, columns = np.nonzero(image[..., 0] > 0.5)
        assert box[0] - 0.6 <= columns.min() and columns.max() < box[2] + 0.6
        assert box[1] - 0.6 <= rows.min() and rows.max() < box[3] + 0.6
    assert y["bounding_boxes"]["labels"].shape == (4, 2)


def test_turned_boxes_are_around_what_they_were_around():
    layer = layers.RandomRotation((0.25, 0.25), bounding_box_format="rel_xyxy")
    boxes = np.array([[[0.0, 0.0, 0.5, 0.25]]], "float32")
    image = np.zeros((1, 8, 8, 1), "float32")
    y = run(
        layer, {"images": image, "bounding_boxes": {"boxes": boxes, "labels": np.zeros((1, 1))}}
    )
    found = y["bounding_boxes"]["boxes"].numpy()[0, 0]
    np.testing.assert_allclose(found, [0, 0.375, 0.25, 0.875], atol=0.01)


def test_one_image_with_a_box():
    layer = layers.MaxNumBoundingBoxes(3, bounding_box_format="xyxy")
    data = {"images": IMAGES[0], "bounding_boxes": {"boxes": BOXES[0], "labels": np.ones(2)}}
    y = layer(data)
    assert y["images"].shape == (6, 8, 3)
    np.testing.assert_array_equal(y["bounding_boxes"]["boxes"][2], [-1] * 4)
    with pytest.raises(ValueError, match="bounding_box_format"):
        layers.RandomFlip()(data)
    both = layers.MixUp(bounding_box_format="xyxy")(
        {"images": IMAGES, "bounding_boxes": {"boxes": BOXES, "labels": np.ones((4, 2))}}
    )
    assert both["bounding_boxes"]["boxes"].shape == (4, 4, 4)


@pytest.mark.parametrize("source", FORMATS.split())
@pytest.mark.parametrize("target", FORMATS.split())
def test_formats_of_boxes_there_and_back(source, target):
    boxes = changed_format(ops.convert_to_tensor(BOXES), "xyxy", source, 6, 8)
    there = changed_format(boxes, source, target, 6, 8)
    back = changed_format(there, target, "xyxy", 6, 8)
    np.testing.assert_allclose(back, BOXES, atol=1e-5)


def test_pipeline_is_its_layers_one_after_the_other():
    steps = [layers.Rescaling(2.0), layers.CenterCrop(3, 2), layers.RandomFlip()]
    pipeline = layers.Pipeline(steps)
    expected = 2 * layers.CenterCrop(3, 2)(IMAGES)
    np.testing.assert_array_equal(pipeline(IMAGES, training=False), expected)
    twin = layers.Pipeline.from_config(pipeline.get_config())
    np.testing.assert_array_equal(twin(IMAGES, training=False), expected)
    assert [type(one) for one in twin.layers] == [type(one) for one in steps]
    with pytest.raises(ValueError, match="layers"):
        layers.Pipeline.from_config({"layers": None})


def test_augmentation_in_a_model_that_is_trained():
    model = models.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.1),
            layers.RandomZoom(0.1),
            layers.RandomTranslation(0.1, 0.1),
            layers.RandomContrast(0.2, value_range=(0, 1)),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    x = RNG.integers(0, 256, (8, 8, 8, 1)).astype("float32")
    model.fit(x, np.ones((8, 1)), batch_size=4, epochs=2, verbose=0)
    once, twice = model.predict(x, verbose=0), model.predict(x, verbose=0)
    np.testing.assert_allclose(once, twice, atol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.RandomRotation(2),
        lambda: layers.RandomRotation((0.1, 0.2, 0.3)),
        lambda: layers.RandomRotation("a"),
        lambda: layers.RandomRotation(0.1, fill_mode="mirror"),
        lambda: layers.RandomRotation(0.1, interpolation="cubic"),
        lambda: layers.RandomZoom(-1.0),
        lambda: layers.RandomShear(x_factor=-0.5),
        lambda: layers.RandomFlip("diagonal"),
        lambda: layers.RandomBrightness(0.1, value_range=255),
        lambda: layers.RandomGrayscale(1.5),
        lambda: layers.RandomGaussianBlur(kernel_size=2),
        lambda: layers.RandomErasing(fill_value=(1, 2)),
        lambda: layers.RandomPerspective(scale=2.0),
        lambda: layers.RandomElasticTransform(fill_mode="none"),
        lambda: layers.RandomFlip()(np.ones((2, 2))),
        lambda: changed_format(ops.ones((1, 4)), "xyxy", "diagonal", 1, 1),
        lambda: layers.MelSpectrogram(fft_length=4, sequence_length=8),
        lambda: layers.STFTSpectrogram(mode="power"),
        lambda: layers.STFTSpectrogram(frame_length=8, frame_step=9),
        lambda: layers.STFTSpectrogram(frame_length=8, fft_length=4),
    ],
)
def test_what_cannot_work_is_refused(make):
    with pytest.raises(ValueError, match="Received"):
        make()


def test_a_sine_is_one_frequency():
    time = np.arange(256) / 256
    x = np.sin(2 * np.pi * 32 * time).astype("float32")[None, :, None]
    y = layers.STFTSpectrogram(mode="magnitude", frame_length=64, frame_step=32)(x).numpy()
    assert y.shape == (1, 7, 33) and (y.argmax(-1) == 8).all()
    sound = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000).astype("float32")
    mel = layers.MelSpectrogram(
        sampling_rate=8000, fft_length=512, sequence_stride=256, num_mel_bins=40
    )(sound).numpy()
    pitches = np.linspace(*(1127 * np.log(1 + np.array([20, 4000]) / 700)), 42)[1:-1]
    nearest = np.abs(pitches - 1127 * np.log(1 + 440 / 700)).argmin()
    assert abs(int(np.median(mel.argmax(0))) - nearest) <= 1
