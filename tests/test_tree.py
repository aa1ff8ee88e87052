"""Nested structures: what is a node, in which order, and what counts as the same form."""

from collections import OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad import tree

Point = namedtuple("Point", ["x", "y"])
OtherPoint = namedtuple("OtherPoint", ["x", "y"])
Empty = namedtuple("Empty", [])


@tree.register_tree_node_class
class Pair:
    def __init__(self, left, right):
        self.left, self.right = left, right

    def tree_flatten(self):
        return (self.left, self.right), "pair", ("left", "right")

    @classmethod
    def tree_unflatten(cls, data, children):
        assert data == "pair"
        return cls(*children)

    def __eq__(self, other):
        return type(other) is Pair and (self.left, self.right) == (other.left, other.right)


class MyList(list):
    """A subclass that was not registered: a leaf."""


def ordered(**items):
    return OrderedDict(items)


def default(**items):
    return defaultdict(int, items)


# structure, its leaves, its paths
STRUCTURES = [
    (1, [1], [()]),
    (None, [None], [()]),
    ("ab", ["ab"], [()]),
    ((), [], []),
    ([1], [1], [(0,)]),
    ((1, [2, (3,)]), [1, 2, 3], [(0,), (1, 0), (1, 1, 0)]),
    (deque([1, 2], maxlen=3), [1, 2], [(0,), (1,)]),
    ({"b": 2, "a": 1}, [1, 2], [("a",), ("b",)]),
    (ordered(b=2, a=1), [2, 1], [("b",), ("a",)]),
    (default(b=2, a=1), [1, 2], [("a",), ("b",)]),
    ({"a": None, "b": [None]}, [None, None], [("a",), ("b", 0)]),
    (Point(1, {"z": 2}), [1, 2], [(0,), (1, "z")]),
    (Empty(), [], []),
    ({"a": 3, 2: "b"}, ["b", 3], [(2,), ("a",)]),
    (Pair(1, [2, 3]), [1, 2, 3], [("left",), ("right", 0), ("right", 1)]),
    (MyList([1, 2]), [MyList([1, 2])], [()]),
    ({1, 2}, [{1, 2}], [()]),
]
NESTED = [row for row in STRUCTURES if row[2] != [()]]


@pytest.mark.parametrize(("structure", "leaves", "paths"), STRUCTURES)
def test_leaves_and_paths_come_in_order(structure, leaves, paths):
    assert tree.flatten(structure) == leaves
    assert tree.flatten_with_path(structure) == list(zip(paths, leaves, strict=True))
    assert tree.is_nested(structure) == (paths != [()])


@pytest.mark.parametrize(("structure", "leaves", "paths"), STRUCTURES)
def test_packing_the_leaves_gives_the_structure_back(structure, leaves, paths):
    packed = tree.pack_sequence_as(structure, leaves)
    assert packed == structure
    assert type(packed) is type(structure)


def test_packing_keeps_what_a_container_knows_besides_its_children():
    packed = tree.pack_sequence_as(
        [deque([0], maxlen=4), default(b=0, a=0), {"b": 0, "a": 0}], range(5)
    )
    assert packed[0].maxlen == 4
    assert packed[1].default_factory is int
    assert packed[1] == {"a": 1, "b": 2}
    assert list(packed[2].items()) == [("b", 4), ("a", 3)]


def test_arrays_are_leaves():
    array = np.ones((2, 2))
    assert tree.flatten({"a": array})[0] is array


@pytest.mark.parametrize(("flat", "word"), [([1], "few"), ([1, 2, 3], "many")])
def test_packing_needs_as_many_leaves_as_there_are_places(flat, word):
    with pytest.raises(ValueError, match=rf"Too {word} leaves.*holds 2. Received: {len(flat)}"):
        tree.pack_sequence_as([10, 20], flat)


def test_packing_needs_something_iterable():
    with pytest.raises(TypeError, match="iterable"):
        tree.pack_sequence_as([10], 1)


def test_map_applies_leaf_by_leaf():
    left = {"a": [1, 2], "b": Point(3, (4,))}
    right = {"b": Point(30, (40,)), "a": [10, 20]}
    expected = {"a": [11, 22], "b": Point(33, (44,))}
    assert tree.map_structure(lambda x, y: x + y, left, right) == expected


def test_map_takes_dicts_of_different_kinds_by_key():
    result = tree.map_structure(lambda x, y: (x, y), ordered(b=2, a=1), default(a=10, b=20))
    assert result == OrderedDict([("b", (2, 20)), ("a", (1, 10))])
    assert type(result) is OrderedDict


def test_none_is_a_leaf_unless_asked_otherwise():
    assert tree.map_structure(lambda x: x is None, [1, None]) == [False, True]
    assert tree.map_structure(lambda x: x + 1, [1, None], none_is_leaf=False) == [2, None]
    assert tree.map_structure(lambda x: x + 1, None, none_is_leaf=False) is None
    for a, b in (([1], [None]), ([None], [1])):
        with pytest.raises(ValueError, match="same nested structure"):
            tree.map_structure(lambda x, y: x, a, b, none_is_leaf=False)


DIFFERENT = [
    (1, (), "Expected a leaf, got tuple"),
    ((), 1, "Expected a tuple, got int"),
    ((), [], "Expected a tuple, got list"),
    ([], deque(), "Expected a list, got deque"),
    ((), Empty(), "Expected a tuple, got namedtuple Empty"),
    (Point(1, 2), OtherPoint(1, 2), "Expected a namedtuple Point, got namedtuple OtherPoint"),
    ([1, 2], [1], "Node arity mismatch: expected 2, got 1"),
    ({"a": 1}, {"b": 1}, "Dictionary key mismatch"),
    ({"a": 1}, {"a": 1, "b": 1}, "Dictionary key mismatch"),
    ({}, [], "Expected a dict, got list"),
    ([Pair(1, 2)], [(1, 2)], "Expected a Pair, got tuple"),
    ({"a": [1, (2,)]}, {"a": [1, 2]}, "Expected a tuple, got int"),
]


