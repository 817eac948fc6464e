"""The contrast of every text of a mail with what is behind it (WCAG 2.2, 1.4.3), from its styles alone."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import css_inline
import html5lib

_DARK = re.compile(r"(?s)@media \(prefers-color-scheme: dark\) \{(.*?)\n\}")


def dark(html: str) -> str:
    """The mail as a program in the dark shows it: its rules for the dark written into its tags, too."""
    rules = _DARK.search(html)
    assert rules
    return css_inline.CSSInliner(load_remote_stylesheets=False).inline(
        _DARK.sub(lambda found: found[1], html)
    )


def contrasts(html: str) -> Iterator[tuple[str, str, str, float]]:
    """Each text with its colour, that of what is behind it, and their contrast. Hidden text is left out."""
    body = html5lib.parse(html, namespaceHTMLElements=False).find("body")
    assert body is not None
    for words, ink, paper in _texts(body, "canvastext", "canvas"):
        yield words, ink, paper, contrast(ink, paper)


def sizes(html: str) -> set[float]:
    """Of all text that is given a size."""
    return {
        float(size)
        for style in re.findall(r'style="([^"]*)"', html)
        if "display: none" not in style
        for size in re.findall(
            r"\b([\d.]+)px\s*(?:/|;|$|!)", "; ".join(re.findall(r"font[^:]*:[^;]*;?", style))
        )
    }


def _texts(node: ET.Element, ink: str, paper: str) -> Iterator[tuple[str, str, str]]:
    style = _style(node)
    if style.get("display") == "none":
        return
    ink, paper = style.get("color", ink), style.get("background-color", paper)
    if node.text and node.text.strip() and isinstance(node.tag, str):
        yield node.text.strip(), ink, paper
    for child in node:
        yield from _texts(child, ink, paper)
        if child.tail and child.tail.strip():
            yield child.tail.strip(), ink, paper


def _style(node: ET.Element) -> dict[str, str]:
    """What is marked as important wins, else what comes last."""
    found: dict[str, str] = {}
    for important in (False, True):
        for line in node.get("style", "").split(";"):
            name, _, value = line.partition(":")
            if ("!important" in value) is important:
                found[name.strip()] = value.replace("!important", "").strip()
    return found


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    assert re.fullmatch("#[0-9a-f]{6}", colour), f"{colour} depends on the mail program"
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
