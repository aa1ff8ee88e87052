"""The case tables, a module a group; each group is one .npz file beside this folder."""

# group: the kind that says how its cases are run
GROUPS = {
    "layers_core": "layers",
    "losses": "losses",
    "metrics": "metrics",
    "optimizers": "optimizers",
    "schedules": "schedules",
    "initializers": "initializers",
    "constraints": "constraints",
    "regularizers": "losses",
    "activations": "losses",
}
