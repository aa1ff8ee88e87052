"""Makes `policies_*.npz` from Keras on JAX: `python tests/golden/generate_policies.py [policy …]`.

`--missing` keeps the results of cases that a file already has, and makes only the others.

After `generate.py`, whose files have the inputs and the weights. Needs the `peers` of
pyproject.toml.
"""

import os
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests import golden_cases as golden
from tests import golden_policies as policies
from tests.golden.generate import Packer


def generate(policy: str, only_missing: bool) -> int:
    """Write one policy's file; returns the number of cases that Keras refuses."""
    import keras

    from tests.golden import peers

    engine, packer, index, refused = peers.engine(), Packer(), {}, 0
    path = golden.FOLDER / f"policies_{policy}.npz"
    kept = golden.load(path.stem) if only_missing and path.exists() else {}
    for group, case in policies.cases():
        try:
            if case.key in kept:
                results = kept[case.key].results[policy]
            else:
                with peers.orthogonal_in_16_bits():
                    results = policies.run(keras, engine, group, case, policy)
        except Exception as error:
            print(f"{case.key}\n    failed: {type(error).__name__}: {str(error)[:300]}", flush=True)
            refused += 1
            continue
        index[case.key] = {"names": [], "given": {}, "results": {policy: packer.table(results)}}
        if len(index) % 10 == 0:
            packer.write(path, index)  # so that an interrupted run is not for nothing
    packer.write(path, index)
    print(f"{path.name}: {len(index)} cases, {path.stat().st_size / 1000:.0f} kB", flush=True)
    return refused


def main(names: list[str]) -> int:
    os.environ["KERAS_BACKEND"] = "jax"
    warnings.simplefilter("ignore")
    only_missing = "--missing" in names
    names = [name for name in names if name != "--missing"]
    refused = [generate(name, only_missing) for name in names or policies.POLICIES]
    return 1 if sum(refused) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
