import html
import re
import time

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advice import markup
from advice.markup import paragraphs, plain, render
from tests.hostile import HOSTILE, PATHOLOGICAL

ALIVE = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "button",
    "svg",
    "math",
    "base",
    "meta",
    "link",
}
SAFE = re.compile(r"^(?:https?://|mailto:|/(?![/\\])|#)")


def elements(text):
    tree = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    return [element for element in tree.iter() if isinstance(element.tag, str)]


def live(text):
    """What of rendered HTML could run, frame, fetch or lead astray."""
    found = []
    for element in elements(f"<main>{text}</main>"):
        found += [element.tag] if element.tag.rpartition("}")[2] in ALIVE else []
        for name, value in element.attrib.items():
            wrong = (
                name.startswith("on")
                or name in {"style", "srcdoc", "srcset", "formaction", "ping", "background"}
                or (
                    name == "src"
                    and (
                        not re.match(r"^/(?:media|static)/", value) or ".." in value or "%2e" in value.lower()
                    )
                )
                or (
                    name == "href"
                    and not SAFE.match(value)
                    and re.match(r"^(?:[a-z][a-z0-9+.-]*:|//|\\|[\x00-\x20])", value, re.I)
                )
            )
            found += [f"{element.tag} {name}={value}"] if wrong else []
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_stays_alive(text):
    assert live(render(text)) == []


def test_the_corpus_is_large_enough_and_each_text_stands_in_it_once():
    assert len(HOSTILE) >= 44
    assert len(set(HOSTILE)) == len(HOSTILE)


def test_hostile_texts_joined_stay_dead():
    assert live(render("\n\n".join(HOSTILE))) == []
    assert live(render(" ".join(HOSTILE))) == []


def test_what_looks_for_life_finds_it():
    assert live("<script>x</script>") != []
    assert live('<a href="javascript:x">x</a>') != []
    assert live('<a href="//evil.example">x</a>') != []
    assert live('<img src="https://evil.example/x">') != []
    assert live('<p onclick="x">x</p>') != []


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*HOSTILE, *"[]()<>!*_`~|#\n\\&;:\"'", "javascript:", "x"]), max_size=12).map(
        "".join
    )
)
def test_no_mixture_of_them_comes_alive(text):
    assert live(render(text)) == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_renders_and_stays_dead(text):
    assert live(render(text)) == []


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_pathological_text_of_20_kb_renders(name):
    text = PATHOLOGICAL[name]
    assert len(text.encode("utf-8", "replace")) <= 25_000
    before = time.process_time()
    rendered = render(text)
    print(f"{name}: {(time.process_time() - before) * 1000:.0f} ms")
    assert live(rendered) == []


def test_over_50_kb_is_refused_in_words():
    assert render("a" * 50_000)
    with pytest.raises(markup.TextTooLong, match="at most 50,000"):
        render("a" * 50_001)
    with pytest.raises(markup.TextTooLong):
        render("é" * 25_001)


# -- what is meant to come through ------------------------------------------------------------------------------


def test_headings_begin_below_the_pages_own():
    assert render("# a\n\n## b\n\n###### c") == "<h3>a</h3>\n<h4>b</h4>\n<h6>c</h6>"


def test_links_say_that_we_do_not_vouch_for_them():
    assert render("[a](https://b.example/)") == (
        '<p><a href="https://b.example/" rel="noopener nofollow ugc">a</a></p>'
    )


def test_a_remote_picture_leaves_its_description():
    assert render("![a *b*](https://evil.example/x.gif)") == "<p>a b</p>"


def test_our_own_picture_shows():
    assert 'src="/media/uploads/a.webp"' in render("![a](/media/uploads/a.webp)")
    assert 'alt="a"' in render("![a](/media/uploads/a.webp)")


def test_columns_of_a_table_are_aligned_without_style():
    rendered = render("| a | b |\n|:-:|--:|\n| c | d |")
    assert '<th class="align-center">a</th>' in rendered
    assert '<td class="align-right">d</td>' in rendered
    assert "style" not in rendered


@pytest.mark.parametrize(
    "table",
    [
        "|" + "a|" * 31 + "\n|" + "-|" * 31 + "\n",
        "|" + "a|" * 10 + "\n|" + "-|" * 10 + "\n" + ("|" + "b|" * 10 + "\n") * 201,
        "> |" + "a|" * 31 + "\n> |" + "-|" * 31 + "\n",
        "- |" + "a|" * 31 + "\n  |" + "-|" * 31 + "\n",
    ],
)
def test_a_table_too_large_to_show_stays_text(table):
    rendered = render(table)
    assert "<table" not in rendered
    assert "a" in rendered


