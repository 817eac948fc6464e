"""What can be told by its form alone: e-mail addresses, phone numbers, web addresses, names on the net."""

import re
from collections.abc import Iterator

from advice.anonymity import vocabulary
from advice.anonymity.sorts import Sort, Span
from advice.anonymity.vocabulary import section

_TLD = "|".join(sorted(section("hosts end with"), key=len, reverse=True))
# Endings of hosts that may be a word after a full stop without a space ("late.so", "me.to"): those need a path or www.
_WORDLIKE_TLD = section("hosts end with, and sentences go on with")
_PROVIDERS = section("mail providers")


def is_provider(host: str) -> bool:
    """Whether a mail host serves everybody, so that its name tells nothing."""
    return any(part in _PROVIDERS for part in host.casefold().split(".")[:-1])


# -- e-mail
_AT = (
    r"(?:\s?(?:@|＠|&#64;|%40)\s?|\s?[\[({<]\s?(?:at|@|AT|At)\s?[\])}>]\s?|\s?[_-]{1,2}(?:AT|at)[_-]{1,2}\s?)"
)
_DOT = r"(?:[.]|\s[.]\s|\s?[\[({<]\s?(?:dot|\.|DOT|punkt|point)\s?[\])}>]\s?|\s?[_-](?:DOT|dot)[_-]\s?|\s(?:dot|DOT)\s)"
_LOCAL = r"(?<![\w.+%-])[\w+%\\'-]{1,64}(?:\s?[\[({]dot[\])}]\s?[\w+%-]{1,64}|\s(?:dot|\.)\s[\w+%-]{1,64}|[.][\w+%\\'-]{1,64}){0,4}\.?"
_EMAIL = re.compile(rf"{_LOCAL}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,4}}", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?<![\w.+%-])[\w+%'-]{1,64}(?:\s(?:dot|underscore|dash|hyphen)\s[\w+%-]{1,40}|[.][\w+%-]{1,64}){0,4}\s(?:at|AT)\s"
    rf"(?:[\w-]{{1,63}}(?:\s(?:dot|DOT)\s[\w-]{{2,40}}|\.[\w-]{{2,40}}){{1,3}}|(?:{'|'.join(sorted(p for p in _PROVIDERS if len(p) > 4))})\b)",
    re.IGNORECASE,
)
_BOXES = frozenset(
    [
        "hello",
        "info",
        "contact",
        "mail",
        "post",
        "office",
        "me",
        "admin",
        "team",
        "hi",
        "letters",
        "help",
        "support",
    ]
)
_BARE = re.compile(r"(?<![\w@])[\w.+%-]{1,64}@[\w-]{1,63}(?![\w.@])")


