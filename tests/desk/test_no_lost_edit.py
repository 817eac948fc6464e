"""Promise 5: whatever two to five editors do in whatever order, no edit is lost."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from advice.articles import workflow
from advice.articles.models import Article
from tests.desk.differing import together
from tests.factories import make_user

pytestmark = pytest.mark.django_db

FIELDS = ("headline", "dek", "question", "signature", "column", "tags", "slug", "why", "version")
SENTENCES = ["It hurts.", "It is hot.", "What now?", "I am 40."]
WHO = st.integers(0, 4)


class Window:
    """One editor's browser, with the article's page open or closed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.form: dict[str, object] | None = None
        self.kept = ""  # as the server has it of what they typed and did not save
        self.response = None

    def shows(self, response) -> None:
        form = response.context["form"]
        self.form = {name: form[name].value() or "" for name in FIELDS if form[name].value() != []}
        self.response = response

    @property
    def typed(self) -> str:
        assert self.form is not None
        return str(self.form["question"]).replace("\r\n", "\n")


class Editing(RuleBasedStateMachine):
    """What the desk must do, held against what it does. `accepted` are the texts that it said were saved."""

    steps = 0

    @initialize(number=st.integers(2, 5))
    def begin(self, number):
        self.article = workflow.draft(by=None, headline="Calves", question=" ".join(SENTENCES))
        self.path = f"/desk/articles/{self.article.pk}/"
        self.accepted = [" ".join(SENTENCES)]
        self.words = 0
        self.windows = []
        for _ in range(number):
            client = Client()
            client.force_login(make_user())
            self.windows.append(Window(client))

    def _window(self, who) -> Window:
        return self.windows[who % len(self.windows)]

    @rule(who=WHO)
    def opens(self, who):
        window = self._window(who)
        window.shows(window.client.get(self.path))
        assert window.typed == self.accepted[-1]

    @rule(who=WHO, place=st.integers(0, 5))
    def types(self, who, place):
        """A sentence that nobody else writes, somewhere."""
        window = self._window(who)
        if window.form is None:
            return
        self.words += 1
        sentences = [*window.typed.split(". ")]
        sentences.insert(place % (len(sentences) + 1), f"Word{self.words}")
        window.form["question"] = ". ".join(sentences)

    @rule(who=WHO)
    def is_kept(self, who):
        """What the script does every few seconds."""
        window = self._window(who)
        if window.form is None:
            return
        assert window.client.post(f"{self.path}autosave/", window.form).status_code == 200
        window.kept = window.typed

    @rule(who=WHO)
    def crashes_and_comes_back(self, who):
        window = self._window(who)
        window.form = None
        if window.kept:
            window.shows(window.client.get(self.path, {"take_up": 1}))
            assert window.typed == window.kept

    @rule(who=WHO)
    def saves(self, who):
        window = self._window(who)
        if window.form is not None:
            self._save(window, dict(window.form))

    @rule(who=WHO)
    @precondition(lambda self: any(one.response is not None for one in self.windows))
    def saves_both_together(self, who):
        """From the boxes of a save that was refused."""
        window = self._window(who)
        boxes = window.response is not None and window.form is not None and together_of(window)
        if not boxes:
            return
        data = {**window.form, "action": "merged", **{f"merged-{name}": text for name, text in boxes.items()}}
        if "question" in boxes:
            mine, theirs = set(window.typed.split()), set(self.accepted[-1].split())
            if str(window.form["version"]) == str(Article.objects.get(pk=self.article.pk).version):
                assert words_of(mine | theirs) <= set(boxes["question"].replace(".", " ").split())
        self._save(window, data, text=boxes.get("question", window.typed))

    @rule(who=WHO, number=st.integers(0, 30))
    def restores(self, who, number):
        client = self._window(who).client
        article = Article.objects.get(pk=self.article.pk)
        revisions = list(article.revisions.order_by("pk"))
        chosen = revisions[number % len(revisions)]
        response = client.post(f"{self.path}history/{chosen.pk}/restore/", {"version": article.version})
        assert response.status_code == 302
        self.accepted.append(chosen.text)

    def _save(self, window, data, text=None) -> None:
        text = window.typed if text is None else text
        current = Article.objects.get(pk=self.article.pk)
        response = window.client.post(self.path, data)
        if "⟪" in text:  # two wordings that still stand beside each other
            assert response.status_code == 422
            window.shows(response)
            assert window.typed == text
            return
        if str(data["version"]) == str(current.version):
            assert response.status_code == 302
            self.accepted.append(text)
            window.form, window.response, window.kept = None, None, ""
            return
        assert response.status_code == 409
        window.shows(response)
        assert window.typed == text  # nothing that was typed is gone
        theirs = {one.name for one in response.context["differ"]}
        assert ("question" in theirs) == (text != self.accepted[-1])  # and theirs stands beside it

    @invariant()
    def stands_as_it_was_saved_last(self):
        if hasattr(self, "article"):
            type(self).steps += 1
            assert Article.objects.get(pk=self.article.pk).question == self.accepted[-1]

    @invariant()
    def each_accepted_text_is_in_the_history(self):
        if hasattr(self, "article"):
            kept = list(self.article.revisions.order_by("pk").values_list("text", flat=True))
            changes = [
                text
                for before, text in zip([None, *self.accepted], self.accepted, strict=False)
                if text != before
            ]
            assert kept == changes


def together_of(window):
    return together(window.response) if window.response.context.get("stale") else {}


def words_of(words):
    """Those that somebody wrote as the only one: a merge may take others out with somebody's deletion."""
    return {word.strip(".") for word in words if word.startswith("Word")}


@pytest.mark.parametrize(
    "examples", [pytest.param(40, id="some"), pytest.param(1_000, id="thousand", marks=pytest.mark.full)]
)
def test_no_edit_is_lost_whatever_editors_do(examples):
    Editing.steps = 0
    run_state_machine_as_test(
        Editing,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Editing.steps > examples  # it did try
