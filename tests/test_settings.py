"""The values of settings: what they start as, what they refuse, and whose they are."""

import subprocess
import sys
import threading

import pytest

from minigrad import settings


@pytest.fixture(autouse=True)
def restore():
    before = settings.floatx(), settings.epsilon(), settings.image_data_format(), settings.debug()
    yield
    settings.set_floatx(before[0])
    settings.set_epsilon(before[1])
    settings.set_image_data_format(before[2])
    settings.set_debug(before[3])
    settings.set_max_epochs(None)
    settings.set_max_steps_per_epoch(None)
    settings.set_seed(None)
    settings.reset_session()


PAIRS = [
    ("floatx", "float64"),
    ("epsilon", 1e-3),
    ("image_data_format", "channels_first"),
    ("seed", 7),
    ("max_epochs", 2),
    ("max_steps_per_epoch", 5),
    ("debug", 3),
    ("policy", "mixed_bfloat16"),
]


@pytest.mark.parametrize(("name", "value"), PAIRS)
def test_a_value_that_was_set_is_the_value(name, value):
    assert getattr(settings, name)() != value
    getattr(settings, f"set_{name}")(value)
    assert getattr(settings, name)() == value


@pytest.mark.parametrize("bad", ["float8", "int32", None, 16])
def test_only_float_types_are_the_default_float_type(bad):
    with pytest.raises(ValueError, match=r"Unknown `floatx` value.*Received: value="):
        settings.set_floatx(bad)
    assert settings.floatx() == "float32"


@pytest.mark.parametrize("function", ["set_image_data_format", "standardize_data_format"])
def test_only_two_data_formats_are_accepted(function):
    with pytest.raises(ValueError, match=r"must be one of.*Received: data_format=NHWC"):
        getattr(settings, function)("NHWC")


def test_the_data_format_is_checked_and_defaults_to_the_setting():
    assert settings.standardize_data_format("CHANNELS_FIRST") == "channels_first"
    settings.set_image_data_format("channels_first")
    assert settings.standardize_data_format(None) == "channels_first"


@pytest.mark.parametrize("name", ["traceback_filtering", "interactive_logging"])
def test_switches_are_on_at_first(name):
    is_enabled = getattr(settings, f"is_{name}_enabled")
    assert is_enabled()
    getattr(settings, f"disable_{name}")()
    assert not is_enabled()
    getattr(settings, f"enable_{name}")()
    assert is_enabled()


def test_flash_attention_is_left_to_the_layers_unless_disabled():
    assert settings.is_flash_attention_enabled() is None
    settings.disable_flash_attention()
    assert settings.is_flash_attention_enabled() is False
    settings.enable_flash_attention()
    assert settings.is_flash_attention_enabled() is None


def in_another_thread(function):
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


def test_policy_and_switches_belong_to_their_thread():
    settings.set_policy("mixed_float16")
    settings.disable_interactive_logging()
    settings.enable_unsafe_deserialization()
    assert in_another_thread(settings.policy) is None
    assert in_another_thread(settings.is_interactive_logging_enabled)
    assert not in_another_thread(settings.is_unsafe_deserialization_enabled)


def test_floatx_belongs_to_the_process():
    settings.set_floatx("float64")
    assert in_another_thread(settings.floatx) == "float64"


def test_a_new_session_forgets_what_the_thread_has_set():
    settings.set_policy("mixed_float16")
    settings.disable_traceback_filtering()
    settings.reset_session()
    assert settings.policy() is None
    assert settings.is_traceback_filtering_enabled()


ASK = (
    "from minigrad import settings as s; print(s.debug(), s.max_epochs(), s.max_steps_per_epoch())"
)


def run(**environment):
    return subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_environment_sets_limits_and_the_debug_level(monkeypatch):
    import os

    done = run(**os.environ, MINIGRAD_DEBUG="2", KERAS_MAX_EPOCHS="3", KERAS_MAX_STEPS_PER_EPOCH="")
    assert done.stdout.split() == ["2", "3", "None"], done.stderr
    done = run(**os.environ, MINIGRAD_DEBUG="much")
    assert "MINIGRAD_DEBUG must be a whole number" in done.stderr
