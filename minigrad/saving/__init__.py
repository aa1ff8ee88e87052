"""Objects to configs and back, and the names that files use."""

from minigrad.saving.configurable import Configurable
from minigrad.saving.file_editor import KerasFileEditor
from minigrad.saving.model_files import load_model, load_weights, save_model, save_weights
from minigrad.saving.pytorch import load_state_dict, save_state_dict, state_dict
from minigrad.saving.registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from minigrad.saving.scopes import ObjectSharingScope, SafeModeScope
from minigrad.saving.serialization import (
    deserialize_keras_object,
    register_serializer,
    serialize_keras_object,
)