@pytest.mark.parametrize(("a", "b", "message"), DIFFERENT)
def test_different_forms_are_told_apart(a, b, message):
    for check in (tree.assert_same_structure, lambda a, b: tree.map_structure(max, a, b)):
        with pytest.raises(ValueError, match="same nested structure") as caught:
            check(a, b)
        assert message in str(caught.value)
        assert "Received: " in str(caught.value)


def test_different_forms_are_told_apart_in_a_compiled_function():
    def total(x):
        try:
            tree.assert_same_structure({"a": x}, [x])
        except ValueError as error:
            assert "['Tensor of shape (2,)']" in str(error)
        return x.sum()

    assert minigrad.compile(total)(np.ones(2, "float32")) == 2


@pytest.mark.parametrize(("structure", "leaves", "paths"), STRUCTURES)
def test_a_structure_has_its_own_form(structure, leaves, paths):
    tree.assert_same_structure(structure, tree.map_structure(str, structure))
    tree.assert_same_paths(structure, tree.map_structure(str, structure))


def test_nodes_of_a_class_must_agree_in_their_data():
    class Tagged:
        def __init__(self, tag, *items):
            self.tag, self.items = tag, items

    tree.register_tree_node(
        Tagged, lambda t: (t.items, t.tag), lambda tag, items: Tagged(tag, *items)
    )
    tree.assert_same_structure(Tagged("a", 1), Tagged("a", 2))
    assert tree.flatten_with_path(Tagged("a", 5, 6)) == [((0,), 5), ((1,), 6)]
    with pytest.raises(ValueError, match="Mismatch custom node data: expected a, got b"):
        tree.assert_same_structure(Tagged("a", 1), Tagged("b", 1))


def test_the_old_argument_of_assert_same_structure_warns():
    with pytest.warns(DeprecationWarning, match="check_types"):
        tree.assert_same_structure([1], [2], check_types=False)


def test_paths_ignore_the_kinds_of_containers():
    tree.assert_same_paths([0, (1,)], (0, [1]))
    with pytest.raises(ValueError, match=r"missing in `b`: \[\(1,\)\].*missing in `a`: none"):
        tree.assert_same_paths([0, 1], [0])


def test_map_up_to_stops_where_the_shallow_structure_does():
    assert tree.map_structure_up_to([None, None], len, [[1], [2, 3]]) == [1, 2]
    assert tree.map_structure_up_to(None, len, [1, 2, 3]) == 3
    assert tree.map_structure_up_to({"a": 0}, max, {"a": [1]}, {"a": [2]}) == {"a": [2]}
    with pytest.raises(ValueError, match="Expected a tuple, got int"):
        tree.map_structure_up_to([(None,)], len, [1])


@pytest.mark.parametrize("function", [tree.map_structure, tree.traverse, tree.map_shape_structure])
def test_what_is_applied_must_be_callable(function):
    with pytest.raises(TypeError, match=r"must be a callable. Received: func='bad'"):
        function("bad", [1, 2])


def test_mapping_needs_a_structure():
    with pytest.raises(ValueError, match="at least one structure"):
        tree.map_structure(max)
    with pytest.raises(ValueError, match="at least one structure"):
        tree.map_structure_up_to([1], max)


def test_traverse_visits_parents_first_and_leaves_out_what_was_replaced():
    seen = []

    def visit(x):
        seen.append(x)
        return "X" if isinstance(x, tuple) else None

    assert tree.traverse(visit, [(1, [2]), [3]]) == ["X", [3]]
    assert seen == [[(1, [2]), [3]], (1, [2]), [3], 3]


def test_traverse_bottom_up_visits_children_first():
    seen = []

    def visit(x):
        seen.append(x)
        return "X" if isinstance(x, tuple) else None

    assert tree.traverse(visit, [(1, [2]), [3]], top_down=False) == ["X", [3]]
    assert seen == [1, 2, [2], (1, [2]), 3, [3], ["X", [3]]]


@pytest.mark.parametrize("top_down", [True, False])
def test_traverse_can_put_none_into_the_result(top_down):
    drop = lambda x: tree.MAP_TO_NONE if isinstance(x, tuple) else None  # noqa: E731
    assert tree.traverse(drop, [(1,), [2, (3,)]], top_down=top_down) == [None, [2, None]]


def test_lists_become_tuples_at_every_depth():
    assert tree.lists_to_tuples([1, {"a": [2, [3]]}, Pair([4], 5)]) == (
        1,
        {"a": (2, (3,))},
        Pair((4,), 5),
    )


def test_shapes_are_leaves_of_a_shape_structure():
    seen = []
    structure = {"b": [(2, None), (3,)], "a": [1, 2], "c": "x", "d": ()}
    tree.map_shape_structure(seen.append, structure)
    assert seen == [[1, 2], (2, None), (3,), "x", ()]


structures = st.recursive(
    st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(structures)
def test_flatten_and_pack_are_inverse(structure):
    leaves = tree.flatten(structure)
    assert tree.pack_sequence_as(structure, leaves) == structure
    assert [leaf for _, leaf in tree.flatten_with_path(structure)] == leaves
    assert tree.map_structure(lambda x: x, structure) == structure
    assert tree.traverse(lambda x: None, structure) == structure