def test_a_table_at_the_limits_shows():
    assert "<table>" in render("|" + "a|" * 30 + "\n|" + "-|" * 30 + "\n")


def test_footnotes_lead_there_and_back():
    rendered = render("a[^1]\n\n[^1]: b")
    assert 'href="#fn1"' in rendered
    assert 'id="fn1"' in rendered


def test_plain_gives_the_words():
    assert plain("<p>a <em>b</em>c</p><p>d&amp;e</p><ul><li>f</li><li>g</li></ul>") == "a bc d&e f g"
    assert plain("<p>&lt;b&gt;</p>") == "<b>"


# -- plain text as Markdown -------------------------------------------------------------------------------------

TYPED = [
    "Just words.",
    "- one\n- two",
    "+ one",
    "* one",
    "1. one\n2. two",
    "1) one",
    "I ran in 2019.\n2020. Then I stopped.",
    "# not a heading",
    "#hashtag",
    "> quoted",
    "    four spaces",
    "\ttab",
    "a\n\n    four spaces after a blank line",
    "***",
    "---",
    "___",
    "* * *",
    "Setext\n===",
    "Setext\n---",
    "Setext\n=",
    "a | b\n--|--\nc | d",
    "|a|b|\n|-|-|",
    "a\n:-:\nb",
    "[a](b) and ![c](d)",
    "[a]: /b\n\n[a]",
    "x[^1]\n\n[^1]: y",
    "x^[y]",
    "<b>bold</b> & <script>alert(1)</script>",
    "AT&amp;T and &copy; and &#65;",
    "`code` and ~~gone~~ and ```",
    "```\nfence\n```",
    "~~~\nfence\n~~~",
    "a\\*b and \\ alone\\\nb",
    "snake_case and __dunder__ and *stars*",
    "https://a.example/b_c*d and <https://a.example>",
    "first  \nsecond",
    "me@site.example",
    "5 * 3 = 15 and 2 > 1 and 1 < 2",
    "- - -",
    "-\n+",
    "1.\n2.",
    "-- \nAdam",
    "  - indented",
    "   # indented heading",
    "   1. indented",
    "123456789. long number",
    "a\r\nb\rc",
    "===\n---",
    "Dear doctor,\n\n- it hurts\n- it stops\n\nAdam",
    "$100 {curly} \"quoted\" 'single'",
    "!important",
    "a\n    indented continuation",
    "\u00a0nbsp",
    "=",
    "~ tilde",
    "> - # 1. nested",
]


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize("text", TYPED)
def test_typed_text_reads_the_same(text):
    assert plain(render(paragraphs(text))) == words(text)


@pytest.mark.parametrize("text", TYPED)
def test_typed_text_is_only_paragraphs(text):
    assert set(re.findall(r"<(\w+)", render(paragraphs(text)))) <= {"p", "br"}


@settings(max_examples=400, deadline=None)
@example("0\n=")
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "- ",
                    "+ ",
                    "* ",
                    "1. ",
                    "1) ",
                    "# ",
                    "> ",
                    "    ",
                    "\t",
                    "***",
                    "---",
                    "===",
                    "|",
                    "|-|",
                    "`",
                    "```",
                ]
            ),
            st.sampled_from(
                [
                    "~~",
                    "[",
                    "]",
                    "(",
                    ")",
                    "<",
                    ">",
                    "&",
                    "&amp;",
                    ";",
                    "\\",
                    "!",
                    "^",
                    "_",
                    ":",
                    "\n",
                    "\n\n",
                ]
            ),
            st.sampled_from(["word", "a", "1", "9", " ", "  ", ".", "[^1]", ": "]),
        ),
        max_size=14,
    ).map("".join)
)
def test_any_typed_text_reads_the_same(text):
    assert plain(render(paragraphs(text))) == words(text)
    assert set(re.findall(r"<(\w+)", render(paragraphs(text)))) <= {"p", "br"}


def test_paragraphs_and_lines_of_a_letter_are_kept():
    assert render(paragraphs("a\n\nb")) == "<p>a</p>\n<p>b</p>"
    assert html.unescape(render(paragraphs("a & b"))) == "<p>a & b</p>"
