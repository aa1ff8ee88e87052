"""minigrad: deep learning that shows its gradients."""

from minigrad import autograd, ops
from minigrad.autograd import *
