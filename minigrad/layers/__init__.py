"""Layers: computations with their variables, under Keras's names."""

from minigrad.layers.activations.relu import ReLU
from minigrad.layers.activations.softmax import Softmax
from minigrad.layers.core.activation import Activation
from minigrad.layers.core.dense import Dense
from minigrad.layers.core.embedding import Embedding
from minigrad.layers.core.identity import Identity
from minigrad.layers.core.input_layer import Input, InputLayer
from minigrad.layers.core.lambda_layer import Lambda
from minigrad.layers.core.masking import Masking
from minigrad.layers.core.wrapper import Wrapper
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.merging.add import Add, add
from minigrad.layers.merging.concatenate import Concatenate, concatenate
from minigrad.layers.normalization.batch_normalization import BatchNormalization
from minigrad.layers.normalization.layer_normalization import LayerNormalization
from minigrad.layers.preprocessing.rescaling import Rescaling
from minigrad.layers.regularization.dropout import Dropout
from minigrad.layers.reshaping.flatten import Flatten
from minigrad.layers.reshaping.reshape import Reshape