def emails(text: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        yield _span(Sort.EMAIL, match.start(), match.end(), "an address")
    for match in _SPOKEN.finditer(text):
        if _is_spoken_email(match.group()):
            yield _span(Sort.EMAIL, match.start(), match.end(), "an address")
    for match in _BARE.finditer(text):
        yield _span(Sort.EMAIL, match.start(), match.end(), "an address")


def _is_spoken_email(written: str) -> bool:
    """ "Jane at gmail" is an address; "look at example.com" and "it stands at example dot com" are web addresses."""
    local, host = re.split(r"\sat\s", written, maxsplit=1, flags=re.IGNORECASE)
    first = re.split(r"[\s.]", host)[0].casefold()
    if first in _PROVIDERS and first not in {"home", "online", "orange", "live", "example"}:
        return True
    return " dot " in host.casefold() and (
        local in _BOXES or not vocabulary.is_common(vocabulary.fold(local))
    )


# -- web addresses
_HOST = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}"
_SCHEME = re.compile(
    r"(?<![a-z])(?:https?|ftp|hxxps?)(?:://|:\\\\|%3A%2F%2F)[^\s<>\"“”]{1,2000}", re.IGNORECASE
)
_WWW = re.compile(r"(?<![\w.])www\d?\.[^\s<>\"“”]{3,500}", re.IGNORECASE)
_DOMAIN = re.compile(
    rf"(?<![\w.@/-]){_HOST}(?P<tld>{_TLD})(?![\w-])(?P<path>(?::\d+)?/[^\s<>\"“”]{{0,500}})?"
)
_SPOKEN_DOMAIN = re.compile(
    r"(?<![\w.])(?:www (?:dot )?)?[\w-]{2,63}(?:\s(?:dot|DOT)\s[\w-]{2,40}){0,2}\s(?:dot|DOT)\s(?:com|org|net|co|info|io|blog|uk|ie|de|fr|edu|us|ca|au)\b"
    r"(?:\s(?:dot)\s(?:uk|au|nz|za|in|jp))?(?:\s?(?:slash|/)\s?[\w-]{2,40})?",
    re.IGNORECASE,
)
_BRACKETED_DOMAIN = re.compile(
    r"(?<![\w.])[\w-]{2,63}\s?[\[(]\s?(?:dot|\.)\s?[\])]\s?(?:com|org|net|co|io|uk|de|fr)\b(?:/\S{0,200})?",
    re.IGNORECASE,
)
# Names of firms that happen to be web addresses.
_FIRMS = frozenset(
    [
        "booking.com",
        "match.com",
        "monday.com",
        "x.com",
        "ancestry.com",
        "nhs.uk",
        "gov.uk",
        "change.org",
        "amazon.com",
        "amazon.co.uk",
    ]
)
# Where somebody has a page of their own among millions.
_PROFILE = re.compile(
    r"(?:[a-z]+:)?(?://)?(?:[\w-]+\.)*(?:(?:facebook\.com|fb\.com|fb\.me|instagram\.com|instagr\.am|tiktok\.com|threads\.(?:net|com)|"
    r"twitter\.com|x\.com)/|linkedin\.com/(?:in|pub)/|strava\.com/athletes/|youtube\.com/(?:@|(?:c|channel|user)/))[^\s/?#]",
    re.IGNORECASE,
)
_END_MARKS = ".,;:!?’'\"”)]}>*_…"


def is_profile(address: str) -> bool:
    return bool(_PROFILE.match(address))


def urls(text: str) -> Iterator[Span]:
    for pattern in (_SCHEME, _WWW):
        for match in pattern.finditer(text):
            yield _trimmed(text, match.start(), match.end())
    for match in _DOMAIN.finditer(text):
        if _is_address(match):
            yield _trimmed(text, match.start(), match.end())
    for pattern in (_SPOKEN_DOMAIN, _BRACKETED_DOMAIN):
        for match in pattern.finditer(text):
            yield _trimmed(text, match.start(), match.end())


def _is_address(match: re.Match[str]) -> bool:
    host = match.group().partition("/")[0].casefold()
    path, tld = match["path"], match["tld"]
    if host in _FIRMS and path in {None, "/"}:
        return False
    labels = host.split(".")
    if all(len(label) == 1 for label in labels[:-1]) and not path:
        return False  # "e.g", "p.m.in"
    if tld in _WORDLIKE_TLD and not path:
        return len(labels) > 2 or not vocabulary.is_common(labels[-2])
    return True


def _trimmed(text: str, start: int, end: int) -> Span:
    while end > start + 1 and (text[end - 1] in _END_MARKS):
        if text[end - 1] == ")" and text.count("(", start, end) >= text.count(")", start, end):
            break
        end -= 1
    return _span(Sort.URL, start, end, "a website")


def _span(sort: Sort, start: int, end: int, suggestion: str) -> Span:
    return Span(sort, start, end, suggestion)


