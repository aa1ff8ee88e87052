"""The one device there is."""

import pytest

import minigrad as mg


@pytest.mark.parametrize("name", ["cpu", "cpu:0", "CPU:0"])
def test_the_processor_is_a_device(name):
    with mg.device(name):
        assert mg.ops.ones(2).shape == (2,)


@pytest.mark.parametrize("name", ["gpu:0", "cpu:1", "cuda", None])
def test_there_is_no_other(name):
    with pytest.raises(ValueError, match="the device 'cpu:0'"), mg.device(name):
        raise AssertionError("the scope was entered")
