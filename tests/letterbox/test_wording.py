"""What a text by itself says for advertising: on letters of our own, and on those of TEST_DATA that were held back."""

import random

import pytest

from advice.letterbox.wording import ANCHOR, LINK, OFFERS, SHORTENED, advertises, points_of_text, table
from advice.letters.tray import FULL, is_doubtful
from tests import spam_training
from tests.spending import spent

HONEST = [
    "I take metformin for my diabetes and read on www.nhs.uk that it may lower my vitamin B12. Should I be tested?",
    "My brother lent money to a man he met online who promised bitcoin profits. How do I talk to him without a quarrel?",
    "Is it safe to take viagra with my blood pressure pills? I am ashamed to ask at the pharmacy where everybody knows me.",
    "PLEASE HELP ME. MY DAUGHTER HAS NOT EATEN FOR THREE DAYS AND SAYS THAT SHE IS NOT HUNGRY. I AM VERY WORRIED.",
    "I lost my job in March and have two loans to pay back. I cannot sleep, and I have begun to drink in the evenings.",
    "My calf is swollen after a long flight, and my doctor gave me https://example.org/exercises to do. Do they help?",
    "Sometimes I wish I were dead. I have told nobody. I do not know whom to talk to, and I am afraid of a hospital.",
    "My son watches videos on his channel all night and wants everybody to subscribe. How much of it is normal at eleven?",
    "Since the birth I leak when I run. Is there anything I can do besides pads? I would love to run a half marathon.",
    "We have been married for thirty years, and my husband gambles in an online casino. He says that it is only for fun.",
    "What dose of ibuprofen is too much? I take 400 mg three times a day for my back, and my stomach begins to burn.",
    "Meine Wade zuckt nach dem Laufen stundenlang. Ist das gefährlich, und muss ich deswegen zum Arzt gehen?",
    "Ma mère perd la mémoire et refuse de voir un médecin. Comment puis-je l'aider sans la brusquer ?",
    "У меня болит колено после бега, и врач ничего не нашёл. Что мне делать дальше?",
    "I read two studies, https://doi.org/10.1000/1 and https://doi.org/10.1000/2, which contradict each other on coffee.",
    "My friend sells supplements and says that they are 100% free of side effects. I do not believe her. Am I unkind?",
    "i cant stop checking the stove its like 20 times before i leave the house and i am always late for work",
    "My boss writes to me on WhatsApp at night and at weekends. May I leave it unread? I fear that I lose my place.",
    "The level was 25 μmol/l and my doctor wrote “β-blocker” on a slip of paper. What do I have to watch when I train?",
    "I cheated on my wife once, two years ago. Telling her would only relieve me and hurt her. Must I tell her?",
]
SPAM = [
    "Check out my channel and subscribe please, I make new videos every week and I will subscribe back!",
    "Dear owner, we offer SEO services and quality backlinks. Your website can be on the first page of Google. Free quote!",
    "Hello, I would like to publish a guest post on your website with a link. What is your price for sponsored posts?",
    '<a href="http://pills.example/">cheap pills</a> <a href="http://pills.example/2">order now</a> best price',
    "[url=http://casino.example]casino bonus[/url] [url=http://casino.example/2]free spins[/url]",
    "Best online casino bonus! Get free spins and a no deposit bonus today at http://casino.example/play",
    "Buy viagra and cialis without prescription, fast delivery, visit our store http://pills.example",
    "Make money online! Earn up to $500 daily from home, click here: http://money.example/start",
    "Invest in bitcoin with guaranteed profits, double your money in a week. Contact me on WhatsApp +10000000000",
    "http://one.example.com http://two.example.com http://three.example.com",
    "Do you need an urgent loan? We offer personal loans at 2% interest. Text us on WhatsApp now, risk-free.",
    "Powerful spell caster brought back my husband in two days! Contact him on whatsapp, 100% guaranteed results.",
    "Great post!! bit.ly/abc123 look at this http://a.example.com http://b.example.com http://c.example.com www.d.com",
    "XkPqRtZvBn JhGfDsWqYt LkMnBvCxZq PoRtQwZxCv TrPlKjHgFd QwRtZxPlKm VbNmXcZqWr",
    "Need more website traffic? Our SEO agency gets your business to the top of Google. Money-back guarantee.",
    "Please subscribe to my channel, check out my video, thanks guys! https://video.example/watch",
    "Hi, I was looking at your web site and we can offer design services and packages. Click here for a free audit.",
    "Buy followers and cheap likes, special offer, limited time offer, visit our shop http://likes.example.shop",
    "Get rich with our risk-free betting tips, join us on telegram t.me/tipster http://tips.example.com act now",
    "Hacking services: we recover lost bitcoin. Message me on telegram, hacker services, bitcoin recovery, best prices",
]


