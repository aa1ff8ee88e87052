"""dtype policies: names, equality, maps, files, and the casting of inputs."""

import copy
import pickle
import threading

import numpy as np
import pytest

from minigrad import dtype_policies, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor
from minigrad.dtype_policies import (
    DTypePolicy,
    DTypePolicyMap,
    FloatDTypePolicy,
    QuantizedDTypePolicy,
    QuantizedFloat8DTypePolicy,
    dtype_policy,
    get,
    set_dtype_policy,
)


@pytest.fixture(autouse=True)
def restore():
    yield
    settings.reset_session()
    settings.set_floatx("float32")


NAMES = [
    ("float32", "float32", "float32"),
    ("float16", "float16", "float16"),
    ("bfloat16", "bfloat16", "bfloat16"),
    ("float64", "float64", "float64"),
    ("uint8", "uint8", "uint8"),
    ("int8", "int8", "int8"),
    ("mixed_float16", "float16", "float32"),
    ("mixed_bfloat16", "bfloat16", "float32"),
]
POLICIES = [
    DTypePolicy("mixed_float16"),
    FloatDTypePolicy("bfloat16"),
    QuantizedDTypePolicy("int8", "mixed_bfloat16"),
    QuantizedFloat8DTypePolicy("float8", "mixed_float16", amax_history_length=7),
    DTypePolicyMap("float32", {"a/.*": DTypePolicy("mixed_bfloat16")}),
]


@pytest.mark.parametrize(("name", "compute", "variable"), NAMES)
@pytest.mark.parametrize("cls", [DTypePolicy, FloatDTypePolicy, get])
def test_a_name_says_both_dtypes(name, compute, variable, cls):
    policy = cls(name)
    assert (policy.compute_dtype, policy.variable_dtype) == (compute, variable)
    assert policy.name == name
    assert policy.quantization_mode is None
    assert repr(policy) == f'<DTypePolicy "{name}">'


@pytest.mark.parametrize("bad", ["", "float33", "mixed_float32", "@mixed_bfloat16", "x" * 100])
def test_unknown_names_are_refused(bad):
    with pytest.raises(ValueError, match=r"Cannot convert '.*Received: name="):
        DTypePolicy(bad)


def test_a_name_is_a_string():
    with pytest.raises(TypeError, match="'name' must be a string"):
        DTypePolicy(16)


def test_policies_are_equal_by_name():
    assert DTypePolicy("bfloat16") == FloatDTypePolicy("bfloat16")
    assert len({DTypePolicy("float32"), FloatDTypePolicy("float32")}) == 1
    assert DTypePolicy("bfloat16") != DTypePolicy("mixed_bfloat16")
    assert DTypePolicy("bfloat16") != "bfloat16"
    assert DTypePolicy("bfloat16") != QuantizedDTypePolicy("int8", "bfloat16")
    float8 = [QuantizedFloat8DTypePolicy("float8", "float32", n) for n in (1, 2)]
    assert float8[0] != float8[1]


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
def test_policies_survive_files_copies_and_pickles(policy):
    for again in (
        dtype_policies.deserialize(dtype_policies.serialize(policy)),
        get(dtype_policies.serialize(policy)),
        type(policy).from_config(policy.get_config()),
        copy.copy(policy),
        copy.deepcopy(policy),
        pickle.loads(pickle.dumps(policy)),
    ):
        assert again == policy
        assert type(again) is type(policy)


def test_the_config_is_the_one_that_keras_writes():
    assert dtype_policies.serialize(DTypePolicy("mixed_float16")) == {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": "mixed_float16"},
        "registered_name": None,
    }


def test_get_takes_what_names_a_policy():
    policy = DTypePolicy("mixed_float16")
    assert get(policy) is policy
    assert get(np.float16) == DTypePolicy("float16")
    assert get({"class_name": "DTypePolicy", "config": {"name": "float16"}}).name == "float16"
    assert get("int8_from_mixed_bfloat16") == QuantizedDTypePolicy("int8", "mixed_bfloat16")
    assert get("float8_from_float32") == QuantizedFloat8DTypePolicy("float8", "float32")


@pytest.mark.parametrize("bad", [123, [1], {"class_name": "Dense", "config": {}}])
def test_get_refuses_the_rest(bad):
    with pytest.raises(ValueError, match=r"Cannot interpret `dtype` argument.*Received: dtype="):
        get(bad)


@pytest.mark.parametrize("name", ["int4_from_float32", "gptq/4/128_from_float32", "awq/4/1_from_x"])
def test_quantizations_that_we_lack_are_named(name):
    with pytest.raises(ValueError, match="does not know the quantizations int4, gptq and awq"):
        get(name)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("int7", "float32"), ValueError, "Invalid quantization mode"),
        (("int8", "mixed_float16"), ValueError, "doesn't work well"),
        (("int8", "abc"), ValueError, "Cannot convert"),
        (("int8", 3), TypeError, "must be a string"),
    ],
)
def test_quantized_policies_check_mode_and_source(arguments, error, message):
    with pytest.raises(error, match=message):
        QuantizedDTypePolicy(*arguments)


def test_float8_needs_a_number_of_steps_and_a_source():
    with pytest.raises(TypeError, match="amax_history_length"):
        QuantizedFloat8DTypePolicy("float8", "float32", 1.5)
    with pytest.raises(ValueError, match="valid pair"):
        get("float8_e4m3fn")


