"""The letters that an article answers, on its page at the desk."""

from typing import Any

from django.http import HttpRequest

from advice.articles import workflow
from advice.articles.models import Article
from advice.desk import noted
from advice.desk.changed import asked_for
from advice.desk.permissions import person
from advice.letters import asking, wishes
from advice.letters.models import Letter, Note

MOST = 50  # letters named on an article's page; the rest are counted


def of_article(
    request: HttpRequest, article: Article, note_form: noted.NoteForm | None = None
) -> dict[str, Any]:
    """What the article's page shows of them. The lead stands first: its words are the ones that were edited."""
    letters = Letter.objects.filter(article=article)
    shown = list(
        letters.defer("email")
        .prefetch_related("enquiries", "wordings", "versions")
        .order_by("-is_lead", "received_at", "pk")[: MOST + 1]
    )
    lead = shown[0] if shown and shown[0].is_lead else None
    return {
        "letters": shown[:MOST],
        "more_letters": letters.count() - MOST if len(shown) > MOST else 0,
        **noted.of(Note.objects.filter(article=article), person(request), note_form),
        "original": lead,
        "wishes_to_sign": lead if lead and wishes.may_print(lead) else None,
        "signed_since": workflow.unread_signature_since(article),
        "changed": asked_for(request, lead),
        "writer_asked_since": asking.waiting_since([article.pk]).get(article.pk),
    }
