"""Files in folders as data sets: a folder a class, or labels in a list."""

import os

import numpy as np

from minigrad.messages import print_msg
from minigrad.utils.batches import Batches


class FileDataset(Batches):
    """Batches of what is in files, with labels if there are any.

    Attributes:
        file_paths: In the order of the numbers of samples.
        class_names: Of the labels 0, 1, …; None without labels.

    Args:
        read: Takes a path, gives an array or a string.
        file_paths: A list.
        labels: An array of as many, or None.
        class_names: What the labels mean.
        stack: Makes a batch of a list of what `read` gave.
        batch_size, shuffle, seed: As those of `Batches`.
    """

    def __init__(
        self,
        read,
        file_paths,
        labels,
        class_names,
        stack=np.stack,
        batch_size=None,
        shuffle=False,
        seed=None,
    ):
        super().__init__(len(file_paths), batch_size, shuffle, seed)
        self.file_paths, self.labels, self.class_names = file_paths, labels, class_names
        self._read, self._stack = read, stack

    def batch(self, numbers):
        """What is in the files of these numbers, and their labels."""
        samples = self._stack([self._read(self.file_paths[number]) for number in numbers])
        return samples if self.labels is None else (samples, self.labels[numbers])


def dataset_from_directory(
    directory,
    read,
    what,
    formats,
    *,
    labels,
    label_mode,
    class_names,
    batch_size,
    shuffle,
    seed,
    validation_split,
    subset,
    follow_links,
    verbose,
    stack=np.stack,
):
    """A FileDataset, or two, of the files in a folder; see `image_dataset_from_directory`."""
    _check_labels(labels, label_mode, class_names)
    _check_subset(validation_split, subset, shuffle, seed)
    if label_mode is None:
        labels = None
    if seed is None:
        seed = np.random.randint(1_000_000)
    paths, labels, class_names = _listed(directory, labels, class_names, formats, follow_links)
    if verbose:
        classes = "" if labels is None else f" belonging to {len(class_names)} classes"
        print_msg(f"Found {len(paths)} files{classes}.")
    if labels is not None:
        labels = _encoded(np.asarray(labels), label_mode, class_names)
    if shuffle:
        order = np.arange(len(paths))
        np.random.RandomState(seed).shuffle(order)
        paths = [paths[index] for index in order]
        labels = labels if labels is None else labels[order]
    count = int((validation_split or 0) * len(paths))

    def part(name):
        chosen = {
            "training": slice(len(paths) - count),
            "validation": slice(len(paths) - count, None),
            None: slice(None),
        }[name]
        if name and verbose:
            print_msg(f"Using {len(paths[chosen])} files for {name}.")
        if not paths[chosen]:
            raise ValueError(
                f"No {f'{name} ' if name else ''}{what} found in directory {directory}. Allowed "
                f"formats: {formats}. Received: directory={directory}"
            )
        return FileDataset(
            read,
            paths[chosen],
            labels if labels is None else labels[chosen],
            class_names,
            stack,
            batch_size,
            shuffle and not (subset == "both" and name == "validation"),
            seed,
        )

    return [part("training"), part("validation")] if subset == "both" else part(subset)


def _check_labels(labels, label_mode, class_names):
    if labels not in ("inferred", None):
        if not isinstance(labels, list | tuple):
            raise ValueError(
                "`labels` argument should be a list/tuple of integer labels, as many as files are "
                'in the directory, in the order of their paths; "inferred", if each class has a '
                f"folder; or None for no labels. Received: labels={labels}"
            )
        if class_names:
            raise ValueError(
                'You can only pass `class_names` if `labels="inferred"`. '
                f"Received: labels={labels}, and class_names={class_names}"
            )
    if label_mode not in ("int", "categorical", "binary", None):
        raise ValueError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. '
            f"Received: label_mode={label_mode}"
        )


def _check_subset(validation_split, subset, shuffle, seed):
    if validation_split and not 0 < validation_split < 1:
        raise ValueError(
            "`validation_split` must be between 0 and 1. "
            f"Received: validation_split={validation_split}"
        )
    if bool(validation_split) != bool(subset):
        raise ValueError(
            "If `subset` is set, `validation_split` must be set, and inversely. "
            f"Received: validation_split={validation_split}, subset={subset}"
        )
    if subset not in ("training", "validation", "both", None):
        raise ValueError(
            f'`subset` must be either "training", "validation" or "both". Received: subset={subset}'
        )
    if validation_split and shuffle and seed is None:
        raise ValueError(
            "If using `validation_split` and shuffling the data, you must provide a `seed` "
            "argument, to make sure that there is no overlap between the training and validation "
            "subset. Received: seed=None"
        )


def _listed(directory, labels, class_names, formats, follow_links):
    """Paths, labels and the names of classes."""
    directory = os.fspath(directory)
    if labels != "inferred":
        if class_names is not None:
            raise ValueError(
                'Argument `class_names` goes with `labels="inferred"`. '
                f"Received: labels={labels}, class_names={class_names}"
            )
        paths = _files(directory, formats, follow_links)
        if labels is None:
            return paths, None, None
        if len(labels) != len(paths):
            raise ValueError(
                "Expected the lengths of `labels` to match the number of files in the target "
                f"directory. len(labels) is {len(labels)} while we found {len(paths)} files in "
                f"directory {directory}."
            )
        return paths, labels, [str(label) for label in sorted(set(labels))]
    folders = sorted(
        entry.name
        for entry in os.scandir(directory)
        if entry.is_dir() and not entry.name.startswith(".")
    )
    if class_names is not None and not set(class_names) <= set(folders):
        raise ValueError(
            "The `class_names` passed did not match the names of the subdirectories of the target "
            f"directory. Expected: {folders} (or a subset of it), but received: "
            f"class_names={class_names}"
        )
    class_names = list(class_names or folders)
    found = [_files(os.path.join(directory, name), formats, follow_links) for name in class_names]
    labels = np.repeat(np.arange(len(found), dtype="int32"), [len(paths) for paths in found])
    return [path for paths in found for path in paths], labels, class_names


def _files(folder, formats, follow_links):
    """The paths of the files with one of these endings, below a folder too, in order."""
    return [
        os.path.join(root, name)
        for root, _, names in sorted(os.walk(folder, followlinks=follow_links))
        for name in sorted(names)
        if name.lower().endswith(formats)
    ]


def _encoded(labels, label_mode, class_names):
    if label_mode == "binary":
        if len(class_names) != 2:
            raise ValueError(
                'When passing `label_mode="binary"`, there must be exactly 2 class_names. '
                f"Received: class_names={class_names}"
            )
        return labels.astype("float32")[:, None]
    if label_mode == "categorical":
        return np.eye(len(class_names), dtype="float32")[labels]
    return labels.astype("int32")
