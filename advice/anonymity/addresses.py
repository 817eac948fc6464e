"""Postcodes of many countries, and streets with or without a number."""

import re
from collections.abc import Iterator

from advice.anonymity import vocabulary
from advice.anonymity.sorts import Sort, Span
from advice.anonymity.vocabulary import section

_AREAS = section("postcode areas of the United Kingdom") | {"GIR"}
_AREA = "|".join(sorted(section("postcode areas of the United Kingdom"), key=len, reverse=True))
_UK = re.compile(
    r"(?<![\w£$€#-])(?P<area>[A-Z]{1,3})\d[\dA-Z]?[ \u00a0-]?\d[ABD-HJLNP-UW-Z]{2}(?!\w)", re.IGNORECASE
)
_UK_AREA_ONLY = re.compile(
    rf"\b(?:in|near|from|around|to|live|living|of|area|postcode|,)\s(?P<code>(?:{_AREA})(?:\d\d?|\d[A-Z]))(?![\w-]| ?(?:vitamin|deficien|levels?|shots?|vertebra|paper|size|exit|motorway))"
)
_NO_INWARD = frozenset(["st", "nd", "rd", "th", "lb", "pm", "am", "kg", "km", "mg", "ml", "hr"])
_STATE = "|".join(section("states"))
_STATE_NAME = (
    "Alabama|Alaska|Arizona|Arkansas|California|Calif|Colorado|Connecticut|Conn|Delaware|Florida|Fla|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|"
    "Louisiana|Maine|Maryland|Massachusetts|Mass|Michigan|Mich|Minnesota|Minn|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|"
    "New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Ore|Pennsylvania|Penn|Rhode Island|South Carolina|South Dakota|Tennessee|Tenn|"
    "Texas|Tex|Utah|Vermont|Virginia|Washington|Wash|West Virginia|Wisconsin|Wis|Wyoming"
)
_US = (
    re.compile(
        rf"(?<!\w)(?:(?:{_STATE})\.?|{_STATE_NAME}|[A-Z]\.[A-Z]\.),?\s+\d{{5}}(?:-\d{{4}})?(?![\w,]\d|\d)"
    ),
    re.compile(r"(?<![\w.,$£€-])\d{5}-\d{4}(?![\w-])"),
    re.compile(
        r"\b(?:zip|zip ?codes?|postal codes?|post ?codes?|plz|cap|cep|code postal|pin ?codes?|pin)\b(?:\s(?:is|of|code|codes|area|the|here|in|my|number)|[:.,]){0,3}\s?(?P<code>\d{3} \d{3}|\d{2}-\d{3}|\d{5}-\d{3}|\d{4,6}(?:-\d{4})?)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![\w.,$£€-])(?P<code>\d{5})\s(?:is\s)?(?:my\s|our\s|the\s)?(?:zip|area code|postcode|post code|postal code)\b",
        re.IGNORECASE,
    ),
)
_CANADA = re.compile(
    r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d(?!\w)", re.IGNORECASE
)
_IRELAND = re.compile(r"(?<!\w)(?:[AC-FHKNPRTV-Y]\d{2}|D6W) ?[0-9AC-FHKNPRTV-Y]{4}(?!\w)", re.IGNORECASE)
_AUSTRALIA = re.compile(
    r"(?<!\w)(?:NSW|VIC|Vic|QLD|Qld|SA|WA|TAS|Tas|NT|ACT|New South Wales|Victoria|Queensland|Tasmania|South Australia|Western Australia),?\s\d{4}(?!\w)"
)
_NETHERLANDS = re.compile(
    r"(?<![\w.,:/-])[1-9]\d{3} ?(?!AM|PM|AD|BC|CE|KM|MG|ML|KG|BP|MB|GB|TV|LB|US|UK|EU)[A-Z]{2}(?!\w)"
)
_BEFORE_PLACE = re.compile(
    r"(?<![\w.,/:£$€#-])(?P<code>(?:[A-Z]{1,2}-)?(?:\d{5,6}|\d{2}-\d{3}|\d{3} \d{2}))[ ,]{1,2}(?P<place>[^\W\d_a-z][\w’'-]{2,})"
)
_SHORT_BEFORE_PLACE = re.compile(
    r"(?:^|(?<=[,\n] )|(?<=\n)|(?<=[A-Z]-)|(?<=\bin ))(?P<code>\d{4})\s(?P<place>[^\W\d_a-z][\w’'-]{2,})"
)
_AFTER_PLACE = re.compile(r"(?<=[^\W\d_])(?:\s[-–]\s?|-|,\s|\s)(?P<code>\d{3} ?\d{3})(?![\w.,/-])(?!\s[a-z])")
# Where somebody is or something goes to, with nothing but a number: "I’m in 3056", "sent to 31-042".
_ALONE = re.compile(
    r"\b(?:i['’]?m|i am|we['’]?re|we are|lives?|living|based|send|sent|post|posted|mail|mailed)\s(?:[^\W\d_]+\s)?(?:in|to|at)\s"
    r"(?P<code>\d{4,6}|\d{2}-\d{3}|\d{3} \d{3})(?![\w-]|[.,:/]\d| ?%| (?!(?:if|and|or|any|but|where|with|since|now|please|thanks|then|as|so|which|in|near|at|again|not)\b)[^\W\d_])",
    re.IGNORECASE,
)
_SOUTHERN = re.compile(r"[^\W\d_a-z][\w’'-]+,?\s(?P<code>\d{4})(?=\s*(?:$|\n|[.;)]))")


