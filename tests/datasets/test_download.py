"""Downloads: whole and checked, or not there at all. The internet is a `file://` address here."""

import hashlib
import os

import pytest

from minigrad.datasets import download
from minigrad.datasets.download import cache_folder, fetch

CONTENT = os.urandom(3 * download.BLOCK + 17)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def origin(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    served = tmp_path / "served.bin"
    served.write_bytes(CONTENT)
    return served.as_uri()


def test_a_missing_file_is_downloaded_once(origin, tmp_path, capsys):
    path = fetch("x.bin", origin, SHA256)
    assert path == tmp_path / "home" / "datasets" / "x.bin" and path.read_bytes() == CONTENT
    assert "byte" in capsys.readouterr().out
    (tmp_path / "served.bin").unlink()
    assert fetch("x.bin", origin, SHA256) == path
    assert os.listdir(path.parent) == ["x.bin"]


def test_a_damaged_file_in_the_cache_is_replaced(origin):
    path = fetch("x.bin", origin, SHA256)
    path.write_bytes(CONTENT[:100])
    assert fetch("x.bin", origin, SHA256).read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing_behind(origin):
    with pytest.raises(RuntimeError, match=rf"its sha256 is {SHA256} instead of 0000"):
        fetch("x.bin", origin, "0" * 64)
    assert os.listdir(cache_folder()) == []


def test_no_internet_is_an_error_that_names_the_remedy(origin, tmp_path):
    with pytest.raises(RuntimeError, match=r"x\.bin is not in .*no internet.*KERAS_HOME"):
        fetch("x.bin", (tmp_path / "nowhere").as_uri(), SHA256)
    assert os.listdir(cache_folder()) == []


def test_an_interrupt_leaves_nothing_behind(origin, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("minigrad.utils.progbar.Progbar.add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch("x.bin", origin, SHA256)
    assert os.listdir(cache_folder()) == []


def test_a_damaged_file_stays_until_there_is_a_whole_one(origin, tmp_path):
    path = fetch("x.bin", origin, SHA256)
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="or is damaged there"):
        fetch("x.bin", (tmp_path / "nowhere").as_uri(), SHA256)
    assert path.read_bytes() == b"old"
