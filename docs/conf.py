"""The site: pages in docs/, tutorials as a gallery, a reference made from docstrings.

    python -m sphinx -W -b html docs docs/_build/html

runs the tutorials too and makes the pictures in docs/images anew; `-D plot_gallery=0` and
`-D make_pictures=0` leave that out. Nothing is fetched, neither by the
build nor by a reader's browser.
"""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
# The gallery's figures need no screen; a tutorial finds the package that lies beside it.
os.environ["MPLBACKEND"] = "Agg"
sys.path[:0] = [str(HERE.parent), str(HERE)]

import inspect_pictures  # noqa: E402
from site_pages import primitives, reference, tutorials  # noqa: E402

import minigrad  # noqa: E402

project = "minigrad"
author = "the minigrad authors"
release = version = minigrad.__version__
language = "en"

extensions = ["myst_parser", "sphinx_design", "sphinx_gallery.gen_gallery", "sphinx.ext.mathjax"]
exclude_patterns = ["_build", "_static", "site_pages"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
# Two packages warn that a pickled environment cannot hold a function of the configuration.
suppress_warnings = ["config.cache"]
nitpicky = True

html_theme = "furo"
html_title = "minigrad"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
templates_path = []

mathjax_path = "mathjax-tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}

sphinx_gallery_conf = {
    "examples_dirs": str(tutorials.SCRIPTS.relative_to(HERE)),
    "gallery_dirs": "tutorials",
    "filename_pattern": r"/\d\d_",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "only_warn_on_example_error": False,
    "write_computation_times": False,
    "show_signature": False,
    "show_memory": False,
    "download_all_examples": False,
    "notebook_extensions": set(),
    "copyfile_regex": "",
    "min_reported_time": 1e9,
    "remove_config_comments": True,
}


def link_to_gallery(app, page, text):
    """In the site, a link to a tutorial's script leads to its page."""
    text[0] = re.sub(r"\]\(\.\./tutorials/(\w+)\.py\)", r"](tutorials/\1.rst)", text[0])


def write_pictures(app):
    """Those of the README and of the page on `minigrad.inspect`."""
    if app.config.make_pictures:
        inspect_pictures.main([])


def setup(app):
    app.add_config_value("make_pictures", True, "html", bool)
    app.connect("builder-inited", write_pictures, priority=100)
    app.connect("source-read", link_to_gallery)
    # Before the gallery looks for its scripts, which it does at builder-inited.
    app.connect("config-inited", lambda app, config: tutorials.write())
    app.connect("builder-inited", lambda app: reference.write(), priority=100)
    app.connect("builder-inited", lambda app: primitives.write(), priority=100)
