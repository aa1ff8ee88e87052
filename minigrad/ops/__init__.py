"""Everything that computes: `minigrad.ops` has the functions of `keras.ops`."""

from minigrad.ops.casting import cast, convert_to_tensor
from minigrad.ops.comparison import *
from minigrad.ops.elementwise import *
from minigrad.ops.indexing import *
from minigrad.ops.products import *
from minigrad.ops.reduction import *
from minigrad.ops.shaping import *
