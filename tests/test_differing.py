from advice.differing import MOST_WORDS, Run, differ


def test_words_that_were_left_out_and_put_in_are_marked_each_on_its_side():
    before, after = differ("My calf hurts a lot at Leeds.", "My calf hurts *at* home.")
    assert before == [
        [Run("My calf hurts", False), Run("a lot", True), Run("at", False), Run("Leeds.", True)]
    ]
    assert after == [[Run("My calf hurts at", False), Run("home.", True)]]


def test_paragraphs_stay_apart():
    before, after = differ("One\nline.\n\nTwo.", "One line.\n\nNew.\n\nTwo.")
    assert before == [[Run("One line.", False)], [Run("Two.", False)]]
    assert after == [[Run("One line.", False)], [Run("New.", True)], [Run("Two.", False)]]


def test_markup_of_the_letter_is_words_and_of_the_wording_is_markup():
    before, after = differ("It is <b>bad</b> *now*.", "It is \\<b>bad\\</b> \\*now\\*.")
    assert before == after == [[Run("It is <b>bad</b> *now*.", False)]]


def test_nothing_beside_nothing():
    assert differ("", "") == ([], [])


def test_very_long_texts_are_marked_by_the_paragraph():
    long = "word " * MOST_WORDS
    before, after = differ(f"{long}\n\nSame.", f"{long}else\n\nSame.")
    assert [[run.differs for run in paragraph] for paragraph in before] == [[True], [False]]
    assert [[run.differs for run in paragraph] for paragraph in after] == [[True], [False]]
