"""See backprop: pictures, steps, checks and diagnoses of your own models: `minigrad.inspect`."""

__all__: list[str] = []
