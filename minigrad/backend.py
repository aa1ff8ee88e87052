"""What `keras.backend` offers: the names of this engine's basic parts."""

from minigrad.autocast import AutocastScope, get_autocast_scope
from minigrad.autograd.output_spec import compute_output_spec
from minigrad.autograd.symbolic import (
    KerasTensor,
    any_symbolic_tensors,
    is_keras_tensor,
    shape_equal,
    standardize_shape,
)
from minigrad.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from minigrad.dtypes import (
    is_float as is_float_dtype,
)
from minigrad.dtypes import (
    is_int as is_int_dtype,
)
from minigrad.dtypes import (
    result_type,
    standardize_dtype,
)
from minigrad.masking import get_keras_mask, set_keras_mask
from minigrad.naming import get_uid, name_scope
from minigrad.ops import cast, convert_to_numpy, convert_to_tensor, is_tensor, shape
from minigrad.stateless_scope import StatelessScope, get_stateless_scope, in_stateless_scope
from minigrad.symbolic_scope import SymbolicScope, in_symbolic_scope
from minigrad.utils.session import clear_session
from minigrad.variable import Variable

__all__ = [
    "AutocastScope",
    "KerasTensor",
    "StatelessScope",
    "SymbolicScope",
    "Variable",
    "any_symbolic_tensors",
    "backend",
    "cast",
    "clear_session",
    "compute_output_spec",
    "convert_to_numpy",
    "convert_to_tensor",
    "epsilon",
    "floatx",
    "get_autocast_scope",
    "get_keras_mask",
    "get_stateless_scope",
    "get_uid",
    "image_data_format",
    "in_stateless_scope",
    "in_symbolic_scope",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "is_tensor",
    "name_scope",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_keras_mask",
    "shape",
    "shape_equal",
    "standardize_dtype",
    "standardize_shape",
]
