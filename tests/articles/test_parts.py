import pytest

from advice.articles.parts import Part

POTS = "https://annelises-pots.example/shop"


def changed(text, *words, to="a website"):
    """`text` with each of these words, where they stand first, in other ones."""
    places = {(text.index(one), text.index(one) + len(one)): to for one in words}
    return Part("question", "Question", text, is_markdown=True).with_words(places)


@pytest.mark.parametrize(
    "link",
    [f"[my pots]({POTS})", f"[my pots](<{POTS}>)", f'[my pots]({POTS} "A shop")', f"![my pots]({POTS})"],
)
def test_of_a_link_whose_address_is_replaced_its_words_stay(link):
    assert changed(f"You see *{link}*, all blue.", POTS) == "You see *my pots*, all blue."


def test_words_of_a_link_and_its_address_are_replaced_together():
    text = f"See [Annelise’s pots]({POTS}) and [a doctor](https://example.org/)."
    replaced = changed(text, "Annelise’s", POTS, to="some")
    assert replaced == "See some pots and [a doctor](https://example.org/)."


def test_an_address_between_brackets_is_replaced_with_them():
    assert changed(f"They are at <{POTS}>.", POTS) == "They are at a website."
    assert changed("Write to <anna@example.org>.", "anna@example.org", to="us") == "Write to us."


def test_a_link_without_words_becomes_the_new_ones():
    assert changed(f"They are [here: ]({POTS}) and []({POTS}/cups).", f"{POTS}/cups") == (
        f"They are [here: ]({POTS}) and a website."
    )


def test_what_is_in_no_link_is_replaced_as_it_stands():
    assert (
        changed("I live at 14 Elm Grove [now].", "14 Elm Grove", to="a street") == "I live at a street [now]."
    )
    text = "See [pots](https://a.example)."
    assert (
        Part("headline", "Headline", text).with_words({(11, 28): "no Markdown"}) == "See [pots](no Markdown)."
    )