# -- phone numbers
_NUMBER = re.compile(
    r"(?<![\w.,/#:+-])(?:\+\s?|\(\+?)?\d(?:[\d]|(?!\.\s)[ \u00a0\u202f.\-–‑()/]{1,3}(?=[\d(])){5,28}\d(?![\d:]|[,.]\d)"
)
_EXTENSION = re.compile(r",?\s?(?:ext\.?|extension|x|#)\s?\d{1,6}\b", re.IGNORECASE)
_CALL = re.compile(
    r"\b(?:tel|tele?phone|phone|fone|call|ring|rang|text|txt|sms|whatsapp|mobile|mob|cell|landline|number|numbers|no|fax|reach|contact|signal|"
    r"telegram|dial|handy|portable|viber|on|line)\b[^\n]{0,25}$",
    re.IGNORECASE,
)
_NOT_CALL = re.compile(
    r"(?:isbn|issn|doi|pmid|order|account|ref|reference|case|policy|invoice|serial|model|nhs|passport|tracking|sort code|vin|part|ticket)"
    r"(?:\s(?:no\.?|number|nr\.?|id))?[:#]?\s?(?:is\s)?$|[£$€¥₹]\s?$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s?(?:%|°|k\b|km|kms|m\b|mi\b|miles?|metres?|meters?|steps?|words?|kcal|cal|calories|lux|mg|mcg|µg|g\b|kg|ml|iu\b|IU|lbs?|pounds|quid|dollars|euros|"
    r"bucks|rupees|followers|views|people|hours|hrs|mins?|minutes|seconds|days|weeks|years|months|reps|watts|bpm|rpm|feet|ft)\b",
    re.IGNORECASE,
)  # fmt: skip
_SPELLED = re.compile(
    r"\b(?:(?:oh|o|zero|nought|one|two|three|four|five|six|seven|eight|nine|double|triple)[\s,.-]{1,2}){6,19}(?:oh|zero|nought|one|two|three|four|five|six|seven|eight|nine)\b",
    re.IGNORECASE,
)
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .\-]?)?\(?[2-9]\d{2}\)?[ .\-–/]{0,3}\d{3}[ .\-–]\d{4}$")
_SHORT = re.compile(r"\d{3}[-.]\d{4}$")
_YEARS = re.compile(r"(?:1[89]|20)\d\d\s?[-–/]\s?(?:(?:1[89]|20)\d\d|\d\d)$")
_ISO_DAY = re.compile(r"(?:1[89]|20)\d\d[-./]\d{1,2}[-./]\d{1,2}$|\d{1,2}[-./]\d{1,2}[-./](?:1[89]|20)?\d\d$")


def phones(text: str) -> Iterator[Span]:
    for match in _NUMBER.finditer(text):
        start, end = match.start(), match.end()
        written = match.group()
        if written.count("(") > written.count(")"):
            continue
        if _is_phone(text, start, end):
            extension = _EXTENSION.match(text, end)
            yield _span(Sort.PHONE, start, extension.end() if extension else end, "a number")
    for match in _SPELLED.finditer(text):
        yield _span(Sort.PHONE, match.start(), match.end(), "a number")


def _is_phone(text: str, start: int, end: int) -> bool:
    written = text[start:end]
    digits = re.sub(r"\D", "", written)
    before = text[max(0, start - 40) : start]
    if (
        not 7 <= len(digits) <= 15
        or _NOT_CALL.search(before)
        or _YEARS.match(written)
        or _ISO_DAY.match(written)
    ):
        return False
    if written.startswith(("+", "(+")):
        return len(digits) >= 8
    if _UNIT.match(text, end) or (len(digits) == 13 and digits.startswith(("978", "979"))):
        return False
    if digits.startswith("00"):
        return len(digits) >= 9
    if digits.startswith("0") or written.startswith("(0"):
        return 8 <= len(digits) <= 12
    if _NORTH_AMERICAN.match(written):
        return True
    called = bool(_CALL.search(before))
    if _SHORT.match(written):
        return called or text[end : end + 1] != "-"
    # Bare digits in groups: only where somebody is to be called.
    return called and (len(digits) >= 8 or not _looks_like_range(written))


def _looks_like_range(written: str) -> bool:
    parts = re.split(r"\s?[-–/]\s?", written)
    return len(parts) == 2 and all(len(re.sub(r"\D", "", part)) <= 5 for part in parts)


