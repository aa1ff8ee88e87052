"""Nested structures: flatten them, map over them, compare them.

Nodes are exactly list, tuple, deque, dict, OrderedDict, defaultdict, namedtuples and the classes
that `register_tree_node_class` has been told of; all else is a leaf, `None` and NumPy arrays
included. The children of a dict come sorted by key, those of an OrderedDict in its own order.
"""

import warnings
from collections import OrderedDict, defaultdict, deque
from operator import itemgetter
from typing import Any, NamedTuple


class MAP_TO_NONE:
    """What the function given to `traverse` returns to put `None` into the result."""


class _Kind(NamedTuple):
    """How to take a class of nodes apart, and how to make another one like it."""

    children: Any  # node -> sequence of children
    keys: Any  # node -> their keys or indices, in the same order
    build: Any  # (node, new children) -> new node
    data: Any = lambda node: None  # node -> what must be equal besides the children
    is_dict: bool = False


def _indices(node):
    return range(len(node))


def _sorted_keys(node):
    try:
        return sorted(node)
    except TypeError:  # keys of several types
        return sorted(node, key=lambda key: (type(key).__name__, str(key)))


def _fill(node, keys, children):
    """A dict with new values and the order of `node`, whatever order the children came in."""
    values = dict(zip(keys, children, strict=True))
    return {key: values[key] for key in node}


def _dict_kind(keys, build):
    return _Kind(lambda node: [node[key] for key in keys(node)], keys, build, is_dict=True)


_NAMEDTUPLE = _Kind(list, _indices, lambda node, children: type(node)(*children))

_KINDS = {
    list: _Kind(lambda node: node, _indices, lambda node, children: list(children)),
    tuple: _Kind(lambda node: node, _indices, lambda node, children: tuple(children)),
    deque: _Kind(list, _indices, lambda node, children: deque(children, node.maxlen)),
    dict: _dict_kind(_sorted_keys, lambda node, new: _fill(node, _sorted_keys(node), new)),
    OrderedDict: _dict_kind(list, lambda node, new: OrderedDict(zip(node, new, strict=True))),
    defaultdict: _dict_kind(
        _sorted_keys,
        lambda node, new: defaultdict(node.default_factory, _fill(node, _sorted_keys(node), new)),
    ),
}


def _kind_of(node):
    kind = _KINDS.get(type(node))
    if kind is None and isinstance(node, tuple) and hasattr(node, "_fields"):
        return _NAMEDTUPLE
    return kind


def register_tree_node(cls, flatten, unflatten):
    """Make the instances of a class nodes.

    `flatten(node)` returns `(children, data)` or `(children, data, keys)`, where keys stand for the
    children in paths; `unflatten(data, children)` makes a node.
    """

    def keys(node):
        parts = flatten(node)
        return parts[2] if len(parts) > 2 else range(len(list(parts[0])))

    _KINDS[cls] = _Kind(
        children=lambda node: list(flatten(node)[0]),
        keys=keys,
        build=lambda node, children: unflatten(flatten(node)[1], children),
        data=lambda node: flatten(node)[1],
    )


def register_tree_node_class(cls):
    """Make a class that has `tree_flatten` and the classmethod `tree_unflatten` a node.

    >>> @register_tree_node_class
    ... class Pair:
    ...     def __init__(self, left, right):
    ...         self.left, self.right = left, right
    ...
    ...     def tree_flatten(self):
    ...         return (self.left, self.right), None
    ...
    ...     @classmethod
    ...     def tree_unflatten(cls, data, children):
    ...         return cls(*children)
    >>> flatten([Pair(1, [2, 3])])
    [1, 2, 3]
    """
    register_tree_node(cls, cls.tree_flatten, cls.tree_unflatten)
    return cls


def is_nested(structure):
    """Whether `structure` is a node, though perhaps an empty one.

    >>> is_nested(()), is_nested("ab")
    (True, False)
    """
    return _kind_of(structure) is not None


def _collect(structure, leaves):
    kind = _kind_of(structure)
    if kind is None:
        leaves.append(structure)
        return
    for child in kind.children(structure):
        _collect(child, leaves)


