"""What a source may be, at the desk and in a file."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from advice.articles.sources import cleaned


def test_a_source_is_tidied():
    row = cleaned(
        {"title": "  Cramp,\n and more ", "publisher": "", "year": " 2019 ", "url": "https://a.example/x"}
    )
    assert row == {"title": "Cramp, and more", "publisher": "", "year": 2019, "url": "https://a.example/x"}


def test_only_the_title_is_needed():
    assert cleaned({"title": "Cramp"}) == {"title": "Cramp", "publisher": "", "year": None, "url": ""}


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"publisher": "Without a title"},
        {"title": "x" * 301},
        {"title": "x", "year": "19"},
        {"title": "x", "year": "MMXX"},
        {"title": "x", "year": "²019"},
        {"title": "x", "year": "9" * 5_000},
        {"title": "x", "year": str(timezone.now().year + 2)},
        {"title": "x", "url": "javascript:alert(1)"},
        {"title": "x", "url": "ftp://a.example/"},
        {"title": "x", "url": "//a.example/"},
        {"title": "x", "url": "https://a.example/" + "x" * 400},
    ],
)
def test_what_is_no_source_is_refused(row):
    with pytest.raises(ValidationError):
        cleaned(row)
