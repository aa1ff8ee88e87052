"""Images, texts and sounds in folders as batches."""

import functools
import os
import struct
import wave

import numpy as np
import pytest
from PIL import Image

import minigrad as mg
from minigrad.utils.audio_dataset import read_audio, resample
from minigrad.utils.image_dataset import read_image

COLOURS = {"a": 10, "b": 200}


@pytest.fixture
def images(tmp_path):
    """Six plain images of 4 × 8 pixels in two classes, one of them in a folder below."""
    for name, colour in COLOURS.items():
        (tmp_path / name / "deep").mkdir(parents=True)
        for index, place in enumerate([".", ".", "deep"]):
            image = Image.fromarray(np.full((4, 8, 3), colour + index, "uint8"))
            image.save(tmp_path / name / place / f"{index}.png")
    (tmp_path / "a" / "notes.txt").write_text("no image")
    return tmp_path


from_images = functools.partial(
    mg.utils.image_dataset_from_directory, image_size=(4, 8), verbose=False
)


def test_folders_are_classes(images, capsys):
    dataset = mg.utils.image_dataset_from_directory(images, image_size=(4, 8), shuffle=False)
    assert capsys.readouterr().out == "Found 6 files belonging to 2 classes.\n"
    assert dataset.class_names == ["a", "b"] and len(dataset) == 1
    x, y = dataset[0]
    assert x.shape == (6, 4, 8, 3) and x.dtype == "float32" and y.dtype == "int32"
    np.testing.assert_array_equal(x[:, 2, 3, 1], [10, 11, 12, 200, 201, 202])
    np.testing.assert_array_equal(y, [0, 0, 0, 1, 1, 1])
    assert [os.path.relpath(path, images) for path in dataset.file_paths[1:3]] == [
        os.path.join("a", "1.png"),
        os.path.join("a", "deep", "2.png"),
    ]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("int", [0, 0, 0, 1, 1, 1]),
        ("binary", [[0.0]] * 3 + [[1.0]] * 3),
        ("categorical", [[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 3),
    ],
)
def test_labels_have_three_modes(images, mode, expected):
    assert from_images(images, label_mode=mode, shuffle=False)[0][1].tolist() == expected


@pytest.mark.parametrize("without", [{"labels": None}, {"label_mode": None}])
def test_without_labels_there_are_images_alone(images, without):
    dataset = from_images(images, batch_size=4, **without)
    assert [x.shape for x in dataset] == [(4, 4, 8, 3), (2, 4, 8, 3)]
    assert dataset.class_names is None


def test_labels_and_classes_may_be_given(images):
    dataset = from_images(images, labels=[5, 7, 5, 5, 7, 7], shuffle=False)
    assert dataset[0][1].tolist() == [5, 7, 5, 5, 7, 7] and dataset.class_names == ["5", "7"]
    dataset = from_images(images, class_names=["b", "a"], shuffle=False)
    assert dataset[0][0][0, 0, 0, 0] == 200 and dataset[0][1][0] == 0
    assert from_images(images, class_names=["b"])[0][1].tolist() == [0, 0, 0]


def test_each_pass_has_an_order_of_its_own_that_the_seed_settles(images):
    def passes():
        dataset = from_images(images, batch_size=6, seed=3)
        return [dataset[0][0][:, 0, 0, 0].tolist() for _ in range(4) for _ in dataset]

    orders = passes()
    assert len(set(map(tuple, orders))) > 1 and orders == passes()
    assert all(sorted(order) == [10, 11, 12, 200, 201, 202] for order in orders)


def test_the_two_parts_of_a_split_have_nothing_in_common(images, capsys):
    split = {"validation_split": 0.34, "seed": 1}
    train, validation = mg.utils.image_dataset_from_directory(
        images, image_size=(4, 8), subset="both", **split
    )
    assert capsys.readouterr().out.endswith(
        "Using 4 files for training.\nUsing 2 files for validation.\n"
    )
    for name, part in (("training", train), ("validation", validation)):
        assert from_images(images, subset=name, **split).file_paths == part.file_paths
        for path, label in zip(part.file_paths, part.labels):
            assert os.path.relpath(path, images)[0] == "ab"[label]
    assert len({*train.file_paths, *validation.file_paths}) == 6
    orders = {tuple(x[:, 0, 0, 0]) for _ in range(5) for x, _ in validation}
    assert len(orders) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": 3}, "should be a list/tuple of integer labels"),
        ({"labels": [1, 2]}, r"len\(labels\) is 2 while we found 6 files"),
        ({"labels": [1] * 6, "class_names": ["a"]}, "You can only pass `class_names`"),
        ({"labels": None, "class_names": ["a"]}, "Argument `class_names` goes with"),
        ({"class_names": ["c"]}, r"Expected: \['a', 'b'\]"),
        ({"class_names": ["a"], "label_mode": "binary"}, "exactly 2 class_names"),
        ({"label_mode": "other"}, "label_mode=other"),
        ({"validation_split": 2, "subset": "both"}, "validation_split=2"),
        ({"validation_split": 0.5}, "subset=None"),
        ({"validation_split": 0.5, "subset": "all"}, "subset=all"),
        ({"validation_split": 0.5, "subset": "both"}, "must provide a `seed`"),
        ({"validation_split": 0.1, "subset": "both", "seed": 1}, "No validation images found"),
        ({"color_mode": "cmyk"}, "color_mode=cmyk"),
        ({"image_size": (1, 2, 3)}, r"image_size=\(1, 2, 3\)"),
        ({"interpolation": "area"}, "interpolation=area"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "Only one of"),
        ({"format": "numpy"}, "format=numpy"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(images, arguments, message):
    with pytest.raises(ValueError, match=message):
        from_images(images, **arguments)


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="No images found"):
        from_images(tmp_path, labels=None)


