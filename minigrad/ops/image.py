"""`minigrad.ops.image`: ops on images, as `keras.ops.image` groups them."""

from minigrad.ops.image_color import *
from minigrad.ops.image_filtering import *
from minigrad.ops.image_framing import *
from minigrad.ops.image_resizing import *
from minigrad.ops.image_sampling import *
