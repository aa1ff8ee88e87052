"""Helpers around training: data, seeds, the progress bar, pictures: `minigrad.utils`."""

import importlib

from minigrad.autograd.symbolic import is_keras_tensor
from minigrad.dtypes import standardize_dtype
from minigrad.saving.registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object
from minigrad.settings import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from minigrad.utils import bounding_boxes
from minigrad.utils.audio_dataset import audio_dataset_from_directory
from minigrad.utils.config import Config
from minigrad.utils.get_file import get_file
from minigrad.utils.image_dataset import image_dataset_from_directory
from minigrad.utils.images import array_to_img, img_to_array, load_img, save_img
from minigrad.utils.model_plotting import model_to_dot, plot_model
from minigrad.utils.numerical import normalize, to_categorical
from minigrad.utils.plotting import plot_history
from minigrad.utils.progbar import Progbar
from minigrad.utils.py_dataset import PyDataset, Sequence
from minigrad.utils.random_seed import set_random_seed
from minigrad.utils.sample_weight import pack_x_y_sample_weight, unpack_x_y_sample_weight
from minigrad.utils.sequences import pad_sequences
from minigrad.utils.session import clear_session
from minigrad.utils.source_inputs import get_source_inputs
from minigrad.utils.split import split_dataset
from minigrad.utils.text_dataset import text_dataset_from_directory
from minigrad.utils.timeseries import timeseries_dataset_from_array

__all__ = [
    "Config",
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "audio_dataset_from_directory",
    "bounding_boxes",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "get_source_inputs",
    "image_dataset_from_directory",
    "img_to_array",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "load_img",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_history",
    "plot_model",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "standardize_dtype",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
    "to_categorical",
    "unpack_x_y_sample_weight",
]


def __getattr__(name):
    # A layer, which Keras has here: found when it is asked for, since layers are made of this.
    if name == "FeatureSpace":
        return importlib.import_module("minigrad.layers.preprocessing.feature_space").FeatureSpace
    raise AttributeError(f"module 'minigrad.utils' has no attribute {name!r}")
