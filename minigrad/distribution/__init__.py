"""Training on several processes, on one machine or many: the same script, started by `mpiexec`."""

from minigrad.distribution.active import distribution, set_distribution
from minigrad.distribution.data_parallel import DataParallel