def flatten(structure):
    """The list of the leaves.

    >>> flatten({"b": [2, 3], "a": 1})
    [1, 2, 3]
    """
    leaves = []
    _collect(structure, leaves)
    return leaves


def flatten_with_path(structure):
    """The list of `(path, leaf)`, where a path is the tuple of keys and indices that lead there.

    >>> flatten_with_path([{"a": 42}])
    [((0, 'a'), 42)]
    """
    pairs = []

    def walk(node, path):
        kind = _kind_of(node)
        if kind is None:
            pairs.append((path, node))
            return
        for key, child in zip(kind.keys(node), kind.children(node), strict=True):
            walk(child, (*path, key))

    walk(structure, ())
    return pairs


def pack_sequence_as(structure, flat_sequence):
    """A structure like `structure` with the leaves of `flat_sequence`.

    Raises TypeError if `flat_sequence` is not iterable, ValueError if it is too short or too long.

    >>> pack_sequence_as({"b": [0, 0], "a": 0}, "xyz")
    {'b': ['y', 'z'], 'a': 'x'}
    """
    flat = list(flat_sequence)
    wanted = len(flatten(structure))
    if len(flat) != wanted:
        raise ValueError(
            f"Too {'few' if len(flat) < wanted else 'many'} leaves for the structure, "
            f"which holds {wanted}. Received: {len(flat)} in flat_sequence={flat}"
        )
    leaves = iter(flat)
    return _map(lambda _: next(leaves), structure, (), _is_leaf)


unflatten = pack_sequence_as


def _is_leaf(node):
    return _kind_of(node) is None


def _describe(node):
    name = type(node).__name__
    return f"namedtuple {name}" if isinstance(node, tuple) and hasattr(node, "_fields") else name


def _children_like(pattern, kind, node):
    """The children of `node`, in the order of those of `pattern`; ValueError if it differs."""
    if kind.is_dict:
        other = _kind_of(node)
        if other is None or not other.is_dict:
            raise _mismatch(f"Expected a {_describe(pattern)}, got {_describe(node)}", node)
        keys = kind.keys(pattern)
        if len(node) != len(keys) or not all(key in node for key in keys):
            raise _mismatch(
                f"Dictionary key mismatch: expected {list(keys)}, got {list(node)}", node
            )
        return [node[key] for key in keys]
    if type(node) is not type(pattern):
        raise _mismatch(f"Expected a {_describe(pattern)}, got {_describe(node)}", node)
    children = kind.children(node)
    wanted = len(kind.children(pattern))
    if len(children) != wanted:
        raise _mismatch(f"Node arity mismatch: expected {wanted}, got {len(children)}", node)
    if kind.data(node) != kind.data(pattern):
        raise _mismatch(
            f"Mismatch custom node data: expected {kind.data(pattern)}, got {kind.data(node)}", node
        )
    return children


def _mismatch(what, node):
    # Without the values of tensors: to look at them would end the recording of a compiled step.
    shown = _map(_without_values, node, (), _is_leaf)
    return ValueError(f"Structures don't have the same nested structure. {what}. Received: {shown}")


def _without_values(leaf):
    return f"{_describe(leaf)} of shape {leaf.shape}" if hasattr(leaf, "shape") else leaf


def _map(func, structure, others, is_leaf):
    """`func` of the leaves of `structure` and of what stands there in `others`."""
    if is_leaf(structure):
        return func(structure, *others)
    kind = _kind_of(structure)
    rows = [_children_like(structure, kind, other) for other in others]
    children = [
        _map(func, child, at, is_leaf)
        for child, *at in zip(kind.children(structure), *rows, strict=True)
    ]
    return kind.build(structure, children)


def _check_callable(func):
    if not callable(func):
        raise TypeError(f"`func` must be a callable. Received: func={func!r}")


def _check_some(structures):
    if not structures:
        raise ValueError("Must provide at least one structure. Received: structures=()")


