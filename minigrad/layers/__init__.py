"""Layers: computations with their variables, under Keras's names."""

from minigrad.layers.activations.elu import ELU
from minigrad.layers.activations.leaky_relu import LeakyReLU
from minigrad.layers.activations.prelu import PReLU
from minigrad.layers.activations.relu import ReLU
from minigrad.layers.activations.softmax import Softmax
from minigrad.layers.attention.additive_attention import AdditiveAttention
from minigrad.layers.attention.attention import Attention
from minigrad.layers.attention.grouped_query_attention import (
    GroupedQueryAttention,
    GroupQueryAttention,
)
from minigrad.layers.attention.multi_head_attention import MultiHeadAttention
from minigrad.layers.convolutional.conv1d import Conv1D, Convolution1D
from minigrad.layers.convolutional.conv1d_transpose import Conv1DTranspose, Convolution1DTranspose
from minigrad.layers.convolutional.conv2d import Conv2D, Convolution2D
from minigrad.layers.convolutional.conv2d_transpose import Conv2DTranspose, Convolution2DTranspose
from minigrad.layers.convolutional.conv3d import Conv3D, Convolution3D
from minigrad.layers.convolutional.conv3d_transpose import Conv3DTranspose, Convolution3DTranspose
from minigrad.layers.convolutional.depthwise_conv1d import DepthwiseConv1D
from minigrad.layers.convolutional.depthwise_conv2d import DepthwiseConv2D
from minigrad.layers.convolutional.separable_conv1d import SeparableConv1D, SeparableConvolution1D
from minigrad.layers.convolutional.separable_conv2d import SeparableConv2D, SeparableConvolution2D
from minigrad.layers.core.activation import Activation
from minigrad.layers.core.dense import Dense
from minigrad.layers.core.einsum_dense import EinsumDense
from minigrad.layers.core.embedding import Embedding
from minigrad.layers.core.identity import Identity
from minigrad.layers.core.input_layer import Input, InputLayer
from minigrad.layers.core.lambda_layer import Lambda
from minigrad.layers.core.masking import Masking
from minigrad.layers.core.reversible_embedding import ReversibleEmbedding
from minigrad.layers.core.wrapper import Wrapper
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.merging.add import Add, add
from minigrad.layers.merging.average import Average, average
from minigrad.layers.merging.concatenate import Concatenate, concatenate
from minigrad.layers.merging.dot import Dot, dot
from minigrad.layers.merging.maximum import Maximum, maximum
from minigrad.layers.merging.minimum import Minimum, minimum
from minigrad.layers.merging.multiply import Multiply, multiply
from minigrad.layers.merging.subtract import Subtract, subtract
from minigrad.layers.normalization.batch_normalization import BatchNormalization
from minigrad.layers.normalization.group_normalization import GroupNormalization
from minigrad.layers.normalization.layer_normalization import LayerNormalization
from minigrad.layers.normalization.rms_normalization import RMSNormalization
from minigrad.layers.normalization.spectral_normalization import SpectralNormalization
from minigrad.layers.normalization.unit_normalization import UnitNormalization
from minigrad.layers.pooling.adaptive_average_pooling1d import AdaptiveAveragePooling1D
from minigrad.layers.pooling.adaptive_average_pooling2d import AdaptiveAveragePooling2D
from minigrad.layers.pooling.adaptive_average_pooling3d import AdaptiveAveragePooling3D
from minigrad.layers.pooling.adaptive_max_pooling1d import AdaptiveMaxPooling1D
from minigrad.layers.pooling.adaptive_max_pooling2d import AdaptiveMaxPooling2D
from minigrad.layers.pooling.adaptive_max_pooling3d import AdaptiveMaxPooling3D
from minigrad.layers.pooling.average_pooling1d import AveragePooling1D, AvgPool1D
from minigrad.layers.pooling.average_pooling2d import AveragePooling2D, AvgPool2D
from minigrad.layers.pooling.average_pooling3d import AveragePooling3D, AvgPool3D
from minigrad.layers.pooling.global_average_pooling1d import GlobalAveragePooling1D, GlobalAvgPool1D
from minigrad.layers.pooling.global_average_pooling2d import GlobalAveragePooling2D, GlobalAvgPool2D
from minigrad.layers.pooling.global_average_pooling3d import GlobalAveragePooling3D, GlobalAvgPool3D
from minigrad.layers.pooling.global_max_pooling1d import GlobalMaxPool1D, GlobalMaxPooling1D
from minigrad.layers.pooling.global_max_pooling2d import GlobalMaxPool2D, GlobalMaxPooling2D
from minigrad.layers.pooling.global_max_pooling3d import GlobalMaxPool3D, GlobalMaxPooling3D
from minigrad.layers.pooling.max_pooling1d import MaxPool1D, MaxPooling1D
from minigrad.layers.pooling.max_pooling2d import MaxPool2D, MaxPooling2D
from minigrad.layers.pooling.max_pooling3d import MaxPool3D, MaxPooling3D
from minigrad.layers.preprocessing.aug_mix import AugMix
from minigrad.layers.preprocessing.auto_contrast import AutoContrast
from minigrad.layers.preprocessing.category_encoding import CategoryEncoding
from minigrad.layers.preprocessing.center_crop import CenterCrop
from minigrad.layers.preprocessing.clahe import ContrastLimitedAdaptiveHistogramEqualization
from minigrad.layers.preprocessing.cut_mix import CutMix
from minigrad.layers.preprocessing.discretization import Discretization
from minigrad.layers.preprocessing.equalization import Equalization
from minigrad.layers.preprocessing.hashed_crossing import HashedCrossing
from minigrad.layers.preprocessing.hashing import Hashing
from minigrad.layers.preprocessing.integer_lookup import IntegerLookup
from minigrad.layers.preprocessing.max_num_bounding_boxes import MaxNumBoundingBoxes
from minigrad.layers.preprocessing.mel_spectrogram import MelSpectrogram
from minigrad.layers.preprocessing.mix_up import MixUp
from minigrad.layers.preprocessing.normalization import Normalization
from minigrad.layers.preprocessing.pipeline import Pipeline
from minigrad.layers.preprocessing.rand_augment import RandAugment
from minigrad.layers.preprocessing.random_brightness import RandomBrightness
from minigrad.layers.preprocessing.random_color_degeneration import RandomColorDegeneration
from minigrad.layers.preprocessing.random_color_jitter import RandomColorJitter
from minigrad.layers.preprocessing.random_contrast import RandomContrast
from minigrad.layers.preprocessing.random_crop import RandomCrop
from minigrad.layers.preprocessing.random_elastic_transform import RandomElasticTransform
from minigrad.layers.preprocessing.random_erasing import RandomErasing
from minigrad.layers.preprocessing.random_flip import RandomFlip
from minigrad.layers.preprocessing.random_gaussian_blur import RandomGaussianBlur
from minigrad.layers.preprocessing.random_grayscale import RandomGrayscale
from minigrad.layers.preprocessing.random_hue import RandomHue
from minigrad.layers.preprocessing.random_invert import RandomInvert
from minigrad.layers.preprocessing.random_perspective import RandomPerspective
from minigrad.layers.preprocessing.random_posterization import RandomPosterization
from minigrad.layers.preprocessing.random_rotation import RandomRotation
from minigrad.layers.preprocessing.random_saturation import RandomSaturation
from minigrad.layers.preprocessing.random_sharpness import RandomSharpness
from minigrad.layers.preprocessing.random_shear import RandomShear
from minigrad.layers.preprocessing.random_translation import RandomTranslation
from minigrad.layers.preprocessing.random_zoom import RandomZoom
from minigrad.layers.preprocessing.rescaling import Rescaling
from minigrad.layers.preprocessing.resizing import Resizing
from minigrad.layers.preprocessing.solarization import Solarization
from minigrad.layers.preprocessing.stft_spectrogram import STFTSpectrogram
from minigrad.layers.preprocessing.string_lookup import StringLookup
from minigrad.layers.preprocessing.text_vectorization import TextVectorization
from minigrad.layers.regularization.activity_regularization import ActivityRegularization
from minigrad.layers.regularization.alpha_dropout import AlphaDropout
from minigrad.layers.regularization.dropout import Dropout
from minigrad.layers.regularization.gaussian_dropout import GaussianDropout
from minigrad.layers.regularization.gaussian_noise import GaussianNoise
from minigrad.layers.regularization.spatial_dropout import (
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from minigrad.layers.reshaping.cropping1d import Cropping1D
from minigrad.layers.reshaping.cropping2d import Cropping2D
from minigrad.layers.reshaping.cropping3d import Cropping3D
from minigrad.layers.reshaping.flatten import Flatten
from minigrad.layers.reshaping.permute import Permute
from minigrad.layers.reshaping.repeat_vector import RepeatVector
from minigrad.layers.reshaping.reshape import Reshape
from minigrad.layers.reshaping.up_sampling1d import UpSampling1D
from minigrad.layers.reshaping.up_sampling2d import UpSampling2D
from minigrad.layers.reshaping.up_sampling3d import UpSampling3D
from minigrad.layers.reshaping.zero_padding1d import ZeroPadding1D
from minigrad.layers.reshaping.zero_padding2d import ZeroPadding2D
from minigrad.layers.reshaping.zero_padding3d import ZeroPadding3D
from minigrad.layers.rnn.bidirectional import Bidirectional
from minigrad.layers.rnn.conv_lstm1d import ConvLSTM1D
from minigrad.layers.rnn.conv_lstm2d import ConvLSTM2D
from minigrad.layers.rnn.conv_lstm3d import ConvLSTM3D
from minigrad.layers.rnn.gru import GRU
from minigrad.layers.rnn.gru_cell import GRUCell
from minigrad.layers.rnn.lstm import LSTM
from minigrad.layers.rnn.lstm_cell import LSTMCell
from minigrad.layers.rnn.rnn import RNN
from minigrad.layers.rnn.simple_rnn import SimpleRNN
from minigrad.layers.rnn.simple_rnn_cell import SimpleRNNCell
from minigrad.layers.rnn.stacked_rnn_cells import StackedRNNCells
from minigrad.layers.rnn.time_distributed import TimeDistributed
from minigrad.layers.serialization import deserialize, serialize