def postcodes(text: str) -> Iterator[Span]:
    for match in _UK.finditer(text):
        written = match.group()
        if match["area"].upper() not in _AREAS:
            continue
        if written[-2:].casefold() not in _NO_INWARD or (written[:2].isupper() and written[-2:].isupper()):
            yield _code(match, 0)
    for match in _UK_AREA_ONLY.finditer(text):
        if match["code"] not in {
            "B12",
            "B6",
            "B1",
            "B2",
            "B3",
            "B5",
            "B7",
            "B9",
            "E2",
            "M1",
            "M2",
            "M3",
            "M4",
            "S1",
            "L4",
            "L5",
            "L3",
            "G7",
            "G8",
            "G20",
        }:
            yield _code(match, "code")
    for pattern in (*_US, _AUSTRALIA, _NETHERLANDS):
        for match in pattern.finditer(text):
            yield _code(match, "code" if "code" in pattern.groupindex else 0)
    for match in _CANADA.finditer(text):
        if match.group()[0].isupper() or " " in match.group():
            yield _code(match, 0)
    for match in _IRELAND.finditer(text):
        if _mixed(match.group()):
            yield _code(match, 0)
    for pattern in (_BEFORE_PLACE, _SHORT_BEFORE_PLACE):
        for match in pattern.finditer(text):
            if not vocabulary.is_common(vocabulary.fold(match["place"])) and not _is_year(match["code"]):
                yield _code(match, "code")
    for match in _ALONE.finditer(text):
        if not _is_year(match["code"]):
            yield _code(match, "code")
    for match in _AFTER_PLACE.finditer(text):
        if re.search(r"[^\W\d_a-z][\w’'-]+$", text[max(0, match.start() - 30) : match.start()]):
            yield _code(match, "code")


def _mixed(code: str) -> bool:
    """Eircodes: four last signs with a letter and a figure, or all as the routing key says ("D02 X285")."""
    tail = code.replace(" ", "")[3:]
    if not any(sign.isdigit() for sign in tail) and " " not in code:
        return False
    return (
        any(sign.isalpha() for sign in tail)
        and (any(sign.isdigit() for sign in tail) or tail.isupper())
        and code[:3].isupper()
    )


def _is_year(code: str) -> bool:
    return len(code) == 4 and code[:2] in {"18", "19", "20"}


def _code(match: re.Match[str], group: int | str) -> Span:
    return Span(Sort.POSTCODE, match.start(group), match.end(group), "my area")


_AFTER_STREET = re.compile(r"[\s,]{1,3}(?:[^\W\d_a-z][\w’' -]{2,25}?,?\s)?(?P<code>\d{4,6})(?![\w.,/:]\w)\b")


def codes_after(text: str, streets: list[Span]) -> Iterator[Span]:
    """Figures that end an address."""
    for street in streets:
        if (match := _AFTER_STREET.match(text, street.end)) and not _is_year(match["code"]):
            yield _code(match, "code")


