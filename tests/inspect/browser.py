"""A real browser for tests: headless Chromium, driven through ChromeDriver's HTTP protocol."""

import json
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --window-size=1200,900"
).split()


def _found(*names):
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def browser():
    """A Browser; where there is none, the test is skipped and says so."""
    chromium = _found("chromium", "chromium-browser", "google-chrome")
    driver = _found("chromedriver")
    if not (chromium and driver):
        pytest.skip("needs Chromium and ChromeDriver (Debian: chromium, chromium-driver)")
    with tempfile.TemporaryDirectory() as profile:
        process = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            for line in process.stdout:
                if "started successfully on port" in line:
                    port = line.rstrip(".\n").rsplit(" ", 1)[1]
                    break
            else:
                pytest.fail("ChromeDriver did not start")
            one = Browser(f"http://127.0.0.1:{port}", chromium, profile)
            try:
                yield one
            finally:
                one.quit()
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


class Browser:
    """One window."""

    def __init__(self, address, chromium, profile):
        self.address = address
        options = {"binary": chromium, "args": [*FLAGS, f"--user-data-dir={profile}"]}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        made = self._send("POST", "/session", {"capabilities": wanted})
        self.address += f"/session/{made['sessionId']}"

    def _send(self, method, path, data=None):
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self.address + path, body, method=method)
        request.add_header("Content-Type", "application/json")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                pytest.fail(error.read().decode())

    def open(self, path):
        """Show a file."""
        self._send("POST", "/url", {"url": path.resolve().as_uri()})

    def run(self, script, *args):
        """What a script returns."""
        return self._send("POST", "/execute/sync", {"script": script, "args": list(args)})

    def click(self, selector):
        """Click an element as a person does."""
        # At once: where a page scrolls smoothly, the click would come before the element.
        self.run(
            f"document.querySelector({selector!r}).scrollIntoView("
            "{block: 'center', behavior: 'instant'})"
        )
        found = self._send("POST", "/element", {"using": "css selector", "value": selector})
        self._send("POST", f"/element/{next(iter(found.values()))}/click", {})

    def press(self, selector, key):
        """Send a key to an element."""
        found = self._send("POST", "/element", {"using": "css selector", "value": selector})
        self._send("POST", f"/element/{next(iter(found.values()))}/value", {"text": key})

    def errors(self):
        """What the page complained about."""
        return self.run("return window.complaints || []")

    def quit(self):
        self._send("DELETE", "")
