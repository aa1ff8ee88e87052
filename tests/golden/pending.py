"""Keras's classes and functions that minigrad does not have yet, and those it never will.

A class that appears in minigrad must leave PENDING (a test says so), and its cases run from then
on. Nothing else hides a case: what is neither here nor in the case tables fails a test.
"""

LAYERS = """
ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D AdditiveAttention AlphaDropout
Attention AugMix AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D
Bidirectional CategoryEncoding CenterCrop ContrastLimitedAdaptiveHistogramEqualization Conv1D
Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D
Cropping1D Cropping2D Cropping3D CutMix DepthwiseConv1D DepthwiseConv2D Discretization Dot ELU
EinsumDense Equalization GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D
GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
GlobalMaxPooling3D GroupNormalization GroupQueryAttention HashedCrossing Hashing IntegerLookup LSTM
LSTMCell LeakyReLU Masking MaxNumBoundingBoxes MaxPooling1D MaxPooling2D MaxPooling3D Maximum
MelSpectrogram Minimum MixUp MultiHeadAttention Multiply Normalization PReLU Permute Pipeline
RMSNormalization RNN RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur
RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation
RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom RepeatVector Resizing
ReversibleEmbedding STFTSpectrogram SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell
Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization
StackedRNNCells StringLookup Subtract TextVectorization TimeDistributed UnitNormalization
UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
add average concatenate dot maximum minimum multiply subtract
"""
LOSSES = ""
METRICS = """
AUC BinaryIoU ConcordanceCorrelation F1Score FBetaScore FalseNegatives FalsePositives IoU MeanIoU
OneHotIoU OneHotMeanIoU PearsonCorrelation Precision PrecisionAtRecall R2Score Recall
RecallAtPrecision SensitivityAtSpecificity SpecificityAtSensitivity TrueNegatives TruePositives
concordance_correlation pearson_correlation
"""
OPTIMIZERS = """
Adadelta Adafactor Adagrad Adamax Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer Muon Nadam
OptimizerMap ScheduleFreeAdamW
"""
INITIALIZERS = ""

PENDING: set[str] = {
    f"{namespace}.{name}"
    for namespace, names in {
        "layers": LAYERS,
        "losses": LOSSES,
        "metrics": METRICS,
        "optimizers": OPTIMIZERS,
        "initializers": INITIALIZERS,
    }.items()
    for name in names.split()
}

# No numbers to compare: why.
_BASE = "a base class: its subclasses have cases"
_CONFIG = "makes objects from configs: tested with saving"
_PEER = "wraps an object of another framework"
WITHOUT_CASES: dict[str, str] = {
    **dict.fromkeys(
        [
            "layers.Layer",
            "layers.Wrapper",
            "losses.Loss",
            "metrics.Metric",
            "optimizers.Optimizer",
            "optimizers.schedules.LearningRateSchedule",
            "initializers.Initializer",
            "regularizers.Regularizer",
            "constraints.Constraint",
        ],
        _BASE,
    ),
    **{
        f"{namespace}.{name}": _CONFIG
        for namespace in (
            "layers losses metrics optimizers optimizers.schedules initializers regularizers "
            "constraints activations"
        ).split()
        for name in ("get", "serialize", "deserialize")
    },
    **dict.fromkeys(
        [
            "layers.FlaxLayer",
            "layers.JaxLayer",
            "layers.TFSMLayer",
            "layers.TorchModuleWrapper",
        ],
        _PEER,
    ),
    "layers.InputLayer": "Input makes it; it computes nothing",
    "layers.InputSpec": "describes inputs, computes nothing",
}
# Of those, the ones that minigrad has no reason to offer.
NEVER = {name for name, reason in WITHOUT_CASES.items() if reason == _PEER}