def test_images_are_cut_off_filled_up_or_stretched(tmp_path):
    image = np.zeros((4, 8, 3), "uint8")
    image[:, :2] = 255  # the left quarter is white
    Image.fromarray(image).save(tmp_path / "x.png")
    read = functools.partial(
        read_image, tmp_path / "x.png", (4, 4), "grayscale", "nearest", data_format="channels_last"
    )
    assert read("stretch")[0, :, 0].tolist() == [255, 0, 0, 0]
    assert read("crop")[0, :, 0].tolist() == [0, 0, 0, 0]
    assert read("pad")[:, 0, 0].tolist() == [0, 255, 255, 0]
    assert read_image(
        tmp_path / "x.png", (2, 3), "rgba", "bilinear", "stretch", "channels_first"
    ).shape == (4, 2, 3)


def test_images_are_trained_on(images):
    """Batches made by threads, mapped, taken and validated on, as tutorials do it."""
    dataset = from_images(images, batch_size=2, label_mode="binary", seed=0)
    scaled = dataset.map(lambda x, y: (x / 255, y), num_parallel_calls=2).cache().prefetch(-1)
    assert [x.shape for x, y in scaled.take(1)] == [(2, 4, 8, 3)] and len(scaled) == 3
    assert scaled.class_names == ["a", "b"] and max(x.max() for x, _ in scaled) < 1
    with pytest.raises(AttributeError, match="element_spec"):
        scaled.element_spec  # noqa: B018
    model = mg.Sequential([mg.layers.Flatten(), mg.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    history = model.fit(scaled, epochs=2, validation_data=scaled, verbose=0).history
    assert history["loss"][1] < history["loss"][0] and len(history["val_loss"]) == 2


def test_single_samples_have_no_batch_axis(images):
    x, y = from_images(images, batch_size=None)[0]
    assert x.shape == (4, 8, 3) and y.shape == ()


# Texts


def test_texts_are_strings_for_a_vectorizer(tmp_path):
    for name, text in (("neg/1", "bad film"), ("pos/1", "good film, ähnlich"), ("pos/2", "good")):
        path = tmp_path / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    read = functools.partial(mg.utils.text_dataset_from_directory, tmp_path, verbose=False)
    dataset = read(shuffle=False)
    texts, labels = dataset[0]
    assert texts.tolist() == ["bad film", "good film, ähnlich", "good"]
    assert labels.tolist() == [0, 1, 1] and dataset.class_names == ["neg", "pos"]
    vectorize = mg.layers.TextVectorization()
    vectorize.adapt(dataset.map(lambda texts, labels: texts))
    assert vectorize.get_vocabulary()[2:4] == ["good", "film"]
    assert [x.shape for x, y in dataset.map(lambda x, y: (vectorize(x), y))] == [(3, 3)]
    assert read(shuffle=False, max_length=3, batch_size=None)[1] == ("goo", 1)
    (tmp_path / "pos" / "3.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"3\.txt is not a text in UTF-8"):
        list(read())


# Sounds


def write_wav(path, values, width=2, rate=1000, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        for value in values:
            whole = round(value * (1 << (8 * width - 1)))
            file.writeframesraw(
                struct.pack("B", whole + 128)
                if width == 1
                else whole.to_bytes(width, "little", signed=True)
            )


def test_sounds_are_filled_up_with_zeros(tmp_path):
    write_wav(tmp_path / "a.wav", [0.5, -0.25, -1])
    write_wav(tmp_path / "b.wav", [0.125])
    read = functools.partial(
        mg.utils.audio_dataset_from_directory, tmp_path, labels=None, shuffle=False, verbose=False
    )
    assert read()[0][..., 0].tolist() == [[0.5, -0.25, -1], [0.125, 0, 0]]
    assert read(output_sequence_length=2)[0][..., 0].tolist() == [[0.5, -0.25], [0.125, 0]]
    assert read(output_sequence_length=4)[0].shape == (2, 4, 1)
    assert read(sampling_rate=2000)[0].shape == (2, 6, 1)
    for wrong in ({"ragged": True}, {"sampling_rate": 0.5}, {"sampling_rate": -1}):
        with pytest.raises(ValueError, match="Received"):
            read(**wrong)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_wav_files_of_every_width_are_read(width, tmp_path):
    write_wav(tmp_path / "x.wav", [0.5, -0.25, -1, 0], width, channels=2)
    assert read_audio(str(tmp_path / "x.wav")).tolist() == [[0.5, -0.25], [-1, 0]]


def test_resampling_keeps_a_sine(tmp_path):
    wave_of = lambda n: np.sin(2 * np.pi * 3 * np.arange(n) / n)[:, None].astype("f4")  # noqa: E731
    for count in (32, 50, 100):
        np.testing.assert_allclose(resample(wave_of(64), count), wave_of(count), atol=1e-6)
    assert resample(np.zeros((0, 1), "f4"), 5).shape == (5, 1)


def test_what_is_no_wav_file_is_an_error(tmp_path):
    (tmp_path / "x.wav").write_bytes(b"RIFFnone")
    with pytest.raises(ValueError, match=r"x\.wav is not a WAV file"):
        read_audio(str(tmp_path / "x.wav"))