# -- streets
_STREET = (
    "street|road|avenue|lane|close|drive|crescent|terrace|grove|mews|gardens|boulevard|parkway|highway|square|hill|row|walk|way|court|place|view|rise|"
    "croft|drove|wharf|quay|parade|circle|trail|heights|green|mount|vale|gate|circus|esplanade|promenade|crossing|loop|ridge|run|pike|alley|bend|path|"
    "st|rd|ave|av|ln|dr|cres|blvd|pkwy|hwy|sq|ct|pl|ter|cl|wy"
)
_SURE_STREET = "street|road|avenue|lane|close|drive|crescent|terrace|grove|mews|boulevard|court|rd|ave|blvd|hwy|highway|parkway"
_UNIT = r"(?:(?:flat|apt|apartment|unit|suite|room|no|number|app|appt|top floor|house|the flat)\b\.?\s?#?[\w/-]{1,6},?\s)"
_CAP = r"(?:[^\W\d_a-z][\w’'.-]{0,24}|(?:of|the|de|la|du|des)\b)"
_NUMBERED = re.compile(
    rf"(?<![\w.,/:£$€-])(?:(?i:{_UNIT}))?\d{{1,5}}(?:\s?[-–/]\s?\d{{1,4}})?[A-Za-z]?,?\s(?:{_CAP}\s){{1,4}}(?i:{_STREET})\b\.?"
    rf"(?:\s(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b)?(?:,?\s(?i:apt|apartment|unit|flat|suite|#)\.?\s?#?\w{{1,5}})?"
)
_NUMBERED_SMALL = re.compile(
    rf"(?<![\w.,/:£$€-])(?:{_UNIT})?\d{{1,5}}[a-z]?,?\s(?P<names>(?:[a-z’'-]{{3,20}}\s){{1,2}})(?:{_SURE_STREET})\b",
    re.IGNORECASE,
)
_SAINT_STREET = re.compile(
    rf"(?<![\w-])(?P<names>(?:(?:[^\W\d_a-z][\w’']{{1,24}}|[A-Z]\.)[ -]){{1,3}})(?i:{_SURE_STREET})\b(?!\s(?:Running|Runners|School|Surgery|Church))"
)
_FOREIGN = re.compile(
    r"(?<![\w-])(?:\d{1,5}\s?(?:bis|ter|[a-d])?,?\s)?(?i:rue|avenue|boulevard|chemin|impasse|allée|place|quai|calle|avenida|avda\.?|plaza|paseo|carrer|rua|travessa|via|viale|piazza|corso|ul\.|ulica|ulitsa)\s"
    r"(?:(?:de la|de l['’]|de|du|des|del|della|dei|d['’]|da|do|dos|los|las|la|el|le)\s?){0,2}[^\W\d_a-z][\w’'-]+(?:\s[^\W\d_a-z][\w’'-]+)?(?:,?\s(?:n[ºo°]\s?)?\d{1,4}[a-z]?)?(?:,?\sapp\.\s?\w{1,4})?"
)
_GERMANIC = re.compile(
    r"(?<![\w-])[^\W\d_a-z][\w-]*(?:straße|strasse|str\.|weg|gasse|allee|platz|ufer|damm|straat|laan|gracht|plein|kade|vej|gade|vägen|gatan|gata|veien|gate|tie|katu)\s\d{1,4}\s?[a-z]?\b"
)
_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|post office box|postfach|apartado|private bag|(?:rural )?route \d+,? box|rr ?\d+ box|box(?= \d{2,}))\s?#?\d{1,6}\b",
    re.IGNORECASE,
)
_UNIT_ONLY = re.compile(
    r"(?<![\w-])(?:flat|apt|apartment|unit)\.?\s#?\d{1,4}[a-z]?\b(?=,|\s(?:on|at|in)\s[A-Z])", re.IGNORECASE
)
_HOUSE = re.compile(
    r"(?<![\w-])(?:[^\W\d_a-z][\w’']+\s){1,2}(?:Cottage|House|Farm|Lodge|Barn|Rectory|Vicarage|Manor)(?=,\s[A-Z])"
)
_FAMOUS = re.compile(
    r"^(?:wall|fleet|main|high|downing|sesame|coronation|oxford|bond|harley|carnaby|fifth|madison|park|abbey|tobacco|silk|pennsylvania|easy|memory|penny|lovers|fast|"
    r"middle|the|a|same|this|that|my|our|new|no|one|long|wrong|right|cross|off|on|down|up|savile)\s?$",
    re.IGNORECASE,
)
_FILLER = section("within no street")


def streets(text: str) -> Iterator[Span]:
    for pattern in (_NUMBERED, _FOREIGN, _GERMANIC, _BOX, _HOUSE, _UNIT_ONLY):
        for match in pattern.finditer(text):
            if pattern is _FOREIGN and not _is_foreign(match.group()):
                continue
            yield _street(match)
    for match in _NUMBERED_SMALL.finditer(text):
        if not _FILLER & set(match["names"].casefold().split()):
            yield _street(match)
    for match in _SAINT_STREET.finditer(text):
        names = match["names"].split()
        while names and names[0].casefold() in {
            "the",
            "on",
            "in",
            "our",
            "my",
            "from",
            "down",
            "at",
            "off",
            "a",
            "to",
        }:
            names = names[1:]
        if names and not _FAMOUS.match(" ".join(names)):
            yield _street(match)


def _is_foreign(written: str) -> bool:
    """ "Via Roma 3", "rue Saint-Hubert"; not "via Strava" or "place To"."""
    kind = written.lstrip("0123456789 ,").split()[0].casefold()
    if kind in {"via", "place", "avenue", "plaza", "boulevard", "le", "corso", "viale", "piazza"}:
        return any(sign.isdigit() for sign in written)
    return any(sign.isupper() for sign in written.split(kind, 1)[-1])


def _street(match: re.Match[str]) -> Span:
    return Span(Sort.WORKPLACE, match.start(), match.end(), "my street")
