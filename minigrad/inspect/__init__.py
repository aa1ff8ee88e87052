"""See backprop: pictures, steps, checks and diagnoses of your own models: `minigrad.inspect`."""

from minigrad.inspect.gradient_causes import WrongOp
from minigrad.inspect.gradient_check import check_gradients
from minigrad.inspect.gradient_report import GradientCheck, WeightVerdict
from minigrad.inspect.graph import Graph, graph
from minigrad.inspect.nan_report import NonFiniteError, NonFiniteReport
from minigrad.inspect.nan_watch import nan_watch
from minigrad.inspect.tape import Tape, tape
