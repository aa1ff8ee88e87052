"""The logs on their way to a server."""

import json
import socket
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from minigrad.callbacks import RemoteMonitor


@pytest.fixture
def server():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, self.headers, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", received
        running.shutdown()
        thread.join()


LOGS = {"loss": 0.5, "f1": np.array([1.0, 0.0]), "n": np.float32(2)}
SENT = {"epoch": 3, "loss": 0.5, "f1": [1.0, 0.0], "n": 2.0}


def test_logs_are_sent_as_a_form(server):
    root, received = server
    RemoteMonitor(root, field="training").on_epoch_end(3, LOGS)
    ((path, _, body),) = received
    assert path == "/publish/epoch/end/"
    assert json.loads(urllib.parse.parse_qs(body)["training"][0]) == SENT


def test_logs_are_sent_as_json(server):
    root, received = server
    monitor = RemoteMonitor(root, path="/here", headers={"X-Key": "k"}, send_as_json=True)
    monitor.on_epoch_end(3, LOGS)
    ((path, headers, body),) = received
    assert (path, headers["X-Key"], headers["Content-Type"]) == ("/here", "k", "application/json")
    assert json.loads(body) == SENT


def test_a_server_that_is_not_there_is_warned_of():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        root = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor root server"):
        RemoteMonitor(root).on_epoch_end(0, {})
