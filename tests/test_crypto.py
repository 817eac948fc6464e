import pytest
from cryptography.fernet import InvalidToken

from advice import crypto


def test_text_comes_back_and_does_not_stand_in_the_token(settings):
    settings.PRIVATE_KEYS = ["one"]
    token = crypto.encrypt("adam@example.org")
    assert crypto.decrypt(token) == "adam@example.org"
    assert "adam" not in token


def test_a_new_first_key_writes_and_the_old_one_still_reads(settings):
    settings.PRIVATE_KEYS = ["old"]
    token = crypto.encrypt("a letter")
    settings.PRIVATE_KEYS = ["new", "old"]
    assert crypto.decrypt(token) == "a letter"
    rotated = crypto.rotate(token)
    settings.PRIVATE_KEYS = ["new"]
    assert crypto.decrypt(rotated) == "a letter"
    with pytest.raises(InvalidToken):
        crypto.decrypt(token)


def test_digests_are_keyed_and_fold_spellings(settings):
    settings.PRIVATE_KEYS = ["one"]
    first = crypto.digest("Adam@Example.org ")
    assert first == crypto.digest("adam@example.org")
    settings.PRIVATE_KEYS = ["two", "one"]
    assert crypto.digest("adam@example.org") != first
    assert first in crypto.digests("adam@example.org")
