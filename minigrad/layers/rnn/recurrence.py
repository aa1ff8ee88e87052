"""The walk over the timesteps of a sequence, for cells of any kind."""

from minigrad import ops, tree


def walk(
    step,
    sequences,
    states,
    mask=None,
    *,
    go_backwards=False,
    unroll=False,
    zero_output_for_mask=False,
    all_outputs=True,
):
    """Apply `outputs, states = step(inputs, states)` to one timestep after the other.

    Args:
        sequences: (batch, timesteps, …).
        states: A list of tensors, or of lists of them.
        mask: (batch, timesteps), or with further axes: a timestep that is False is skipped. The
            states stay, and the output is that of the step before; without `unroll` this is taken
            to be the first state (of the last cell), or is zero with `zero_output_for_mask`.
        go_backwards: Whether to begin at the end. Outputs are in the order of the walk.
        all_outputs: Whether the outputs of all steps are wanted.

    Returns:
        The last output, the outputs (batch, timesteps, …) or the last one, the last states.
    """
    timesteps = sequences.shape[1]
    if timesteps is None:
        raise ValueError(
            "A recurrent layer needs sequences of a known length. "
            f"Received: sequences.shape={sequences.shape}"
        )
    counts = None if mask is None else counting(mask)
    order = range(timesteps - 1, -1, -1) if go_backwards else range(timesteps)
    output, outputs = None, []
    for t in order:
        new, new_states = step(sequences[:, t], states)
        if not tree.is_nested(new_states):
            new_states = [new_states]
        if counts is not None:
            at_t = counts[:, t]
            if unroll or output is None:
                before = ops.zeros_like(new) if output is None else output
            if not unroll:
                before = ops.zeros_like(new) if zero_output_for_mask else _last_output(states)
            new = _where(at_t, new, before)
            flat = zip(tree.flatten(new_states), tree.flatten(states), strict=True)
            kept = [_where(at_t, one, old) for one, old in flat]
            new_states = tree.pack_sequence_as(states, kept)
        output, states = new, new_states
        if all_outputs:
            outputs.append(output)
    if output is None:
        raise ValueError(
            "A recurrent layer needs at least one timestep. "
            f"Received: sequences.shape={sequences.shape}"
        )
    return output, ops.stack(outputs, axis=1) if all_outputs else output[:, None], states


def counting(mask):
    """(batch, timesteps): whether anything of a timestep counts."""
    mask = ops.cast(mask, "bool")
    return ops.any(mask, axis=tuple(range(2, mask.ndim))) if mask.ndim > 2 else mask


def _where(counts, new, old):
    """`new` for the examples that count, `old` for the others."""
    counts = ops.reshape(counts, (-1, *(1,) * (new.ndim - 1)))
    return ops.where(counts, new, old)


def _last_output(states):
    return states[-1][0] if tree.is_nested(states[0]) else states[0]
