"""`python -m minigrad`: train a small network on a data set, from the shell.

It is also an example: everything below is Keras's API, and nothing is hidden.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POLICIES = ("float32", "float64", "mixed_float16", "mixed_bfloat16", "float16", "bfloat16")
PICTURES = (".png", ".svg", ".pdf")


# What can be trained on


@dataclass(frozen=True)
class Task:
    """A data set, and the network and training that suit it."""

    about: str
    load: Callable[[int], Any]  # seed -> (x_train, y_train), (x_test, y_test)
    classes: int | None  # None: a number is to be predicted
    layers: Callable[[Any], list]  # the framework -> layers before the last
    epochs: int
    batch_size: int = 32


def _images(largest: int) -> Callable[[Any], list]:
    """Pixels scaled to [0, 1], then two wide layers, normalised and thinned out."""

    def layers(keras: Any) -> list:
        stack = [keras.layers.Rescaling(1 / largest), keras.layers.Flatten()]
        for units in (512, 256):
            stack += [
                keras.layers.Dense(units),
                keras.layers.BatchNormalization(),
                keras.layers.ReLU(),
                keras.layers.Dropout(0.5),
            ]
        return stack

    return layers


def _plain(units: int, activation: str) -> Callable[[Any], list]:
    """Two layers: enough for a handful of features or a curve in the plane."""
    return lambda keras: [keras.layers.Dense(units, activation=activation) for _ in range(2)]


def _module(name: str, standardize: bool = False) -> Callable[[int], Any]:
    """The data of a module of `minigrad.datasets`, always split in the same way."""

    def load(seed: int) -> Any:
        from minigrad import datasets

        train, test = getattr(datasets, name).load_data()
        return _standardized(train, test) if standardize else (train, test)

    return load


def _generated(name: str, **arguments: Any) -> Callable[[int], Any]:
    """Two samples of a generator of `minigrad.datasets`: one to train on, one for the test."""

    def load(seed: int) -> Any:
        from minigrad import datasets

        generator = getattr(datasets, name)
        return generator(seed=seed, **arguments), generator(seed=seed + 1, **arguments)

    return load


def _prices(name: str, unit: float) -> Callable[[int], Any]:
    """Standardized features, and prices in a unit that makes them numbers around 1."""

    def load(seed: int) -> Any:
        (x_train, y_train), (x_test, y_test) = _module(name, standardize=True)(seed)
        return (x_train, y_train / unit), (x_test, y_test / unit)

    return load


def _bags(name: str, words: int) -> Callable[[int], Any]:
    """Texts as rows of zeros and ones: which of the most frequent words are in it."""

    def load(seed: int) -> Any:
        import numpy as np

        from minigrad import datasets

        def bags(texts: Any) -> Any:
            rows = np.zeros((len(texts), words), "float32")
            for row, text in zip(rows, texts):
                row[text] = 1
            return rows

        train, test = getattr(datasets, name).load_data(num_words=words)
        return (bags(train[0]), train[1]), (bags(test[0]), test[1])

    return load


def _standardized(train: Any, test: Any) -> Any:
    """Features with mean 0 and deviation 1 over the training rows; a gap becomes the mean."""
    import numpy as np

    (x_train, y_train), (x_test, y_test) = train, test
    mean, deviation = np.nanmean(x_train, axis=0), np.nanstd(x_train, axis=0)
    x_train, x_test = (np.nan_to_num((x - mean) / deviation) for x in (x_train, x_test))
    return (x_train, y_train), (x_test, y_test)


def _characters(size: int, read: Callable[[Any], list]) -> Callable[[Any], list]:
    """A vector for each character, then layers that read them."""
    return lambda keras: [keras.layers.Embedding(size, 32), *read(keras.layers)]


def _both_ways(layers: Any) -> list:
    """Read in both directions, and keep of each feature where it is strongest."""
    reader = layers.LSTM(32, return_sequences=True)
    return [layers.Bidirectional(reader), layers.GlobalMaxPooling1D()]


def _forwards(layers: Any) -> list:
    """Read forwards only: what comes next is to be foretold."""
    return [layers.LSTM(128, return_sequences=True)]


FLOWERS = {"classes": 3, "layers": _plain(16, "relu")}
PLANE = {"classes": 2, "layers": _plain(32, "tanh"), "epochs": 60, "batch_size": 16}
PRICES = {"classes": None, "layers": _plain(32, "relu")}
TEXTS = {"layers": _plain(32, "relu"), "epochs": 5, "batch_size": 128}
BIG_IMAGES = {"classes": 10, "layers": _images(255), "batch_size": 128}
TASKS = {
    "digits": Task(
        about="1,797 handwritten digits, 8 x 8 pixels",
        load=_module("digits"),
        classes=10,
        layers=_images(16),
        epochs=30,
    ),
    "iris": Task(
        about="150 flowers, 4 lengths, 3 species",
        load=_module("iris", standardize=True),
        epochs=60,
        batch_size=8,
        **FLOWERS,
    ),
    "penguins": Task(
        about="344 penguins with gaps, 3 species",
        load=_module("penguins", standardize=True),
        epochs=40,
        batch_size=16,
        **FLOWERS,
    ),
    "authors": Task(
        about="3,943 passages of 64 characters, 2 authors",
        load=_module("authors"),
        classes=2,
        layers=_characters(35, _both_ways),
        epochs=20,
    ),
    "alice": Task(
        about="a book, whose next character is to be foretold",
        load=_module("alice"),
        classes=72,
        layers=_characters(72, _forwards),
        epochs=15,
    ),
    "moons": Task("two half circles in the plane", _generated("moons"), **PLANE),
    "circles": Task("a circle in a circle", _generated("circles"), **PLANE),
    "spirals": Task("two arms around the origin", _generated("spirals"), **PLANE | {"epochs": 150}),
    "xor": Task("a square, four quarters, two classes", _generated("xor"), **PLANE),
    "regression": Task(
        about="a noisy curve to fit",
        load=_generated("regression", samples=1000),
        classes=None,
        layers=_plain(32, "relu"),
        epochs=100,
        batch_size=16,
    ),
    "mnist": Task(
        about="70,000 handwritten digits, 28 x 28 pixels (downloaded)",
        load=_module("mnist"),
        epochs=10,
        **BIG_IMAGES,
    ),
    "fashion_mnist": Task(
        about="70,000 pictures of clothes, 28 x 28 pixels (downloaded)",
        load=_module("fashion_mnist"),
        epochs=15,
        **BIG_IMAGES,
    ),
    "cifar10": Task(
        about="60,000 small photographs in colour (downloaded)",
        load=_module("cifar10"),
        epochs=15,
        **BIG_IMAGES,
    ),
    "cifar100": Task(
        about="60,000 small photographs in colour, 100 classes (downloaded)",
        load=_module("cifar100"),
        epochs=15,
        **BIG_IMAGES | {"classes": 100},
    ),
    "california_housing": Task(
        about="prices of 20,640 neighbourhoods, 8 features (downloaded)",
        load=_prices("california_housing", 100_000),
        epochs=20,
        **PRICES,
    ),
    "boston_housing": Task(
        about="prices of 506 neighbourhoods, 13 features (downloaded)",
        load=_prices("boston_housing", 10),
        epochs=60,
        **PRICES,
    ),
    "imdb": Task(
        about="50,000 film reviews, favourable or not (downloaded)",
        load=_bags("imdb", 2000),
        classes=2,
        **TEXTS,
    ),
    "reuters": Task(
        about="11,228 newswires, 46 topics (downloaded)",
        load=_bags("reuters", 2000),
        classes=46,
        **TEXTS,
    ),
}


# The shell's side


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        """One line instead of the whole usage: what was wrong must not drown."""
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")


def _whole_number(least: int, largest: int | None = None) -> Callable[[str], int]:
    def parse(text: str) -> int:
        limits = f"of at least {least}" if largest is None else f"from {least} to {largest}"
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or number < least or (largest is not None and number > largest):
            raise argparse.ArgumentTypeError(f"expected a whole number {limits}, not {text!r}")
        return number

    return parse


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in PICTURES:
        raise argparse.ArgumentTypeError(
            f"expected a name that ends in {', '.join(PICTURES)}, not {text!r}"
        )
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {str(path.parent)!r}")
    return path


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    width = max(map(len, TASKS))
    parser = _Parser(
        prog="minigrad",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=(
            "Train a small network on a data set: print its layers, a progress bar per epoch and\n"
            "the accuracy on examples it has never seen, and draw the loss curves."
        ),
        epilog="data sets (with the epochs they get unless told otherwise):\n"
        + "\n".join(
            f"  {name:{width}}  {task.about}; {task.epochs}" for name, task in TASKS.items()
        )
        + "\n\nexamples:\n"
        "  minigrad                                      the digits, about 98 %\n"
        "  minigrad --dataset spirals --output s.svg     a picture in another format\n"
        "  minigrad --policy mixed_bfloat16 --seed 1     half precision, other random numbers\n"
        "  minigrad info                                 versions, threads, folders\n",
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=("train", "info"),
        default="train",
        help="what to do: train (the default), or print info about the installation",
    )
    parser.add_argument(
        "--dataset",
        choices=TASKS,
        default="digits",
        metavar="NAME",
        help="what to train on, one of the data sets below (default: digits)",
    )
    parser.add_argument(
        "--epochs",
        type=_whole_number(1),
        metavar="N",
        help="how often to go through the training data (default: see below)",
    )
    parser.add_argument(
        "--batch-size",
        type=_whole_number(1),
        metavar="N",
        help="examples in each step (default: 8 to 128, as suits the data set)",
    )
    parser.add_argument(
        "--policy",
        choices=POLICIES,
        default="float32",
        metavar="NAME",
        help=f"the types that are computed with: {', '.join(POLICIES)} (default: float32)",
    )
    parser.add_argument(
        "--seed",
        type=_whole_number(0, 2**32 - 2),
        default=0,
        metavar="N",
        help="of all random numbers: the same seed gives the same result (default: 0)",
    )
    parser.add_argument(
        "--output",
        type=_picture,
        default=Path("loss_curves.png"),
        metavar="FILE",
        help=f"the picture of the loss curves, {', '.join(PICTURES)} (default: loss_curves.png)",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the words after the command's name; by default those it was started with.

    Returns:
        The exit code: 0, or 1 for a failure, 130 for Ctrl-C. Bad options end the process with 2.
    """
    options = parser().parse_args(arguments)
    try:
        return info() if options.command == "info" else train(options)
    except KeyboardInterrupt:
        print("\nminigrad: interrupted", file=sys.stderr)
        return 130
    except (OSError, RuntimeError) as error:  # no internet, no space for the picture
        print(f"minigrad: error: {error}", file=sys.stderr)
        return 1


