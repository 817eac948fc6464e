"""The cards: how they are drawn, and how they are kept and given up."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from advice.articles import cards, drawing, workflow
from advice.articles.drawing import Card, drawable, fitted
from advice.articles.models import Article
from tests.factories import make_column, make_draft, make_published
from tests.reading.printed import make_printed

HARD = [
    "Rest?",
    "Why Do My Calf Muscles Always Spasm?",
    "Should I tell my running partner of eleven years that I can no longer bear the way she talks about her splits, her shoes, her coach, and above all her new diet?",
    "W" * 160,
    "i" * 160,
    "W " * 80,
    "https://a.example/" + "path/" * 28,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and Me",
    "Почему у меня всегда сводит икры после каждой пробежки, короткой или длинной?",
    "Ộ" * 160,
]
_PAPER = (252, 250, 246)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cards._draw.cache_clear()


@pytest.fixture
def drawn(monkeypatch) -> list[Card]:
    """What is drawn from now on."""
    made: list[Card] = []
    monkeypatch.setattr(cards, "_draw", lambda card: made.append(card) or drawing.png(card))
    return made


def kept(article: Article) -> list[str]:
    folder = f"{cards.FOLDER}/{article.pk}"
    return sorted(default_storage.listdir(folder)[1]) if default_storage.exists(folder) else []


def picture(card: Card) -> Image.Image:
    image = Image.open(io.BytesIO(drawing.png(card)))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    return image.convert("RGB")


def is_paper(image: Image.Image, box: tuple[int, int, int, int]) -> bool:
    return image.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), _PAPER)]


@pytest.mark.parametrize("headline", HARD)
def test_a_headline_is_whole_and_stays_inside(headline):
    setting = fitted(headline, drawing._MEASURE, 280)
    put_together = "".join(line.removesuffix("-") for line in setting.lines).replace(" ", "")
    assert put_together == headline.replace(" ", "")
    assert setting.height <= 280
    image = picture(Card("Second Wind", "A column", headline, "Adam"))
    right, bottom = 1200 - drawing._MARGIN, 630
    assert is_paper(image, (right + 4, 0, 1200, bottom))
    assert is_paper(image, (0, 0, drawing._MARGIN - 8, bottom))
    # Between the headline and the signature's line nothing touches.
    assert is_paper(image, (drawing._TEXT, 525, right, 532))


@pytest.mark.parametrize("headline", HARD[:3])
def test_lines_are_as_few_as_they_can_be_and_of_like_length(headline):
    setting = fitted(headline, drawing._MEASURE, 280)
    lengths = [drawing._length(line, setting.size) for line in setting.lines]
    assert len(lengths) == 1 or min(lengths) > max(lengths) * 0.55
    assert not any(line.endswith("-") for line in setting.lines)


def test_short_headlines_are_set_larger_than_long_ones():
    sizes = [fitted(headline, drawing._MEASURE, 280).size for headline in HARD[:3]]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] >= 48


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Is Pickle Juice 🥒 a Thing 🏃‍♀️?", "Is Pickle Juice a Thing?"),
        ("  two\nlines\t here ", "two lines here"),
        ("Café “naïve” – Żółć, Ёжик, Ώρα", "Café “naïve” – Żółć, Ёжик, Ώρα"),
        ("Cafe\u0301", "Café"),
        ("a\u200bb\u202ec\u0000d\x1be", "abcde"),
        ("Is “乳酸” (lactic acid) to blame?", "Is (lactic acid) to blame?"),
        ("Is lactic acid (乳酸, 乳 酸) to blame for it?", "Is lactic acid to blame for it?"),
        (
            'Does the word "乳酸" mean what “[(酸)]” means to runners?',
            "Does the word mean what means to runners?",
        ),
        (
            'Is it the "lactic" 酸 "acid" of which they speak?',
            'Is it the "lactic" "acid" of which they speak?',
        ),
        ("Is it the runner’s 酸 or the runners’ ‘酸’ acid?", "Is it the runner’s or the runners’ acid?"),
        ("What does run() do, “” and [ ] aside? 跑", "What does run() do, “” and [ ] aside?"),
        ("跑步: what the word says about running", "what the word says about running"),
        ("…and then it 🥒 cramped", "…and then it cramped"),
        ("为什么我的小腿总是抽搐？", ""),
        ("למה השרירים שלי מתכווצים?", ""),
        ("मेरी पिंडली क्यों फड़कती है?", ""),
        ("Why 跑步 痙攣 抽搐 after 5k?", ""),
        ("لماذا", ""),
        ("🥒🥒", ""),
        ("", ""),
    ],
)
def test_only_what_the_font_has_is_drawn(text, left):
    assert drawable(text) == left


def test_without_a_headline_that_can_be_drawn_the_column_or_the_site_stands_there():
    assert drawing.png(Card("Second Wind", "Training", "为什么", "小明")) == drawing.png(
        Card("Second Wind", "", "Training", "")
    )
    assert drawing.png(Card("Second Wind", "训练", "为什么")) == drawing.png(
        Card("Second Wind", "", "Second Wind")
    )
    picture(Card("为什么", "训练", "为什么"))  # nothing at all is left, and still there is a card


@pytest.mark.parametrize("long", ["Word " * 40, "W" * 120])
def test_long_names_and_signatures_stay_inside(long):
    image = picture(Card(long, long, "Why?", long))
    assert is_paper(image, (1200 - drawing._MARGIN + 4, 0, 1200, 630))
    assert is_paper(image, (0, 0, drawing._MARGIN - 8, 630))


def test_each_part_of_a_card_changes_its_name():
    one = Card("Second Wind", "Training", "Why?", "Adam")
    others = [
        Card("Second Win", "Training", "Why?", "Adam"),
        Card("Second Wind", "Trainin", "gWhy?", "Adam"),
        Card("Second Wind", "Training", "Why", "?Adam"),
        Card("Second Wind", "Training", "Why?", ""),
    ]
    assert len({card.digest for card in [one, *others]}) == 5
    assert one.digest == Card("Second Wind", "Training", "Why?", "Adam").digest


pytestmark = pytest.mark.django_db


def test_is_drawn_once_and_then_kept(drawn):
    article = make_printed(column=make_column("Training"), headline="Why?")
    first = cards.article_png(article)
    assert cards.article_png(Article.objects.get()) == first
    assert [(card.kicker, card.headline, card.signature) for card in drawn] == [("Training", "Why?", "Adam")]
    assert kept(article) == [f"{cards.of_article(article).digest}.png"]


@pytest.mark.parametrize("field", ["headline", "signature"])
def test_changed_words_are_drawn_anew_and_the_old_picture_goes(drawn, field):
    article = make_printed()
    cards.article_png(article)
    Article.objects.update(**{field: "Other words"})
    article.refresh_from_db()
    cards.article_png(article)
    assert len(drawn) == 2
    assert kept(article) == [f"{cards.of_article(article).digest}.png"]


def test_a_broken_file_is_drawn_anew(drawn):
    article = make_printed()
    whole = cards.article_png(article)
    name = f"cards/{article.pk}/{kept(article)[0]}"
    for broken in (whole[:-20], b"", b"<script>"):
        default_storage.delete(name)
        default_storage.save(name, ContentFile(broken))
        assert cards.article_png(article) == whole
        assert kept(article) == [f"{cards.of_article(article).digest}.png"]
    assert len(drawn) == 4


def test_two_who_draw_at_once_leave_one_picture():
    article = make_printed()
    name = f"cards/{article.pk}/{cards.of_article(article).digest}.png"
    data = drawing.png(cards.of_article(article))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: cards._keep(name, data), range(8)))
    cards.article_png(article)
    assert cards._read(name) == data
    assert len(kept(article)) == 1


@pytest.mark.parametrize("broken", ["open", "save", "exists", "listdir"])
def test_storage_that_fails_costs_nobody_the_picture(monkeypatch, broken):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, broken, full)
    article = make_printed()
    assert Image.open(io.BytesIO(cards.article_png(article))).size == (1200, 630)
    drawings = cards._draw.cache_info().misses
    cards.article_png(article)
    assert cards._draw.cache_info().misses == drawings


def test_a_disk_that_fills_up_leaves_no_half_picture(monkeypatch):
    article = make_printed()
    name = f"cards/{article.pk}/{cards.of_article(article).digest}.png"
    save = default_storage.save

    def half(name, content, **kwargs):
        save(name, ContentFile(content.read()[:100]))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", half)
    cards.article_png(article)
    assert not default_storage.exists(name)


def test_withdrawn_while_it_is_drawn_leaves_nothing(monkeypatch, django_capture_on_commit_callbacks):
    article = make_printed()

    def slow(card):
        with django_capture_on_commit_callbacks(execute=True):
            workflow.retract(article, reason="Withdrawn.", by=None)
        return drawing.png(card)

    monkeypatch.setattr(cards, "_draw", slow)
    cards.article_png(Article.objects.get(pk=article.pk))
    assert kept(article) == []


@pytest.mark.parametrize("act", ["unpublish", "retract", "delete", "privacy"])
def test_what_leaves_the_site_leaves_no_picture(act, django_capture_on_commit_callbacks):
    article, other = make_published(), make_published()
    for each in (article, other):
        cards.article_png(each)
    acts = {
        "unpublish": lambda: workflow.unpublish(article, by=None),
        "retract": lambda: workflow.retract(article, reason="Withdrawn.", by=None),
        "delete": lambda: workflow.delete(article, by=None),
        "privacy": lambda: workflow.correct(
            article, kind="correction", text="A name is gone.", by=None, is_privacy=True
        ),
    }
    with django_capture_on_commit_callbacks(execute=True):
        acts[act]()
    assert kept(article) == []
    assert len(kept(other)) == 1


def test_column_and_site_have_one_picture_each():
    column = make_column("Training")
    for _ in range(2):
        cards.column_png(column)
        cards.site_png()
    column.name = "Running"
    cards.column_png(column)
    assert sorted(default_storage.listdir("cards")[0]) == [f"column-{column.pk}", "site"]
    assert len(default_storage.listdir(f"cards/column-{column.pk}")[1]) == 1


def test_a_draft_is_never_kept():
    draft = make_draft()
    cards.article_png(draft)  # no view does so
    assert kept(draft) == []
