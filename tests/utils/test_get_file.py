"""Downloads: whole and checked, or not there at all. The internet is a `file://` address here."""

import hashlib
import io
import os
import tarfile
import zipfile

import pytest

from minigrad.utils import download, get_file
from minigrad.utils.download import cache_folder
from minigrad.utils.unpacking import unpack

CONTENT = os.urandom(3 * download.BLOCK + 17)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def origin(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    served = tmp_path / "served.bin"
    served.write_bytes(CONTENT)
    return served.as_uri()


def content(path):
    with open(path, "rb") as file:
        return file.read()


def test_a_missing_file_is_downloaded_once(origin, tmp_path, capsys):
    path = get_file("x.bin", origin, file_hash=SHA256)
    assert path == str(tmp_path / "home" / "datasets" / "x.bin") and content(path) == CONTENT
    assert "byte" in capsys.readouterr().out
    (tmp_path / "served.bin").unlink()
    assert get_file("x.bin", origin, file_hash=SHA256) == path
    assert os.listdir(cache_folder()) == ["x.bin"]


def test_a_damaged_file_in_the_cache_is_replaced(origin, capsys):
    path = get_file("x.bin", origin, file_hash=SHA256)
    with open(path, "wb") as file:
        file.write(CONTENT[:100])
    assert content(get_file("x.bin", origin, file_hash=SHA256)) == CONTENT
    assert "incomplete or outdated" in capsys.readouterr().out


@pytest.mark.parametrize("given", [{"file_hash": "0" * 64}, {"md5_hash": "0" * 32}])
def test_a_wrong_checksum_leaves_nothing_behind(origin, given):
    with pytest.raises(ValueError, match=r"Incomplete or corrupted.* instead of 0000"):
        get_file("x.bin", origin, **given)
    assert os.listdir(cache_folder()) == []


def test_md5_is_known_by_its_length(origin):
    get_file("x.bin", origin, file_hash=hashlib.md5(CONTENT).hexdigest())
    with pytest.raises(ValueError, match="hash_algorithm='sha1'"):
        get_file("y.bin", origin, file_hash="0" * 40, hash_algorithm="sha1")


def test_no_internet_is_an_error_that_names_the_remedy(origin, tmp_path):
    with pytest.raises(RuntimeError, match=r"x\.bin is not in .*no internet.*KERAS_HOME"):
        get_file("x.bin", (tmp_path / "nowhere").as_uri(), file_hash=SHA256)
    assert os.listdir(cache_folder()) == []


def test_an_interrupt_leaves_nothing_behind(origin, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("minigrad.utils.progbar.Progbar.add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        get_file("x.bin", origin, file_hash=SHA256)
    assert os.listdir(cache_folder()) == []


def test_a_damaged_file_stays_until_there_is_a_whole_one(origin, tmp_path):
    path = cache_folder() / "x.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="or is damaged there"):
        get_file("x.bin", (tmp_path / "nowhere").as_uri(), file_hash=SHA256)
    assert path.read_bytes() == b"old"


def test_without_a_hash_the_cached_file_counts_unless_forced(origin, tmp_path):
    folder = tmp_path / "elsewhere"
    path = get_file("x.bin", origin, cache_dir=folder, cache_subdir="deep/er")
    (tmp_path / "served.bin").write_bytes(b"new")
    assert content(get_file("x.bin", origin, cache_dir=folder, cache_subdir="deep/er")) == CONTENT
    assert content(get_file("x.bin", origin, cache_subdir=os.path.dirname(path))) == CONTENT
    again = {"cache_dir": folder, "cache_subdir": "deep/er", "force_download": True}
    assert content(get_file("x.bin", origin, **again)) == b"new"


def test_the_name_is_that_of_the_origin(origin):
    assert os.path.basename(get_file(origin=origin)) == "served.bin"
    for given, expected in (
        ({"origin": None}, "origin=None"),
        ({"fname": os.path.join("a", "b"), "origin": origin}, "Paths are no longer accepted"),
        ({"origin": "https://example.org"}, "Can't parse the file name"),
    ):
        with pytest.raises(ValueError, match=expected):
            get_file(**given)


# Archives


def tar_of(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for name, what in members:
            info = tarfile.TarInfo(name)
            if isinstance(what, bytes):
                info.size = len(what)
                archive.addfile(info, io.BytesIO(what))
            else:
                info.type, info.linkname = what
                archive.addfile(info)
    return path


def zip_of(path, *members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, what in members:
            archive.writestr(name, what)
    return path


@pytest.mark.parametrize("make", [tar_of, zip_of])
def test_archives_are_unpacked(make, tmp_path):
    archive = make(tmp_path / "some.tar.gz", ("a/b.txt", b"one"), ("c.txt", b"two"))
    home = {"origin": archive.as_uri(), "cache_dir": tmp_path, "extract": True}
    for name, folder in ((None, "some.tar.gz"), ("d.tgz", "d_extracted"), ("plain", "plain")):
        path = get_file(name, **home)
        assert path == str(tmp_path / "datasets" / folder)
        assert content(os.path.join(path, "a", "b.txt")) == b"one"
    assert sorted(os.listdir(tmp_path / "datasets")) == [
        "d.tgz", "d_extracted", "plain", "plain_archive", "some.tar.gz", "some.tar.gz_archive",
    ]  # fmt: skip


def test_what_is_in_the_folder_already_stays(tmp_path):
    archive = tar_of(tmp_path / "x.tar", ("a/new.txt", b"1"), ("old.txt", b"2"))
    (tmp_path / "to" / "a").mkdir(parents=True)
    (tmp_path / "to" / "a" / "mine.txt").write_text("mine")
    (tmp_path / "to" / "old.txt").write_text("old")
    assert unpack(archive, tmp_path / "to")
    assert sorted(os.listdir(tmp_path / "to" / "a")) == ["mine.txt", "new.txt"]
    assert (tmp_path / "to" / "old.txt").read_text() == "2"
    assert sorted(os.listdir(tmp_path)) == ["to", "x.tar"]


OUTSIDE = [
    ("../out.txt", b"harm"),
    ("/out.txt", b"harm"),
    ("a/../../out.txt", b"harm"),
]


@pytest.mark.parametrize("member", OUTSIDE, ids=lambda member: member[0])
@pytest.mark.parametrize("make", [tar_of, zip_of])
def test_no_member_lands_outside(make, member, tmp_path):
    archive = make(tmp_path / "x", ("fine.txt", b"1"), member)
    with pytest.warns(UserWarning, match="Skipping invalid path"):
        assert unpack(archive, tmp_path / "deep" / "to")
    files = [os.path.join(root, name) for root, _, names in os.walk(tmp_path) for name in names]
    assert sorted(files) == [str(tmp_path / "deep" / "to" / "fine.txt"), str(tmp_path / "x")]


def test_links_that_lead_out_are_left_out(tmp_path):
    links = ("up", (tarfile.SYMTYPE, "../..")), ("hard", (tarfile.LNKTYPE, "../secret"))
    (tmp_path / "secret").write_text("secret")
    archive = tar_of(tmp_path / "x", *links, ("fine", (tarfile.SYMTYPE, "b")), ("b", b"1"))
    with pytest.warns(UserWarning, match="Skipping invalid path"):
        unpack(archive, tmp_path / "to")
    assert sorted(os.listdir(tmp_path / "to")) == ["b", "fine"]
    assert (tmp_path / "to" / "fine").read_bytes() == b"1"


def test_an_interrupted_extraction_leaves_nothing_behind(tmp_path, monkeypatch):
    archive = tar_of(tmp_path / "x", ("a", b"1"), ("b", b"1"))

    def extract(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(tarfile.TarFile, "extract", extract)
    with pytest.raises(KeyboardInterrupt):
        unpack(archive, tmp_path / "to")
    assert os.listdir(tmp_path) == ["x"]


def test_what_is_no_archive_is_said_to_be_none(origin, tmp_path):
    with pytest.warns(UserWarning, match="Could not extract archive"):
        get_file("x.bin", origin, extract=True)
    archive = tar_of(tmp_path / "x", ("a", b"1"))
    assert not unpack(archive, tmp_path / "to", None) and not unpack(
        archive, tmp_path / "to", "zip"
    )
    with pytest.raises(ValueError, match="archive_format='rar'"):
        unpack(archive, tmp_path / "to", "rar")
