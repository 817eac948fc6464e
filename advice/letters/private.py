"""What nobody may read in print: the words of a letter that name its writer. For the check alone; never shown, never logged.

This is no look at an identity (looking.py): the words go into a comparison, and what comes out stood in the text already.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings

from advice.articles.models import AllowedName, Article, Column, Expert
from advice.letters.models import Letter, LetterVersion

MOST_IN_A_NAME = 4  # words of a last line that is taken for a name
_NAME = r"[^\W\d_][\w’'.-]*"
_NAMED = re.compile(rf"(?=[^a-z]){_NAME},?")
_INTRODUCED = re.compile(
    rf"\b(?i:my name is|my name’s|my name's|i am called|i’m called|i'm called)\s+({_NAME})(?:\s+({_NAME}))?"
)


def private_words(article: Article) -> set[str]:
    """Of all its letters, merged and withdrawn ones too: addresses, names under and in them, signatures not printed here."""
    letters = list(Letter.objects.filter(article=article).defer("email"))
    words = set(_emails([letter.pk for letter in letters]))
    for text in LetterVersion.objects.filter(letter__in=letters).values_list("text", flat=True):
        words.update(_names_in(text))
    words.update(letter.signature for letter in letters if not letter.is_lead)
    return words


def names_of_ours() -> set[str]:
    """What may stand in print wherever it is: experts, columns, the site, and the names on the desk's list."""
    return {
        *Expert.objects.values_list("name", flat=True),
        *Column.objects.values_list("name", flat=True),
        *AllowedName.objects.values_list("name", flat=True),
        settings.SITE_NAME,
        urlsplit(settings.SITE_URL).netloc,
    } - {""}


def allowed_names(article: Article) -> set[str]:
    """And, in an article, the signature."""
    leads = Letter.objects.filter(article=article, is_lead=True)
    return {*names_of_ours(), *leads.values_list("signature", flat=True), article.signature} - {""}


def _emails(pks: list[int]) -> Iterator[str]:
    """One that no key opens is left out: it must not hold up what others sent."""
    for pk in pks:
        try:
            email = Letter.objects.filter(pk=pk).values_list("email", flat=True).get()
        except InvalidToken:
            continue
        if email:
            yield email


def _names_in(text: str) -> Iterator[str]:
    """The name somebody gives themselves in a letter: in its last line, or after “my name is”."""
    for found in _INTRODUCED.finditer(text):
        yield from (name.strip(".,") for name in found.groups() if name and name[0].isupper())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1].split() if len(lines) > 1 else []
    if 0 < len(last) <= MOST_IN_A_NAME and all(_NAMED.fullmatch(word) for word in last):
        yield " ".join(last).strip(".,")
