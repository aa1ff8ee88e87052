"""Everything that computes: `minigrad.ops` has the functions of `keras.ops`."""

from minigrad.ops import image, linalg, nn, numpy
from minigrad.ops.activation import *
from minigrad.ops.attention import *
from minigrad.ops.bitwise import *
from minigrad.ops.casting import cast, convert_to_tensor
from minigrad.ops.comparison import *
from minigrad.ops.complex_parts import *
from minigrad.ops.complex_views import *
from minigrad.ops.control_flow import *
from minigrad.ops.convolution import *
from minigrad.ops.core import *
from minigrad.ops.counting import *
from minigrad.ops.creation import *
from minigrad.ops.crossentropy import *
from minigrad.ops.ctc import *
from minigrad.ops.cumulative import *
from minigrad.ops.decompositions import *
from minigrad.ops.diagonals import *
from minigrad.ops.einops import *
from minigrad.ops.einsum import *
from minigrad.ops.elementwise import *
from minigrad.ops.error_function import *
from minigrad.ops.fourier import *
from minigrad.ops.indexing import *
from minigrad.ops.joining import *
from minigrad.ops.moving import *
from minigrad.ops.nan_reductions import *
from minigrad.ops.normalization import *
from minigrad.ops.norms import *
from minigrad.ops.patches import *
from minigrad.ops.pooling import *
from minigrad.ops.products import *
from minigrad.ops.quantiles import *
from minigrad.ops.ranking import *
from minigrad.ops.reduction import *
from minigrad.ops.scatter import *
from minigrad.ops.segments import *
from minigrad.ops.shaping import *
from minigrad.ops.slices import *
from minigrad.ops.softmax import *
from minigrad.ops.solving import *
from minigrad.ops.sorting import *
from minigrad.ops.special import *
from minigrad.ops.statistics import *
from minigrad.ops.vectorizing import *
from minigrad.ops.window_functions import *
