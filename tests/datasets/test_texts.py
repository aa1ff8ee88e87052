"""The books inside the wheel: whole, cut into windows, back to letters."""

import gzip
import hashlib
import re

import numpy as np
import pytest

from minigrad.datasets import alice, authors
from minigrad.datasets.tables import DATA


def test_the_packed_books_hold_the_texts_that_sources_names():
    sources = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    stated = re.findall(r"## (\S+\.txt\.gz)\n.*?sha256 of the text: (\w{64})", sources, re.DOTALL)
    assert len(stated) == 2
    for name, digest in stated:
        assert hashlib.sha256(gzip.decompress((DATA / name).read_bytes())).hexdigest() == digest


def test_the_book_is_whole_and_uses_its_vocabulary_entirely():
    text = alice.load_text()
    assert text.lstrip().startswith("ALICE'S ADVENTURES IN WONDERLAND")
    assert text.endswith("THE END\n") and text.count("CHAPTER") == 12
    assert "".join(sorted(set(text))) == alice.VOCABULARY


def test_targets_are_the_characters_that_follow():
    (x_train, y_train), (x_test, y_test) = alice.load_data(length=50, test_split=0.2)
    for x, y in ((x_train, y_train), (x_test, y_test)):
        assert x.dtype == y.dtype == "int32" and x.shape == y.shape
        np.testing.assert_array_equal(x[:, 1:], y[:, :-1])
    text = alice.load_text()
    assert alice.decode(np.concatenate([x_train, x_test])) == text[: 50 * (len(text) // 50)]
    assert len(x_test) == pytest.approx(0.2 * (len(x_train) + len(x_test)), abs=1)


def test_encode_and_decode_undo_each_other():
    text = "`Curiouser and curiouser!' cried Alice"
    assert alice.decode(alice.encode(text)) == text


def test_characters_that_the_book_lacks_are_refused_by_name():
    with pytest.raises(ValueError, match="lacks 'é'"):
        alice.encode("café")


@pytest.mark.parametrize("module", [alice, authors])
@pytest.mark.parametrize("length", [0, -1, 10**6, 2.5, "long"])
def test_a_length_that_does_not_fit_is_refused(module, length):
    with pytest.raises(ValueError, match="Received: length="):
        module.load_data(length=length)


def test_passages_do_not_name_their_source_but_tell_it():
    (x_train, y_train), (x_test, y_test) = authors.load_data()
    x, y = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    assert x.max() == len(authors.VOCABULARY) - 1 and x.min() == 0
    assert np.bincount(y).tolist() == [2219, 1724]
    shakespeare = "".join(authors.decode(row) for row in x[y == 1])
    assert not re.search(r"exeunt|enter orlando", shakespeare)
    # A fair guess without any network: the author whose frequencies of letters are nearer.
    counts = np.stack([(x == i).mean(axis=1) for i in range(len(authors.VOCABULARY))], axis=1)
    means = np.stack([counts[y == c].mean(axis=0) for c in (0, 1)])
    guess = ((counts[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert 0.6 < (guess == y).mean() < 0.85
