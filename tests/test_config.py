"""The names of `minigrad.config` and `minigrad.mixed_precision`."""

import pytest

from minigrad import config, dtype_policies, mixed_precision, settings

# keras.config in Keras 3.15.
NAMES = """
backend disable_flash_attention disable_interactive_logging disable_traceback_filtering
dtype_policy enable_flash_attention enable_interactive_logging enable_traceback_filtering
enable_unsafe_deserialization epsilon floatx image_data_format is_flash_attention_enabled
is_interactive_logging_enabled is_nnx_enabled is_traceback_filtering_enabled max_epochs
max_steps_per_epoch set_backend set_dtype_policy set_epsilon set_floatx set_image_data_format
set_max_epochs set_max_steps_per_epoch
""".split()


@pytest.mark.parametrize("name", NAMES)
def test_config_has_the_names_of_keras(name):
    assert callable(getattr(config, name))
    assert getattr(config, name).__doc__


def test_there_is_one_backend():
    assert config.backend() == "minigrad"
    config.set_backend("minigrad")
    with pytest.raises(ValueError, match="Received: backend='jax'"):
        config.set_backend("jax")
    assert config.is_nnx_enabled() is False


def test_config_sets_what_everything_reads():
    before = settings.floatx()
    try:
        config.set_floatx("float64")
        assert settings.floatx() == config.floatx() == "float64"
    finally:
        config.set_floatx(before)


def test_mixed_precision_has_the_older_names():
    try:
        mixed_precision.set_global_policy("mixed_bfloat16")
        assert mixed_precision.global_policy() == mixed_precision.Policy("mixed_bfloat16")
        assert config.dtype_policy().compute_dtype == "bfloat16"
    finally:
        settings.reset_session()
    assert mixed_precision.DTypePolicy is dtype_policies.DTypePolicy