def points(text, question="A question", signature="Adam"):
    return {str(name): weight for name, weight in points_of_text(question, text, signature).items() if weight}


@pytest.mark.parametrize("text", HONEST, ids=range(len(HONEST)))
def test_no_honest_letter_of_ours_is_put_aside(text):
    assert sum(points(text).values()) < FULL


def test_most_advertising_of_ours_lies_in_the_tray_by_its_text_alone():
    assert [text for text in SPAM if not is_doubtful(points(text))] == []


@pytest.mark.parametrize(
    ("text", "reason", "weight"),
    [
        ("See http://a.example for it, said my doctor to me, who knows me well.", "links", 1),
        ("See " + "http://a.example " * 4 + "for it, said my doctor to me, who knows me well.", "links", 2),
        ("See " + "http://a.example " * 8 + "for it, said my doctor to me, who knows me well.", "links", 4),
        ("My doctor said [url=x]this[/url] to me, who knows me well.", "anchors", 4),
        ("My doctor sent me bit.ly/2xYz and I do not dare to open it, should I?", "shortened", 2),
        ("http://a.example", "only_links", 4),
        ("My dосtor sаid that this is nоt good for me at all.", "mixed", 4),
        ("MY DOCTOR SAID THAT THIS IS NOT GOOD FOR ME AT ALL, IS IT?", "capitals", 1),
        ("bcdfghjk lmnpqrst vwxzbcdf", "gibberish", 5),
    ],
)
def test_each_sign_has_its_points(text, reason, weight):
    assert points(text)[reason] == weight


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Is the plan on runnersworld.com safe for me?", "I am fifty and have never run before."),
        ("My shin hurts.Me and my coach disagree", "He says rest, and I say run on. Who is right?"),
        ("Pain in my heel.Top of foot too", "It hurts with the first steps of the morning."),
        ("May I write to adam@example.org?", "He is my coach, and he does not answer his telephone."),
        ("Foot", "please help me i have pain in my foot and i dont know what to do thank you so much"),
        (
            "Ten",
            "My son is 9 and wants to run 10 km. Please tell me if that is too much for him. Thanks a lot!",
        ),
        ("Race", "I have my first race next week and I cant sleep. any help please?"),
        (
            "Help",
            "hello dear doctor please help, my knee is fat since sunday and nobody tells me why, thanks thanks",
        ),
    ],
)
def test_who_pleads_names_a_site_or_forgets_a_space_is_not_put_aside(question, text):
    assert sum(points_of_text(question, text, "Adam").values()) < 3


def test_a_link_as_signature_or_question_weighs_much():
    text = "My doctor said that this is not good for me at all."
    assert points(text, signature="www.pills.example")["signed_link"] == 4
    assert points(text, question="http://pills.example")["signed_link"] == 4
    assert "signed_link" not in points(text)


def test_the_table_of_weights_is_whole_and_holds_no_sentence():
    weights, bias = table()
    assert len(weights) > 300
    assert bias < 0
    assert max(len(words.split(" ")) for words in weights) == 2
    assert advertises("subscribe to my channel") > advertises("my channel of the river")


HOSTILE = ["a." * 10_000, "<a" * 10_000, "www." * 5_000, "aB" * 10_000, "b" * 20_000, "- " * 10_000,
           "visit our " * 2_000, "we can offer a b " * 1_200, "http://" * 2_800, "x-" * 10_000, "аa" * 10_000,
           "work from home " * 1_300, "\n" * 20_000, "top a " * 3_000, "ﷺ" * 20_000]  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE, ids=range(len(HOSTILE)))
def test_time_grows_with_the_length_and_not_with_its_square(make):
    """Eight times the text may take some twenty times as long on a busy machine; by its square it were 64 times."""

    def took(text):
        return spent(lambda: points(text))

    assert took(make) < 24 * max(took(make[: len(make) // 8]), 0.0005)


@pytest.mark.skipif(not spam_training.folder(), reason="TEST_DATA names no folder with spam/ and related/")
def test_on_what_was_held_back_the_goals_are_met():
    found = spam_training.measure(spam_training.folder())
    assert found["letters"] <= 1
    assert found["with a link"] <= 1
    assert found["comments"] <= 2
    assert found["spam"] >= 60


def test_the_patterns_find_nothing_in_plain_words():
    words = [
        "river",
        "doctor",
        "knee",
        "comfort",
        "network",
        "information",
        "online",
        "shop",
        "e.g.",
        "3.5",
        "me.",
    ]
    text = " ".join(random.Random(1).choices(words, k=500))
    for pattern in (LINK, ANCHOR, SHORTENED, OFFERS):
        assert not pattern.search(text)
