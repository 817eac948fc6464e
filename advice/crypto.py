"""Encryption at rest of what letter writers entrust to us. The keys live in the environment, never in the database."""

import base64
import hashlib
import hmac
import unicodedata
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def _derive(key: str, purpose: bytes) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=32, person=purpose).digest()


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(key, b"encrypt"))) for key in keys])


def encrypt(text: str) -> str:
    """An ASCII token (Fernet: AES-128-CBC with HMAC-SHA256), under the first of PRIVATE_KEYS."""
    return _box(tuple(settings.PRIVATE_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of `token`, under whichever of PRIVATE_KEYS wrote it. Raises InvalidToken under any other."""
    return _box(tuple(settings.PRIVATE_KEYS)).decrypt(token.encode()).decode()


def is_current(token: str) -> bool:
    """Whether the first of PRIVATE_KEYS wrote it."""
    try:
        _box((settings.PRIVATE_KEYS[0],)).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def rotate(token: str) -> str:
    """The same text under the first of PRIVATE_KEYS. Raises InvalidToken where none of them wrote it."""
    return _box(tuple(settings.PRIVATE_KEYS)).rotate(token.encode()).decode()


def digests(text: str) -> list[str]:
    """Keyed digests of `text`, one for each key, the writing key's first: to find a row without storing its words."""
    folded = unicodedata.normalize("NFKC", text).strip().casefold().encode()
    return [
        hmac.new(_derive(key, b"digest"), folded, hashlib.sha256).hexdigest() for key in settings.PRIVATE_KEYS
    ]


def digest(text: str) -> str:
    return digests(text)[0]


class EncryptedTextField(models.TextField):
    """Text that stands encrypted in the database. It cannot be searched or ordered by; None and "" stay as they are."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return decrypt(value)
        except InvalidToken as error:
            raise InvalidToken(
                "A private field cannot be read: the key that wrote it is not in PRIVATE_KEYS."
            ) from error

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