def map_structure(func, *structures, none_is_leaf=True):
    """`func` applied leaf by leaf to structures of the same form, in that form.

    Where `none_is_leaf` is False, a `None` stays as it is. Raises TypeError if `func` is not
    callable, ValueError if there are no structures or if their forms differ.

    >>> map_structure(lambda x, y: x * y, {"a": [1, 2]}, {"a": [3, 4]})
    {'a': [3, 8]}
    """
    _check_callable(func)
    _check_some(structures)

    def apply(leaf, *others):
        if leaf is None and not none_is_leaf:
            for other in others:
                if other is not None:
                    raise _mismatch("Expected None", other)
            return None
        for other in others:
            if _kind_of(other) is not None or (other is None and not none_is_leaf):
                raise _mismatch(f"Expected a leaf, got {_describe(other)}", other)
        return func(leaf, *others)

    return _map(apply, structures[0], structures[1:], _is_leaf)


def map_structure_up_to(shallow_structure, func, *structures):
    """`func` applied to what stands in `structures` where `shallow_structure` has its leaves.

    Raises ValueError if one of the structures is shallower, or has another form above.

    >>> map_structure_up_to([None, None], len, [[1], [2, 3]])
    [1, 2]
    """
    _check_callable(func)
    _check_some(structures)
    return _map(lambda _, *parts: func(*parts), shallow_structure, structures, _is_leaf)


def assert_same_structure(a, b, check_types=None):
    """Raise ValueError unless two structures have the same form.

    dict, OrderedDict and defaultdict count as the same; list, tuple, deque and each namedtuple do
    not. `check_types` has no effect any more: use `assert_same_paths` for a looser check.
    """
    if check_types is not None:
        warnings.warn(
            "`check_types` has no effect and will go; `assert_same_paths` is the looser check.",
            DeprecationWarning,
            stacklevel=2,
        )
    map_structure(lambda *_: None, a, b)


def assert_same_paths(a, b):
    """Raise ValueError unless the same paths lead to the leaves of two structures.

    >>> assert_same_paths([0, 1], (2, 3))
    """
    paths_a = set(map(itemgetter(0), flatten_with_path(a)))
    paths_b = set(map(itemgetter(0), flatten_with_path(b)))
    if paths_a != paths_b:
        raise ValueError(
            "`a` and `b` don't have the same paths. "
            f"Paths in `a` missing in `b`: {_listed(paths_a - paths_b)}. "
            f"Paths in `b` missing in `a`: {_listed(paths_b - paths_a)}. Received: a={a}, b={b}"
        )


def _listed(paths):
    return sorted(paths, key=str) or "none"


def traverse(func, structure, top_down=True):
    """Call `func` on every node and leaf, parents first or (with `top_down=False`) last.

    What `func` returns takes the place of the node; `None` keeps the node, `MAP_TO_NONE` puts a
    `None` there. Top-down, the children of a replaced node are not visited.

    >>> traverse(lambda x: sum(x) if isinstance(x, tuple) else None, [(1, 2), [3]])
    [3, [3]]
    """
    _check_callable(func)
    if top_down:
        new = func(structure)
        if new is None:
            return _traverse_children(func, structure, top_down)
    else:
        structure = _traverse_children(func, structure, top_down)
        new = func(structure)
        if new is None:
            return structure
    return None if new is MAP_TO_NONE else new


def _traverse_children(func, structure, top_down):
    kind = _kind_of(structure)
    if kind is None:
        return structure
    children = [traverse(func, child, top_down) for child in kind.children(structure)]
    return kind.build(structure, children)


def lists_to_tuples(structure):
    """The structure with tuples where it has lists.

    >>> lists_to_tuples([1, {"a": [2]}])
    (1, {'a': (2,)})
    """
    return traverse(
        lambda node: tuple(node) if isinstance(node, list) else None, structure, top_down=False
    )


def _is_shape(node):
    return isinstance(node, list | tuple) and all(isinstance(n, int | None) for n in node)


def map_shape_structure(func, structure):
    """`func` applied to the shapes of a structure: tuples or lists of ints and None are leaves.

    >>> map_shape_structure(len, {"a": (2, 3), "b": [(None,)]})
    {'a': 2, 'b': [1]}
    """
    _check_callable(func)
    return _map(func, structure, (), lambda node: _is_shape(node) or _is_leaf(node))
