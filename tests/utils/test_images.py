"""Images between files, Pillow and arrays."""

import io

import numpy as np
import pytest
from PIL import Image

import minigrad as mg
from minigrad.utils import array_to_img, img_to_array, load_img, save_img

RANDOM = np.random.default_rng(0)


def picture(*shape):
    return RANDOM.integers(0, 256, shape).astype("float32")


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_arrays_become_images_and_arrays_again(channels, mode, data_format):
    x = picture(5, 6, channels) if data_format == "channels_last" else picture(channels, 5, 6)
    img = array_to_img(x, data_format, scale=False)
    assert img.mode == mode and img.size == (6, 5)
    again = img_to_array(img, data_format)
    assert again.dtype == "float32"
    np.testing.assert_array_equal(again, x)
    assert img_to_array(img, data_format, "uint8").dtype == "uint8"


def test_values_are_stretched_unless_they_are_all_one():
    x = np.array([-1.0, 0.0, 1.0]).reshape(1, 3, 1)
    assert img_to_array(array_to_img(x)).ravel().tolist() == [0, 127, 255]
    assert img_to_array(array_to_img(x * 0 + 7)).ravel().tolist() == [0, 0, 0]


def test_grey_values_may_pass_255():
    img = array_to_img(np.full((2, 2, 1), 1000.0), scale=False)
    assert img.mode == "I" and img_to_array(img).max() == 1000


@pytest.mark.parametrize("shape", [(3, 3), (3, 3, 2), (1, 3, 3, 3)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match=r"rank 3|channel number"):
        array_to_img(np.zeros(shape))


def test_images_are_saved_and_loaded(tmp_path):
    x = picture(5, 6, 3)
    for path in (tmp_path / "x.png", str(tmp_path / "y.bmp"), bytes(tmp_path / "x.png")):
        if not isinstance(path, bytes):
            save_img(path, x, scale=False)
        np.testing.assert_array_equal(img_to_array(load_img(path)), x)
    file = io.BytesIO()
    save_img(file, x, file_format="png", scale=False)
    np.testing.assert_array_equal(img_to_array(load_img(io.BytesIO(file.getvalue()))), x)
    assert load_img(tmp_path / "x.png", "grayscale").mode == "L"
    assert load_img(tmp_path / "x.png", "rgba").mode == "RGBA"


def test_jpeg_has_no_transparency(tmp_path):
    with pytest.warns(UserWarning, match="converting to RGB"):
        save_img(tmp_path / "x.jpg", picture(4, 4, 4))
    assert load_img(tmp_path / "x.jpg").mode == "RGB"


def test_images_are_loaded_in_another_size(tmp_path):
    save_img(tmp_path / "x.png", picture(8, 4, 3))
    assert load_img(tmp_path / "x.png", target_size=(3, 5)).size == (5, 3)
    kept = load_img(tmp_path / "x.png", target_size=(2, 2), keep_aspect_ratio=True)
    middle = load_img(tmp_path / "x.png").crop((0, 2, 4, 6)).resize((2, 2), Image.Resampling(0))
    np.testing.assert_array_equal(img_to_array(kept), img_to_array(middle))
    for wrong, message in (
        ({"color_mode": "cmyk"}, "color_mode"),
        ({"target_size": (2, 2), "interpolation": "cubic"}, "interpolation=cubic"),
    ):
        with pytest.raises(ValueError, match=message):
            load_img(tmp_path / "x.png", **wrong)
    with pytest.raises(TypeError, match="path-like"):
        load_img(3)


@pytest.mark.parametrize("shape", [(6, 10, 3), (2, 6, 10, 3), (10, 6, 3)])
def test_smart_resize_keeps_the_middle(shape):
    x = picture(*shape)
    resized = mg.preprocessing.image.smart_resize(x, (3, 3))
    middle = x[..., 2:8, :] if shape[-2] == 10 else x[2:8]
    assert isinstance(resized, np.ndarray)
    np.testing.assert_allclose(resized, np.asarray(mg.ops.image.resize(middle, (3, 3))))
    first = np.moveaxis(x, -1, -3)
    turned = mg.preprocessing.image.smart_resize(
        mg.ops.convert_to_tensor(first), (3, 3), data_format="channels_first"
    )
    assert isinstance(turned, mg.Tensor)
    np.testing.assert_allclose(np.moveaxis(np.asarray(turned), -3, -1), resized, atol=1e-4)


def test_smart_resize_wants_images_and_two_lengths():
    with pytest.raises(ValueError, match="2 integers"):
        mg.preprocessing.image.smart_resize(picture(4, 4, 3), (3,))
    with pytest.raises(ValueError, match="batch_size"):
        mg.preprocessing.image.smart_resize(picture(4, 4), (3, 3))
