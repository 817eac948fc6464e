"""Keys and codes as people copy them."""

from django import template

register = template.Library()


@register.filter
def in_fours(text: str) -> str:
    """
    >>> in_fours("12345678")
    '1234 5678'
    """
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
