"""What `get` of losses, initializers and their kin does: from a name, a config or a class."""

from minigrad.naming import to_snake_case


def table_of(*classes, **aliases):
    """Names of classes for `deserialize`: "HeNormal", "he_normal", and the aliases.

    >>> class HeNormal:
    ...     pass
    >>> sorted(table_of(HeNormal, he=HeNormal))
    ['HeNormal', 'he', 'he_normal']
    """
    table = {}
    for cls in classes:
        table[cls.__name__] = table[to_snake_case(cls.__name__)] = cls
    return table | aliases


def interpret(identifier, kind, deserialize):
    """The object that `identifier` stands for: None, a callable, or what names or describes one.

    Args:
        identifier: None (returned as it is), a name, a config, a class (an object of it is made
            without arguments), or a callable.
        kind: What is asked for, for the error.
        deserialize: The function that reads names and configs.

    Raises ValueError for anything else.
    """
    if identifier is None:
        return None
    found = deserialize(identifier) if isinstance(identifier, str | dict) else identifier
    if isinstance(found, type):
        found = found()
    if callable(found):
        return found
    raise ValueError(
        f"Could not interpret {kind} identifier: {identifier}. Expected the name of one, its "
        f"config, or a callable. Received: identifier={identifier!r}"
    )
