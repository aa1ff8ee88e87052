"""The site builds without a warning, has every public name, and loads nothing from elsewhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden import generate_public_api as api
from tests.inspect.browser import browser

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# A name in the list of a namespace, and where it leads to.
LISTED = r'href="([^"#]+)[^>]*>(?:<span[^>]*>)?<code[^>]*><span class="pre">(\w+)</span>'

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the built site; of the tutorials, which have their own tests, one is run."""
    for needed in ("sphinx", "myst_parser", "sphinx_design", "sphinx_gallery", "furo", "jupytext"):
        pytest.importorskip(needed, reason="building the site needs the extra docs")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html"]
        + ["-D", "make_pictures=0", "-D", "sphinx_gallery_conf.filename_pattern=/02_"]
        + [str(DOCS), str(folder / "html"), "-d", str(folder / "trees")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return folder / "html"


def test_every_public_name_has_a_page(site):
    lacking = []
    for module, names in json.loads(api.FILE.read_text()).items():
        namespace = ".".join(filter(None, ["minigrad", module]))
        page = site / "reference" / f"namespace-{namespace}.html"
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        links = {name: link for link, name in re.findall(LISTED, text)}
        for name in names:
            thing = api.lookup(module, name)
            if "." not in name and thing is not api.NOTHING and callable(thing):
                target = page.parent / links.get(name, "none")
                lacking += [f"{namespace}.{name}"] * (not target.exists())
    assert not lacking


def test_links_inside_the_site_lead_somewhere(site):
    wrong = set()
    for page in site.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"#?]+)', page.read_text(encoding="utf-8")):
            if not re.match(r"\w+:|//", link) and not (page.parent / link).exists():
                wrong.add(f"{page.relative_to(site)}: {link}")
    assert not wrong


def test_pages_load_nothing_from_elsewhere(site):
    loads = re.compile(r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//|<link[^>]*href="https?://')
    imports = re.compile(r"@import|url\([\"']?(?:https?:)?//")
    assert not [page for page in site.rglob("*.html") if loads.search(page.read_text("utf-8"))]
    assert not [sheet for sheet in site.rglob("*.css") if imports.search(sheet.read_text("utf-8"))]


@pytest.fixture(scope="module")
def chromium():
    with browser() as one:
        yield one


def wait_for(chromium, script):
    """What a script returns once it is something."""
    return chromium.run(
        "const until = Date.now() + 10000; return new Promise(done => { const look = () => {"
        f"const found = (() => {{ {script} }})();"
        "found || Date.now() > until ? done(found) : setTimeout(look, 50) }; look() })"
    )


def test_a_click_on_a_tab_shows_its_framework(site, chromium):
    chromium.open(site / "reference" / "minigrad.layers.Dense.html")
    shown = (
        "return [...document.querySelectorAll('.sd-tab-content')]"
        ".filter(one => one.offsetHeight).map(one => one.innerText.trim()).join()"
    )
    assert chromium.run(shown) == "minigrad.layers.Dense"
    chromium.click(".sd-tab-set > label:nth-of-type(4)")
    assert chromium.run(shown) == "torch.nn.Linear"


def test_formulas_are_drawn(site, chromium):
    chromium.open(site / "reference" / "primitives.html")
    assert wait_for(chromium, "return document.querySelectorAll('mjx-container svg').length") > 100


def test_the_search_finds_dense(site, chromium):
    chromium.open(site / "search.html")
    chromium.run(f"location.href = {(site / 'search.html').as_uri()!r} + '?q=Dense'")
    found = wait_for(
        chromium,
        "return [...document.querySelectorAll('#search-results li a')].map(one => one.href)"
        ".find(one => one.includes('minigrad.layers.Dense.html'))",
    )
    assert found


def test_the_player_in_a_tutorial_plays(site, chromium):
    chromium.open(site / "tutorials" / "02_the_tape.html")
    step = "return Number(document.querySelector('.mg-player').dataset.step)"
    first = chromium.run(step)
    chromium.press(".mg-player", "\ue014")  # the arrow to the right
    assert chromium.run(step) == first + 1
    assert not chromium.errors()