# What it does


def train(options: argparse.Namespace) -> int:
    """Build, train and judge the network of a task, and draw its loss curves."""
    import minigrad as keras

    task = TASKS[options.dataset]
    keras.utils.set_random_seed(options.seed)
    keras.config.set_dtype_policy(options.policy)

    (x_train, y_train), (x_test, y_test) = task.load(options.seed)
    model = keras.Sequential([keras.Input(shape=x_train.shape[1:]), *task.layers(keras)])
    # Half precision ends before the last layer: the logarithm in the loss needs the range.
    dtype = "float32" if options.policy.endswith("float16") else None
    if task.classes is None:
        model.add(keras.layers.Dense(1, dtype=dtype))
        model.compile(optimizer="adam", loss="mean_squared_error")
    else:
        model.add(keras.layers.Dense(task.classes, activation="softmax", dtype=dtype))
        model.compile(
            optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
    model.summary()

    start = time.perf_counter()
    try:
        model.fit(
            x_train,
            y_train,
            batch_size=options.batch_size or task.batch_size,
            epochs=options.epochs or task.epochs,
            validation_split=0.1,
        )
        print(f"\ntrained in {time.perf_counter() - start:.1f} s")
        result = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
        if "accuracy" in result:
            share, count = result["accuracy"], y_test.size
            print(f"test accuracy: {share:.1%} ({round(share * count)} of {count})")
        else:
            print(f"test loss: {result['loss']:.4f}")
    finally:  # an interrupted training has its curves too
        _draw(keras, getattr(model, "history", None), options.output)
    return 0


def _draw(keras: Any, history: Any, path: Path) -> None:
    if not getattr(history, "epoch", None):
        return
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")  # a file is all that is wanted: no window, and no screen needed
    figure = keras.utils.plot_history(history)
    figure.savefig(path)
    plt.close(figure)
    print(f"loss curves: {path}")


def info() -> int:
    """Print what a report of a problem should hold."""
    import os
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from minigrad.kernels import jit
    from minigrad.utils.download import cache_folder

    rows = {"Python": platform.python_version(), "platform": platform.platform()}
    for package in ("minigrad", "numpy", "numba", "ml_dtypes", "h5py", "matplotlib"):
        try:
            rows[package] = version(package)
        except PackageNotFoundError:
            rows[package] = "not installed"
    rows["processors"] = os.cpu_count()
    rows |= {key.replace("_", " "): value for key, value in jit.info().items()}
    rows["data sets folder"] = cache_folder()
    width = max(map(len, rows))
    for name, value in rows.items():
        if value is not None:
            print(f"{name:{width}}  {value}")
    return 0