def test_the_global_policy_is_floatx_until_it_is_set():
    assert dtype_policy().name == "float32"
    settings.set_floatx("float64")
    assert dtype_policy().name == DTypePolicy().name == "float64"
    set_dtype_policy("mixed_bfloat16")
    assert dtype_policy() == DTypePolicy() == get(None) == DTypePolicy("mixed_bfloat16")
    set_dtype_policy(DTypePolicy("float16"))
    assert QuantizedFloat8DTypePolicy("float8").name == "float8_from_float16"


def test_the_global_policy_belongs_to_its_thread():
    set_dtype_policy("mixed_bfloat16")
    seen = []
    thread = threading.Thread(target=lambda: seen.append(dtype_policy().name))
    thread.start()
    thread.join()
    assert seen == ["float32"]


@pytest.mark.parametrize("bad", [None, 12, np.float32])
def test_only_names_and_policies_become_the_global_policy(bad):
    with pytest.raises(ValueError, match="Invalid `policy` argument"):
        set_dtype_policy(bad)


@pytest.fixture
def policies():
    policies = DTypePolicyMap()
    policies["encoder/dense"] = "bfloat16"
    policies["decoder/.*"] = DTypePolicy("float16")
    policies["decoder/attention/.*"] = "mixed_bfloat16"
    return policies


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("encoder/dense", "bfloat16"),
        ("encoder/dense_1", "float32"),
        ("encoder", "float32"),
        ("decoder/dense", "float16"),
        ("model/decoder/dense", "float32"),
    ],
)
def test_a_map_looks_for_the_path_then_for_a_pattern(policies, path, name):
    assert policies[path].name == name


def test_a_path_with_two_patterns_is_an_error(policies):
    with pytest.raises(ValueError, match="matches multiple dtype policy"):
        policies["decoder/attention/query"]


def test_a_key_is_set_once(policies):
    with pytest.raises(ValueError, match="encoder/dense already exist in the DTypePolicyMap"):
        policies["encoder/dense"] = "float32"
    with pytest.raises(ValueError, match="Cannot interpret the assigned value"):
        policies["new"] = 123


def test_a_map_is_a_mapping(policies):
    assert len(policies) == len(list(policies)) == 3
    assert "encoder/dense" in policies
    assert "encoder/other" not in policies
    assert policies.pop("encoder/dense").name == "bfloat16"
    with pytest.raises(KeyError):
        policies.pop("encoder/dense")
    del policies["decoder/.*"]
    assert list(policies.items()) == [("decoder/attention/.*", DTypePolicy("mixed_bfloat16"))]
    assert "mapping=[('decoder/attention/.*', 'mixed_bfloat16')]" in repr(policies)


def test_a_map_is_a_policy_itself():
    policies = DTypePolicyMap("mixed_float16")
    assert policies.name == "map_mixed_float16"
    assert (policies.compute_dtype, policies.variable_dtype) == ("float16", "float32")
    assert policies.quantization_mode is None


def test_a_map_without_a_default_follows_the_policy_of_whoever_loads_it(policies):
    policies["quantized"] = QuantizedDTypePolicy("int8", "mixed_bfloat16")
    config = policies.get_config()
    kept = copy.deepcopy(config)
    set_dtype_policy("bfloat16")
    again = DTypePolicyMap.from_config(config)
    assert config == kept
    assert {path: policy.name for path, policy in again.items()} == {
        "encoder/dense": "bfloat16",
        "decoder/.*": "bfloat16",
        "decoder/attention/.*": "bfloat16",
        "quantized": "int8_from_bfloat16",
    }
    assert policies["decoder/x"].name == "float16", "writing a config changes nothing"


def test_a_map_checks_its_arguments(policies):
    with pytest.raises(TypeError, match="must be a dict"):
        DTypePolicyMap(policy_map=[1])
    with pytest.raises(ValueError, match="cannot be a `DTypePolicyMap`"):
        DTypePolicyMap(default_policy=policies)


@pytest.mark.parametrize("wrap", [Tensor, np.asarray], ids=["tensor", "array"])
@pytest.mark.parametrize(
    ("given", "autocast", "expected"),
    [
        ("float64", True, "float16"),
        ("bfloat16", True, "float16"),
        ("float32", False, "float32"),
        ("int32", True, "int32"),
        ("bool", True, "bool"),
    ],
)
def test_only_floating_inputs_are_cast(wrap, given, autocast, expected):
    from minigrad.dtypes import to_numpy_dtype

    x = wrap(np.ones(3, to_numpy_dtype(given)))
    result = DTypePolicy("mixed_float16").convert_input(x, autocast, "float16")
    assert isinstance(result, Tensor)
    assert result.dtype == expected
    np.testing.assert_array_equal(np.asarray(result.astype("float32")), 1.0)


def test_symbolic_inputs_are_cast_too_and_the_rest_is_left_alone():
    policy = DTypePolicy("float16")
    result = policy.convert_input(KerasTensor((None, 3)), True, "float16")
    assert isinstance(result, KerasTensor)
    assert (result.shape, result.dtype) == ((None, 3), "float16")
    thing = object()
    assert policy.convert_input(thing, True, "float16") is thing
    assert policy.convert_input(2.5, True, "float16") == 2.5
