"""What the site may print: names, hosts and addresses."""

import re
from collections.abc import Iterable

from advice.anonymity.patterns import is_profile
from advice.anonymity.sorts import Sort
from advice.anonymity.vocabulary import fold, section

_NAMES = frozenset([Sort.OWN, Sort.WORKPLACE, Sort.PERSON, Sort.HANDLE])
_AROUND = 120  # letters on either side in which a whole entry may stand


class Allowed:
    def __init__(self, entries: Iterable[str]) -> None:
        self.whole = {fold(entry.strip()) for entry in entries if entry.strip()}
        self.entries = [_words(entry) for entry in self.whole]
        self.words = [frozenset(words) for words in self.entries]

    def covers(self, sort: Sort, written: str) -> bool:
        if not self.whole:
            return False
        plain = fold(written.strip())
        if plain in self.whole:
            return True
        if sort == Sort.URL:
            return self._host(plain)
        if sort in {Sort.EMAIL, Sort.HANDLE} and plain.removeprefix("@") in self.whole:
            return True
        if sort in _NAMES:
            mine = {word for word in _words(plain) if word not in section("titles")}
            return bool(mine) and any(mine <= theirs for theirs in self.words)
        return False

    def covers_own(self, text: str, start: int, end: int) -> bool:
        """A word of the writer's own name may stand as a whole entry, or within one that stands there in whole: an expert
        who is called Joss, too, is no reason to print it alone."""
        plain = fold(text[start:end].strip())
        if plain in self.whole or plain.removeprefix("@") in self.whole:
            return True
        mine = set(_words(plain))
        around = text[max(0, start - _AROUND) : end + _AROUND].replace("’", "'").replace("‘", "'")
        at = min(start, _AROUND)
        return any(
            found.start() <= at and at + end - start <= found.end()
            for words in self.entries
            if mine and mine <= set(words)
            for found in _in_whole(words).finditer(around)
        )

    def _host(self, address: str) -> bool:
        if is_profile(address):  # a host that everybody has a page at says nothing of this page
            bare = _bare(address)
            return any("/" in entry and f"{bare}/".startswith(entry) for entry in map(_bare_page, self.whole))
        host = _host_of(address)
        return any(
            address.startswith(entry) or host == _host_of(entry) or host.endswith(f".{_host_of(entry)}")
            for entry in self.whole
            if "." in entry and " " not in entry
        )


def _in_whole(words: list[str]) -> re.Pattern[str]:
    """With its title or without."""
    titles = section("titles")
    named = [word for word in words if word not in titles] or words
    whole = r"\W{1,3}".join(map(re.escape, named))
    return re.compile(rf"(?<!\w){whole}(?!\w)", re.IGNORECASE)


def _bare(address: str) -> str:
    return (address.partition("://")[2] or address).removeprefix("www.").rstrip("/")


def _bare_page(entry: str) -> str:
    return f"{_bare(entry)}/" if "/" in _bare(entry) else ""


def _host_of(address: str) -> str:
    return _bare(address).partition("/")[0]


def _words(entry: str) -> list[str]:
    return [
        word
        for word in "".join(sign if sign.isalnum() or sign in "'-" else " " for sign in entry).split()
        if word
    ]
