"""Data from folders and arrays, under Keras's older names: see `minigrad.utils`."""

from minigrad.preprocessing import image, sequence
from minigrad.utils.image_dataset import image_dataset_from_directory
from minigrad.utils.text_dataset import text_dataset_from_directory
from minigrad.utils.timeseries import timeseries_dataset_from_array

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]
