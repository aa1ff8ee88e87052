"""See backprop: pictures, steps, checks and diagnoses of your own models: `minigrad.inspect`."""

from minigrad.inspect.activations import Activation, Activations, activations
from minigrad.inspect.attention import AttentionMaps, attention
from minigrad.inspect.boundary import Boundary, decision_boundary
from minigrad.inspect.boundary_movie import BoundaryMovie
from minigrad.inspect.confusion import Confusion, confusion
from minigrad.inspect.dtype_flow import DTypeFlow, dtype_flow
from minigrad.inspect.exercise import check
from minigrad.inspect.explain import Explanation, explain
from minigrad.inspect.filters import Filters, filters
from minigrad.inspect.findings import Finding
from minigrad.inspect.flow import Flow, flow
from minigrad.inspect.gradient_causes import WrongOp
from minigrad.inspect.gradient_check import check_gradients
from minigrad.inspect.gradient_report import GradientCheck, WeightVerdict
from minigrad.inspect.graph import Graph, graph
from minigrad.inspect.health import Health
from minigrad.inspect.health_report import HealthReport, health_report
from minigrad.inspect.layer_health import LayerHealth
from minigrad.inspect.learning_rate_finder import LearningRates, lr_find
from minigrad.inspect.loss_landscape import Landscape, WeightPath, loss_landscape
from minigrad.inspect.nan_report import NonFiniteError, NonFiniteReport
from minigrad.inspect.nan_watch import nan_watch
from minigrad.inspect.player import Player, backprop_player
from minigrad.inspect.precision import PrecisionReport, precision_report
from minigrad.inspect.steps import Share, Step, backward_steps
from minigrad.inspect.tape import Tape, tape
