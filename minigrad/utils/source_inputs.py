"""From a symbolic tensor back to the inputs it is computed from."""


def get_source_inputs(tensor):
    """The symbolic tensors that a symbolic tensor is computed from in the end, as a list.

    >>> import minigrad as mg
    >>> x, y = mg.Input((2,), name="x"), mg.Input((2,), name="y")
    >>> [one.name for one in get_source_inputs(mg.ops.tanh(x) + y)]
    ['x', 'y']
    """
    if getattr(tensor, "node", None) is None:
        return [tensor] if hasattr(tensor, "_keras_history") else tensor
    found, seen, todo = [], set(), [tensor]
    while todo:  # no recursion: a graph may be deep
        x = todo.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        if x.node is None or x.node.is_input:
            found.append(x)
        else:
            todo += reversed(x.node.inputs)
    return found
