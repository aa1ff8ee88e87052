"""What can be done while a model is being trained: `minigrad.callbacks` is `keras.callbacks`."""

from minigrad.callbacks.backup_and_restore import BackupAndRestore
from minigrad.callbacks.callback import Callback
from minigrad.callbacks.callback_list import CallbackList
from minigrad.callbacks.csv_logger import CSVLogger
from minigrad.callbacks.early_stopping import EarlyStopping
from minigrad.callbacks.history import History
from minigrad.callbacks.lambda_callback import LambdaCallback
from minigrad.callbacks.learning_rate_scheduler import LearningRateScheduler
from minigrad.callbacks.live_plot import LivePlot
from minigrad.callbacks.model_checkpoint import ModelCheckpoint
from minigrad.callbacks.monitor_callback import MonitorCallback
from minigrad.callbacks.progbar_logger import ProgbarLogger
from minigrad.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from minigrad.callbacks.remote_monitor import RemoteMonitor
from minigrad.callbacks.swap_ema_weights import SwapEMAWeights
from minigrad.callbacks.tensorboard import TensorBoard
from minigrad.callbacks.terminate_on_nan import TerminateOnNaN
