"""`minigrad.ops.nn`: the ops that neural networks are made of, as `keras.ops.nn` groups them."""

from minigrad.ops.activation import *
from minigrad.ops.attention import *
from minigrad.ops.complex_parts import polar as polar
from minigrad.ops.convolution import *
from minigrad.ops.crossentropy import *
from minigrad.ops.ctc import *
from minigrad.ops.normalization import *
from minigrad.ops.patches import *
from minigrad.ops.pooling import *
from minigrad.ops.softmax import *
