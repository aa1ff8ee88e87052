"""Nothing public in Keras lacks golden cases, or is missing here, unless it is listed."""

import inspect
import json

import minigrad
from tests.golden.building import resolve
from tests.golden.cases import GROUPS
from tests.golden.cases.spec import paths_in
from tests.golden.pending import NEVER, PENDING, WITHOUT_CASES
from tests.golden_cases import FOLDER, cases_of, load

# Keras's public names, as "layers.Dense": null or, for a second name, the first one.
PUBLIC: dict[str, str | None] = json.loads((FOLDER / "public_names.json").read_text())
CASES = [case for group in GROUPS for case in cases_of(group)]


def has(path: str) -> bool:
    try:
        resolve(minigrad, path)
    except AttributeError:
        return False
    return True


def test_every_public_name_has_cases_or_a_reason():
    covered = paths_in(CASES) | WITHOUT_CASES.keys() | activations()
    missing = [path for path, first in PUBLIC.items() if first is None and path not in covered]
    assert not missing


def variants(cls: type) -> set[str]:
    """What cases of a layer have to try: the other data format, and each mask that `call` takes."""
    wanted = {name for name in inspect.signature(cls.call).parameters if name.endswith("mask")}
    if "data_format" in inspect.signature(cls).parameters:
        wanted.add("channels_first")
    return wanted


# A Lambda's function gets the mask, a Pipeline hands it to layers that have cases of their own.
# Keras fails where a convolutional recurrent layer gets one: see tests/layers/rnn/test_rnn.py.
WITHOUT_GOLDEN_MASKS = {
    f"layers.{name}" for name in ("Lambda", "Pipeline", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
}


def test_every_layer_has_cases_with_each_mask_and_in_both_data_formats():
    tried: dict[str, set[str]] = {}
    for case in CASES:
        tried.setdefault(case.path, set()).update(case.variants)
    missing = {
        path: sorted(holes)
        for path, first in PUBLIC.items()
        if first is None and path.startswith("layers.") and path not in WITHOUT_CASES
        if isinstance(cls := resolve(minigrad, path), type)
        if (
            holes := variants(cls)
            - tried[path]
            - ({"mask"} if path in WITHOUT_GOLDEN_MASKS else set())
        )
    }
    assert missing == {}


def activations() -> set[str]:
    names = {case.kwargs.get("activation") for case in CASES if case.path == "layers.Activation"}
    return {f"activations.{name}" for name in names}


def test_pending_names_are_public_names_of_keras():
    assert PENDING - PUBLIC.keys() == set()
    assert WITHOUT_CASES.keys() - PUBLIC.keys() == set()


def test_what_minigrad_has_is_not_pending():
    arrived = sorted(path for path in PENDING if has(path))
    assert not arrived, "Delete these from PENDING in tests/golden/pending.py"


def test_minigrad_has_all_that_is_not_pending():
    waiting = PENDING | NEVER
    expected = {path: first or path for path, first in PUBLIC.items()}
    missing = [path for path, first in expected.items() if first not in waiting and not has(path)]
    assert not missing


def test_second_names_are_the_same_object():
    for path, first in PUBLIC.items():
        if first and has(path):
            assert resolve(minigrad, path) is resolve(minigrad, first), path


def test_files_hold_exactly_the_cases_of_the_tables():
    for group in GROUPS:
        assert set(load(group)) == {case.key for case in cases_of(group)}, group


def test_files_stay_small():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.npz")) < 3e6
