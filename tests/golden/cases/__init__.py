"""The case tables, a module a group; each group is one .npz file beside this folder."""

# group: the kind that says how its cases are run
GROUPS = {
    "layers_core": "layers",
    "layers_more": "layers",
    "layers_convolution": "layers",
    "layers_recurrent": "layers",
    "layers_attention": "layers",
    "layers_preprocessing": "layers",
    "losses": "losses",
    "metrics": "metrics",
    "optimizers": "optimizers",
    "schedules": "schedules",
    "initializers": "initializers",
    "constraints": "constraints",
    "regularizers": "losses",
    "activations": "losses",
}
