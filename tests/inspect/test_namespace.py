"""The toolkit as a whole: it costs nothing until it is asked for."""

import subprocess
import sys

from minigrad import Tensor, layers, ops


def test_training_does_not_import_the_toolkit():
    code = (
        "import sys, minigrad as mg, numpy as np\n"
        "model = mg.Sequential([mg.layers.Dense(2)])\n"
        "model.compile('sgd', 'mse')\n"
        "model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)\n"
        "print([name for name in sys.modules if name.startswith('minigrad.inspect')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_records_know_the_layers_they_were_made_in():
    class Block(layers.Layer):
        def __init__(self):
            super().__init__(name="block")
            self.dense = layers.Dense(2, name="dense", activation="relu")

        def call(self, x):
            return self.dense(x) * 2.0

    x = Tensor([[1.0, 2.0]])
    y = ops.sum(Block()(x))
    doubled = y._record.inputs[0]._record
    relu = doubled.inputs[0]._record
    assert y._record.where == ()
    assert doubled.where == ("block",)
    assert relu.where == ("block", "dense")
