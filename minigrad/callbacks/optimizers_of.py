"""The optimizers whose learning rates callbacks read and set."""


def optimizers_of(model):
    """`{name in the logs: optimizer}`: one of them, or those of a MultiOptimizer."""
    several = getattr(model.optimizer, "optimizers", None)
    if several is None:
        return {"learning_rate": model.optimizer}
    return {f"learning_rate_{one.name}": one for one in several}


def log_learning_rates(model, logs):
    """Write the learning rates into the logs, from where they go into the History."""
    for name, optimizer in optimizers_of(model).items():
        logs[name] = float(optimizer.learning_rate)
