"""WAV files in folders as batches of arrays."""

import functools
import wave

import numpy as np

from minigrad.utils.directories import dataset_from_directory

FORMATS = (".wav",)


def audio_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    sampling_rate=None,
    output_sequence_length=None,
    ragged=False,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    verbose=True,
):
    """The `.wav` files below a folder, as batches of arrays.

    Args:
        sampling_rate: In values a second, to which all are brought; None leaves them as they are.
        output_sequence_length: Values in each; longer ones are cut off, shorter ones filled with
            zeros. By default those of the longest in the batch.
        ragged: Only False: there are no ragged tensors.
        directory, labels, label_mode, class_names, batch_size, shuffle, seed: As those of
            `image_dataset_from_directory`.
        validation_split, subset, follow_links, verbose: The same.

    Returns:
        A PyDataset of `(audio, labels)`, or of `audio`: float32 from -1 to 1, of shape
        `(batch, time, channels)`. It has `class_names`, `file_paths`, `take(n)` and `map(f)`.

    Raises:
        ValueError: no files, arguments that do not go together, a file that is not PCM.
    """
    if ragged:
        raise ValueError(
            "There are no ragged tensors: batches are filled up with zeros. Remove the argument. "
            f"Received: ragged={ragged}, output_sequence_length={output_sequence_length}"
        )
    if sampling_rate is not None and (not isinstance(sampling_rate, int) or sampling_rate <= 0):
        raise ValueError(
            "`sampling_rate` should have an integer value that is higher than 0. "
            f"Received: sampling_rate={sampling_rate}"
        )
    return dataset_from_directory(
        directory,
        functools.partial(read_audio, sampling_rate=sampling_rate, length=output_sequence_length),
        "audio files",
        FORMATS,
        labels=labels,
        label_mode=label_mode,
        class_names=class_names,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        validation_split=validation_split,
        subset=subset,
        follow_links=follow_links,
        verbose=verbose,
        stack=_filled_up,
    )


def read_audio(path, sampling_rate=None, length=None):
    """A WAV file as an array of shape (time, channels), float32 from -1 to 1.

    Whole numbers of 8 to 32 bits are read, which is what nearly all files hold.
    """
    try:
        with wave.open(path) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            # What comes after the wanted length is not even read, unless the rate changes.
            wanted = file.getnframes() if length is None or sampling_rate else length
            content = file.readframes(wanted)
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path} is not a WAV file of whole numbers (PCM): {error}") from error
    audio = _decoded(content, width).reshape(-1, channels)
    if sampling_rate is not None and sampling_rate != rate:
        audio = resample(audio, round(len(audio) * sampling_rate / rate))
    if length is not None:
        audio = _filled_up([audio[:length]], length)[0]
    return audio


def _decoded(content, width):
    if width == 1:  # alone of all, from 0 to 255
        return (np.frombuffer(content, np.uint8).astype("float32") - 128) / 128
    # The bytes come first the lowest; they are put into the upper ones of an int32.
    raw = np.zeros((len(content) // width, 4), np.uint8)
    raw[:, 4 - width :] = np.frombuffer(content, np.uint8).reshape(-1, width)
    return (raw.view("<i4")[:, 0] / np.float64(2**31)).astype("float32")


def resample(audio, count):
    """The same sound in `count` values, by cutting off its Fourier series or filling it up."""
    if not len(audio) or not count:
        return np.zeros((count, *audio.shape[1:]), "float32")
    series = np.fft.rfft(audio, axis=0)
    return (np.fft.irfft(series, count, axis=0) * (count / len(audio))).astype("float32")


def _filled_up(sounds, length=None):
    length = max(map(len, sounds)) if length is None else length
    return np.stack([np.pad(one, ((0, length - len(one)), (0, 0))) for one in sounds])
