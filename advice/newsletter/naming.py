"""What an issue is called. One that makes itself is called after what its reader gets of it, and never after what was
withdrawn; a correction after the article as it is called now."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advice.articles.models import Correction, CorrectionKind
from advice.newsletter.models import Issue, IssueItem, IssueKind

LONGEST = 120  # as Issue.subject


def subject_of(issue: Issue, items: Sequence[IssueItem]) -> str:
    """The subject of `issue` with these items."""
    if issue.kind == IssueKind.DIGEST:
        return of_headlines([item.headline for item in items]) or str(issue.newsletter)
    if issue.correction is not None:
        return of_correction(issue.correction)
    return issue.subject


def preheader_of(issue: Issue, items: Sequence[IssueItem]) -> str:
    """The line after the subject: an editor's, or what the subject does not say already."""
    if issue.kind == IssueKind.EDITED and issue.preheader:
        return issue.preheader
    if issue.kind == IssueKind.DIGEST and len(items) > 1:
        return items[1].headline
    return (items[0].remark or items[0].dek) if items else ""


def of_headlines(headlines: Sequence[str]) -> str:
    """Empty where there are none."""
    if not headlines:
        return ""
    first, others = headlines[0], len(headlines) - 1
    if others == 0:
        return first[:LONGEST]
    if first.endswith(("?", "!")):  # after which no comma stands
        more = ngettext("And %(count)d more answer", "And %(count)d more answers", others) % {"count": others}
        pattern = _("%(headline)s %(more)s")
    else:
        more = ngettext("and %(count)d more answer", "and %(count)d more answers", others) % {"count": others}
        pattern = _("%(headline)s, %(more)s")
    return pattern % {"headline": first[: LONGEST - 2 - len(more)], "more": more}


def of_correction(note: Correction) -> str:
    pattern = (
        _("Withdrawn: %(headline)s")
        if note.kind == CorrectionKind.RETRACTION
        else _("Corrected: %(headline)s")
    )
    return pattern % {"headline": note.article.headline[:100]}
