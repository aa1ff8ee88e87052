"""dtype names and the promotion lattice, against Keras on JAX (tests/golden/promotion.json)."""

import itertools
import json
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from minigrad import dtypes, settings

GOLDEN = json.loads((Path(__file__).parent / "golden" / "promotion.json").read_text())
PYTHON_TYPES = {"int": int, "float": float}


@pytest.fixture
def floatx():
    before = settings.floatx()
    yield settings.set_floatx
    settings.set_floatx(before)


def operands_of(key):
    return [PYTHON_TYPES.get(name, name) for name in key.split()]


def wanted(key):
    result = GOLDEN[key]
    return settings.floatx() if result == "float" else result


def test_every_single_pair_and_triple_is_promoted_as_in_keras_on_jax():
    assert len(GOLDEN) == 17 + 17 * 18 // 2 + 17 * 18 * 19 // 6
    wrong = {
        key: (got, wanted(key))
        for key in GOLDEN
        if (got := dtypes.result_type(*operands_of(key))) != wanted(key)
    }
    assert wrong == {}


def test_promotion_does_not_depend_on_the_order_of_the_operands():
    for key in GOLDEN:
        found = {dtypes.result_type(*p) for p in itertools.permutations(operands_of(key))}
        assert len(found) == 1, key


def test_promote_is_result_type_of_two():
    for key in GOLDEN:
        if len(operands := operands_of(key)) == 2:
            assert dtypes.promote(*operands) == dtypes.result_type(*operands)


@pytest.mark.parametrize("name", ["bfloat16", "float16", "float32", "float64"])
def test_a_python_float_takes_the_default_float_type(name, floatx):
    floatx(name)
    assert dtypes.promote("int32", float) == name
    assert dtypes.promote(float, float) == name
    assert dtypes.result_type() == dtypes.result_type(None) == name


def test_a_python_float_leaves_a_float_type_as_it_is(floatx):
    floatx("float64")
    for name in ("bfloat16", "float16", "float32"):
        assert dtypes.promote(name, float) == name


def test_64_bits_come_out_only_where_they_go_in():
    wide = {"int64", "uint64", "float64", "complex128"}
    for key in GOLDEN:
        operands = operands_of(key)
        if not wide & set(operands):
            assert dtypes.result_type(*operands) not in wide, key
    assert dtypes.promote("float64", "float32") == "float64"
    assert dtypes.promote("int64", "int32") == "int64"


@pytest.mark.parametrize("name", dtypes.FLOAT8_TYPES)
def test_float8_has_no_common_type_with_anything(name):
    for promote in (dtypes.promote, dtypes.result_type):
        with pytest.raises(ValueError, match="no implicit conversions from float8"):
            promote(name, "bfloat16")


def test_strings_and_unknown_names_are_not_promoted():
    with pytest.raises(ValueError, match="not a valid dtype for Keras type promotion"):
        dtypes.promote("string", "float32")
    with pytest.raises(ValueError, match=r"Invalid dtype: nonsense.*Received: dtype='nonsense'"):
        dtypes.promote("nonsense", "float32")


STANDARD = [
    (None, "float32"),
    (bool, "bool"),
    (int, "int32"),
    (float, "float32"),
    (complex, "complex64"),
    (str, "string"),
    ("int", "int32"),
    (np.float64, "float64"),
    (np.bool_, "bool"),
    (np.dtype("uint16"), "uint16"),
    (np.dtype(">f4"), "float32"),
    (ml_dtypes.bfloat16, "bfloat16"),
    (np.dtype(ml_dtypes.bfloat16), "bfloat16"),
    (ml_dtypes.float8_e5m2, "float8_e5m2"),
]


class TorchLike:
    """What str() of a dtype looks like in PyTorch."""

    def __str__(self):
        return "torch.float16"


@pytest.mark.parametrize(("given", "name"), [*STANDARD, (TorchLike(), "float16")])
def test_dtypes_of_other_libraries_have_our_names(given, name):
    assert dtypes.standardize_dtype(given) == name


@pytest.mark.parametrize("name", dtypes.ALLOWED_DTYPES)
def test_every_name_stands_for_itself(name):
    assert dtypes.standardize_dtype(name) == name


@pytest.mark.parametrize("bad", ["float", "float128", "", "torch", 3, [], {}, object(), np.str_])
def test_what_is_no_dtype_is_an_error_that_names_it(bad):
    with pytest.raises(ValueError, match=r"Invalid dtype.*Received: dtype="):
        dtypes.standardize_dtype(bad)


@pytest.mark.parametrize("name", [n for n in dtypes.ALLOWED_DTYPES if n != "string"])
def test_arrays_have_the_dtype_of_the_name(name):
    array = np.zeros(2, dtypes.to_numpy_dtype(name))
    assert dtypes.standardize_dtype(array.dtype) == name


def test_to_numpy_dtype_takes_what_is_no_name_too():
    assert dtypes.to_numpy_dtype(np.float16) == np.dtype("float16")
    with pytest.raises(ValueError, match="Invalid dtype"):
        dtypes.to_numpy_dtype("float33")


def test_kinds_are_disjoint():
    for name in dtypes.ALLOWED_DTYPES:
        kinds = dtypes.is_float(name), dtypes.is_int(name), dtypes.is_complex(name)
        assert sum(kinds) == (name not in ("bool", "string")), name
    assert dtypes.is_float(np.float32)
    assert dtypes.is_int(np.dtype("uint8"))


@pytest.mark.parametrize(
    ("name", "floating", "summed"),
    [
        ("bool", "float32", "int32"),
        ("int8", "float32", "int32"),
        ("uint8", "float32", "uint32"),
        ("uint16", "float32", "uint32"),
        ("int32", "float32", "int32"),
        ("int64", "float32", "int64"),
        ("bfloat16", "bfloat16", "bfloat16"),
        ("float64", "float64", "float64"),
        ("complex64", "complex64", "complex64"),
    ],
)
def test_exp_and_sum_have_these_types(name, floating, summed):
    assert dtypes.as_float(name) == floating
    assert dtypes.sum_type(name) == summed


@pytest.mark.parametrize(
    ("value", "kind"), [(True, "bool"), (2, int), (2.0, float), (2j, "complex64")]
)
def test_python_scalars_are_weak(value, kind):
    assert dtypes.scalar_type(value) == kind