# -- names on the net
_NETS = (
    r"insta(?:gram)?|ig|the gram|twitter|tik ?tok|youtube|yt|whatsapp|messenger|facebook|fb|snap(?:chat)?|reddit|discord|telegram|signal|"
    r"linkedin|pinterest|bluesky|bsky|mastodon|threads|tumblr|twitch|strava|garmin(?: connect)?|zwift|peloton|myfitnesspal|mfp|steam|psn|"
    r"xbox(?: live)?|gamertag|skype|venmo|cash ?app|paypal|substack|vinted|depop|etsy|ebay|letterboxd|goodreads|ravelry|soundcloud|bandcamp|"
    r"spotify|onlyfans|kik|wechat|line|weibo|vk|mumsnet|fetlife|hinge|duolingo|medium|wattpad|ao3|github|flickr|vsco|bereal|komoot|parkrun"
)
_WRITTEN = r"[\"“'‘*_(]{0,2}@?(?P<name>[\w][\w.\\\-]{1,39}(?:#\d{3,5})?)"
_HANDLES = (
    re.compile(r"(?<![\w.@/])@(?P<name>\w[\w.\\-]{1,60}(?:@[\w.-]{3,60})?)"),
    re.compile(r"(?<![\w/])/?(?P<name>u/[\w-]{2,30})"),
    re.compile(r"(?<![\w#])(?P<name>\w[\w. ]{1,31}?\w#\d{4})\b(?!\s?(?:of|in))"),
)
_LOOSE_HANDLES = (
    # "on Instagram as x", "on Strava I'm x", "my Discord is x", "insta: x", "find me at x"
    re.compile(
        rf"\b(?:{_NETS})\b(?:\s(?:as|under|at|by|where|too|is|i|i'm|i’m|im|i am|am|name|handle|account|user(?:name)?|profile|id|tag|it's|it’s|the|name's|my|,|called|there|there's|and|he's|she's|he’s|she’s|goes|go|me|called|me,)|[,:;—–-]){{1,5}}\s{{0,2}}{_WRITTEN}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:handle|user ?name|screen ?name|nick(?:name)?|gamer ?tag|login|log-in|account|alias|tag|profile|dm me(?: at)?|dms? (?:at|to)|add me(?: on \w+)?|follow me(?: on \w+)?|find me(?: on \w+)?|goes by|go by|known as|posts? as|post under|posting as|writes? as)\b(?:\s(?:is|as|at|there|there's|on|under|called|name|i'm|i’m|here|was|reads|the|by)|\sname|[,:;–—-]|\((?=@?\w)){{0,4}}\s{{0,2}}{_WRITTEN}",
        re.IGNORECASE,
    ),
    # "x on Instagram"
    re.compile(
        rf"(?<![\w.@/-])@?(?P<name>\w[\w.\\\-]{{2,39}})[\"”'’*_)]{{0,2}},?\s(?:on|over on|at)\s(?:my\s)?(?:{_NETS})\b",
        re.IGNORECASE,
    ),
)
_SHAPED = re.compile(
    r"(?<![\w.@/\\-])(?P<name>(?=[\w.\\-]{5,40}(?![\w]))[^\W\d_]{2,}(?:\\?_[^\W_]+){1,5}\d{0,4}|[^\W\d_]{3,}[._-]?(?:19|20)\d\d\b)(?![\w@])"
)
_PLAIN = frozenset(["http", "https", "www", "the", "my", "our", "a", "an", "i"])


def handles(text: str) -> Iterator[Span]:
    for pattern in _HANDLES:
        for match in pattern.finditer(text):
            start = match.start("name")
            if text[start - 1 : start] == "@":
                start -= 1
            if "#" in match.group() and " " in match["name"]:
                start += match["name"].rindex(" ") + 1
            yield _handle(text, start, match.end("name"))
    for pattern in _LOOSE_HANDLES:
        for match in pattern.finditer(text):
            if _is_handle(match["name"]):
                yield _handle(text, match.start("name"), match.end("name"))
    for match in _SHAPED.finditer(text):
        if _is_handle(match["name"]):
            yield _handle(text, match.start("name"), match.end("name"))


def _is_handle(name: str) -> bool:
    bare = name.strip("._-").replace("\\", "")
    if len(bare) < 3 or bare.isdigit() or bare.casefold() in _PLAIN:
        return False
    if re.fullmatch(r"[\d.:,-]+\w{0,3}", bare):
        return False  # a time, a distance, a version
    if vocabulary.fold(bare) in vocabulary.given() or vocabulary.phrase_length([vocabulary.fold(bare)]):
        return False  # a person's name, and another rule's
    if any(mark in bare for mark in "_#") or (
        any(mark.isdigit() for mark in bare) and any(mark.isalpha() for mark in bare)
    ):
        return True
    parts = [part for part in re.split(r"[.\-]", vocabulary.fold(bare)) if part]
    if len(parts) > 1 and "." in bare.strip("."):
        return True
    inner = bool(re.search(r"[a-z][A-Z]", bare))
    return inner or not all(vocabulary.is_common(part) or vocabulary.phrase_length([part]) for part in parts)


def _handle(text: str, start: int, end: int) -> Span:
    while end > start + 1 and text[end - 1] in ".-\\_*":
        end -= 1
    return _span(Sort.HANDLE, start, end, "an account")
