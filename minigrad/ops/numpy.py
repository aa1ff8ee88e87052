"""`minigrad.ops.numpy`: the ops that NumPy has too, as `keras.ops.numpy` groups them."""

from minigrad.ops.bitwise import *
from minigrad.ops.comparison import *
from minigrad.ops.complex_parts import angle, conj, conjugate, imag, isreal, real
from minigrad.ops.core import view
from minigrad.ops.counting import *
from minigrad.ops.creation import *
from minigrad.ops.cumulative import *
from minigrad.ops.diagonals import *
from minigrad.ops.einsum import *
from minigrad.ops.elementwise import *
from minigrad.ops.error_function import i0
from minigrad.ops.indexing import *
from minigrad.ops.joining import *
from minigrad.ops.moving import *
from minigrad.ops.nan_reductions import *
from minigrad.ops.products import *
from minigrad.ops.quantiles import *
from minigrad.ops.reduction import *
from minigrad.ops.shaping import *
from minigrad.ops.solving import slogdet
from minigrad.ops.sorting import *
from minigrad.ops.special import *
from minigrad.ops.statistics import *
from minigrad.ops.vectorizing import *
from minigrad.ops.window_functions import *

del logsumexp, rsqrt, shape  # noqa: F821  (not NumPy's)
