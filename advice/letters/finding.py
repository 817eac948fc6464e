"""Letters by their words. No index is kept of letters, so this looks through all of them, each time somebody asks."""

import re

from django.db.models import Q

from advice.letters.models import Letter

MOST = 200  # letters that are found; who finds so many asks for something rarer
MOST_WORDS = 8
FIELDS = ("case_number", "signature", "versions__question", "versions__text")


def words_of(text: str) -> list[str]:
    """The words of a search, what stands in quotes as one."""
    found = ["".join(pair).strip() for pair in re.findall(r'"([^"]+)"|([^\s"]+)', text)]
    return list(dict.fromkeys(filter(None, found)))[:MOST_WORDS]


def find(words: list[str]) -> list[int]:
    """The keys of the letters that have each of the words in one version, their signature or case number, newest first."""
    if not words:
        return []
    wanted = Q()
    for word in words:
        wanted &= _has(word)
    found = Letter.objects.filter(wanted).order_by("-received_at", "-pk").values_list("pk", flat=True)
    return list(dict.fromkeys(found[: MOST * 3]))[:MOST]


def _has(word: str) -> Q:
    # SQLite compares letters beyond A to Z as they are written.
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    has = Q()
    for spelling in spellings:
        for field in FIELDS:
            has |= Q(**{f"{field}__icontains": spelling})
    return has
