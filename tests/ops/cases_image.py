"""Gradient cases of image ops."""

import numpy as np

from minigrad import ops
from tests.gradient_cases import case

IMAGES = np.random.default_rng(21).uniform(0.1, 0.9, size=(2, 5, 4, 3))
ONE = IMAGES[0, :, :, :1]
# Away from pixels and ties, where there are kinks.
COORDINATES = np.array([[-0.7, 0.4, 1.3, 2.6, 3.8, 4.3], [3.6, 1.7, -0.4, 2.2, 0.7, 3.3]])
COLOURS = np.array([[[0.9, 0.5, 0.2], [0.1, 0.6, 0.3], [0.3, 0.2, 0.8], [0.7, 0.1, 0.4]]])
HUES = COLOURS * 0.9 + 0.05
TURN = np.array([0.9, 0.2, 0.43, -0.1, 1.1, -0.37, 0.0, 0.0])
CORNERS = np.array([[0.0, 0], [3, 0], [0, 4], [3, 4]]) + 0.05

CASES = [
    case("rgb_to_grayscale", ops.image.rgb_to_grayscale, IMAGES),
    case("rgb_to_hsv", ops.image.rgb_to_hsv, COLOURS),
    case("hsv_to_rgb", ops.image.hsv_to_rgb, HUES),
    *(
        case(
            f"resize, {how}",
            lambda x, how=how, antialias=antialias: ops.image.resize(x, (3, 7), how, antialias),
            ONE,
        )
        for how, antialias in (
            *(("nearest", False), ("bilinear", True), ("bicubic", False)),
            *(("lanczos3", True), ("lanczos5", False)),
        )
    ),
    case(
        "resize, cropped and padded",
        lambda x: ops.image.resize(
            ops.image.resize(x, (4, 4), crop_to_aspect_ratio=True), (3, 6), pad_to_aspect_ratio=True
        ),
        ONE,
    ),
    case(
        "scale_and_translate",
        lambda x, s, t: ops.image.scale_and_translate(x, (4, 6, 1), s, t, (0, 1), "cubic"),
        *(ONE, np.array([0.7, 1.3]), np.array([0.3, -0.6])),
    ),
    *(
        case(
            f"map_coordinates, {mode}",
            lambda x, c, mode=mode: ops.image.map_coordinates(x, c, 1, mode, 0.3),
            *(IMAGES[0, :, :, 0], COORDINATES),
        )
        for mode in ("constant", "nearest", "wrap", "mirror", "reflect")
    ),
    case(
        "affine_transform",
        lambda x, t: ops.image.affine_transform(x, t, fill_value=0.5),
        *(IMAGES[:, :, :, :1], np.stack([TURN, 1.05 * TURN])),
    ),
    case(
        "affine_transform to the nearest",
        lambda x: ops.image.affine_transform(x, TURN, "nearest", "wrap"),
        ONE,
    ),
    case("elastic_transform", lambda x: ops.image.elastic_transform(x, 2.0, 1.0, seed=3), ONE),
    case("gaussian_blur", lambda x: ops.image.gaussian_blur(x, (3, 2), (0.8, 1.1)), ONE),
    case("sobel_edges", ops.image.sobel_edges, IMAGES[:1]),
    case("ssim", lambda x, y: ops.image.ssim(x, y, filter_size=3), ONE, IMAGES[1, :, :, :1]),
    case("pad_images", lambda x: ops.image.pad_images(x, 1, 0, 2, 1), ONE),
    case("crop_images", lambda x: ops.image.crop_images(x, 1, 0, 2, 1), ONE),
    case(
        "extract_patches",
        lambda x: ops.image.extract_patches(x, (2, 3), 1, padding="same"),
        IMAGES[0],
    ),
    case("extract_patches_3d", lambda x: ops.image.extract_patches_3d(x, 2), IMAGES),
    case(
        "resize, channels first",
        lambda x: ops.image.resize(x, (3, 7), "bilinear", data_format="channels_first"),
        np.moveaxis(IMAGES, -1, 1),
    ),
    *(
        case(
            f"affine_transform, {mode}",
            lambda x, t, mode=mode: ops.image.affine_transform(x, t, fill_mode=mode),
            *(ONE, TURN),
        )
        for mode in ("nearest", "wrap", "mirror", "reflect")
    ),
    case(
        "perspective_transform",
        ops.image.perspective_transform,
        *(ONE, CORNERS, CORNERS + [[0.2, -0.4], [-0.8, -0.9], [0.6, 0.7], [0.2, 0.4]]),
    ),
]
