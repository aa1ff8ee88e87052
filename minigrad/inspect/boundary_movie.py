"""BoundaryMovie: how the decision boundary of a model moves while it is trained."""

import html

import numpy as np

from minigrad.callbacks import Callback
from minigrad.inspect.boundary import decision_boundary
from minigrad.inspect.view import View

COLOURS = 48  # of a GIF


class BoundaryMovie(Callback, View):
    """A callback that films the decision boundary, a picture for every few epochs.

    Args:
        x, y: The points to show, as in `decision_boundary`.
        every: Epochs from one picture to the next.
        kwargs: Further arguments of `decision_boundary`.

    Attributes:
        frames: A Boundary for each picture; the first is that of the untrained model.

    `save("film.gif")` or `save("film.html")` writes the film; in a notebook it has buttons.

    >>> from minigrad import inspect
    >>> movie = inspect.BoundaryMovie([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    >>> movie.frames
    []
    """

    figure_size = (5.6, 4.6)

    def __init__(self, x, y=None, every=1, **kwargs):
        super().__init__()
        self.frames = []
        self._x, self._y, self._every, self._kwargs = x, y, every, kwargs

    def on_train_begin(self, logs=None):
        if not self.frames:
            self._take("untrained")

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self._every == 0:
            self._take(f"epoch {epoch + 1}")

    def _take(self, title):
        frame = decision_boundary(self.model, self._x, self._y, **self._kwargs)
        frame.title = title
        self.frames.append(frame)

    def text(self):
        lines = [f"{len(self.frames)} pictures"]
        for frame in self.frames:
            right = "" if frame.accuracy is None else f"{frame.accuracy:6.1%} right"
            lines.append(f"  {frame.title:12}{right}")
        return "\n".join(lines)

    def _draw(self, figure):
        """The stations of the film side by side."""
        self._some_frame()
        count = min(len(self.frames), 4)
        chosen = [
            self.frames[round(i * (len(self.frames) - 1) / max(count - 1, 1))] for i in range(count)
        ]
        figure.set_size_inches(4.0 * count, 3.8)
        for axes, frame in zip(figure.subplots(1, count, squeeze=False)[0], chosen, strict=True):
            frame.draw_on(axes)

    def _some_frame(self):
        if not self.frames:
            raise ValueError(
                "BoundaryMovie: there is no picture yet. Pass it to fit: "
                "`model.fit(x, y, callbacks=[movie])`. Received: no epoch"
            )

    def _film(self):
        """A figure, and what draws a frame into it by its number."""
        from matplotlib.figure import Figure

        self._some_frame()
        figure = Figure(figsize=self.figure_size, layout="constrained")
        axes = figure.subplots()

        def draw(number):
            axes.clear()
            self.frames[number].draw_on(axes)

        return figure, draw

    def animation(self, fps=8):
        """The film as a `matplotlib.animation.FuncAnimation`."""
        from matplotlib.animation import FuncAnimation

        figure, draw = self._film()
        return FuncAnimation(figure, draw, frames=len(self.frames), interval=1000 / fps)

    def _save_gif(self, path, dpi, fps):
        """The colours of the last frame do for all: then frames differ in little, and are small."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image

        figure, draw = self._film()
        figure.set_dpi(dpi)
        canvas, pictures = FigureCanvasAgg(figure), []
        for number in range(len(self.frames)):
            draw(number)
            canvas.draw()
            pictures.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
        palette = pictures[-1].quantize(COLOURS)
        first, *rest = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
        first.save(path, save_all=True, append_images=rest, duration=1000 // fps, loop=0)

    def save(self, path, dpi=80, fps=8):
        """Write the film to a .gif or .html file, or its stations to a .png, .svg or .pdf."""
        path = str(path)
        if path.endswith(".gif"):
            self._save_gif(path, dpi, fps)
        elif path.endswith((".html", ".htm")):
            with open(path, "w", encoding="utf-8") as file:
                title = "<!doctype html><meta charset=utf-8><title>Decision boundary</title>"
                file.write(title + self.animation(fps).to_jshtml(fps))
        else:
            super().save(path, dpi)

    def _repr_html_(self):
        if not self.frames:
            return f"<pre>{html.escape(self.text())}</pre>"
        return self.animation().to_jshtml()
