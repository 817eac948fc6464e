"""Promise 1: every address of the site × everybody. A route without a row fails."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from advice.accounts.models import Role, User
from advice.articles import addresses, promotions, reviews, snippets, workflow
from advice.articles.checking import allow
from advice.articles.models import Page, TagAlias
from advice.desk.permissions import page_at
from advice.letters import asking, checking, follow_ups, redflags, wishes
from advice.letters import workflow as letters
from advice.letters.models import Note, SavedReply
from advice.mail.models import Message, State
from advice.membership import workflow as membership
from advice.newsletter import issuing
from advice.search.models import Synonym, Term
from tests.factories import (
    make_column,
    make_draft,
    make_expert,
    make_follow_up,
    make_issue,
    make_left,
    make_letter,
    make_published,
    make_reader,
    make_request,
    make_tag,
    make_update,
    make_user,
)

pytestmark = pytest.mark.django_db

REVIEWED = {"reviewed-reviewer": "{free}", "reviewed-on": "2026-01-01", "reviewed-note": "A mail."}
DECIDED = {
    "find-{find}-do": "replace",
    "find-{find}-words": "there",
    "find-{find}-reason": "",
}
CORRECTION = {"correct-kind": "correction", "correct-text": "Right."}
PROMOTED = {"queries": "twitch", "article": "{slug}", "position": "1"}
PEOPLE = [
    "anonymous",
    "writer's link",
    "expert",
    "other expert",
    "reviewer",
    "editor",
    "publishing editor",
    "owner",
]
PUBLISHERS = {"publishing editor", "owner"}
EDITORS = {"editor", *PUBLISHERS}
STAFF = {"expert", "other expert", "reviewer", *EDITORS}
REVIEWERS = {"reviewer", "owner"}  # who may review, and are experts
MINE = {"expert", *EDITORS}
EVERYBODY = {*PEOPLE}
NOBODY: set[str] = set()
SIGN_IN = "sign in"
LATER = timezone.now() + dt.timedelta(days=3)


class Row:
    """One address, or one act: what those in `who` get, what is different for some, and what all others get."""

    def __init__(self, name, what="", who=EVERYBODY, status=200, *, post=None, but=None):
        self.name, self.what, self.who, self.status, self.post, self.but = name, what, who, status, post, but

    def __str__(self):
        return " ".join(["GET" if self.post is None else "POST", self.name, self.what])

    def expected(self, person):
        if person in (self.but or {}):
            return self.but[person]
        if person in self.who:
            return self.status
        to_sign_in = self.name.startswith("desk:") and person not in STAFF
        return SIGN_IN if to_sign_in and self.name not in NEVER_REDIRECTED else 403 if to_sign_in else 404


# What they answer is written into a page, or read by a script.
NEVER_REDIRECTED = {
    *("desk:markdownx_markdownify", "desk:markdownx_upload"),
    *("desk:article_autosave", "desk:answer_autosave"),
}
REFUSED = {"editor": 409}
DONE = 302

READING = [
    *(
        Row(f"reading:{name}")
        for name in (
            *("front", "archive", "archive_months", "columns", "tags", "experts", "search", "corrections"),
            *("feed", "sitemap", "robots"),
            *("feed_rss", "feed_json", "corrections_feed", "llms"),
        )
    ),
    Row("reading:suggest"),
    Row("reading:favicon", status=302),
    Row("reading:page", "page"),
    Row("reading:archive_month", "month"),
    Row("reading:article", "published slug"),
    Row("reading:article", "draft slug", NOBODY),
    Row("reading:article", "scheduled slug", NOBODY),
    Row("reading:before", "before"),
    Row("reading:before", "before of another", NOBODY),
    Row("reading:helpful", "published slug"),
    Row("reading:helpful", "draft slug", NOBODY),
    Row("reading:helpful", "published slug", status=DONE, post={"said": "yes"}),
    Row("reading:helpful", "scheduled slug", NOBODY, post={"said": "yes"}),
    Row("reading:working_on"),
    Row("reading:asked_too", "announced"),
    Row("reading:asked_too", "draft", NOBODY),
    Row("reading:asked_too", "announced", status=DONE, post={}),
    Row("reading:asked_too", "draft", NOBODY, post={}),
    Row("reading:article_md", "published slug"),
    Row("reading:article_md", "draft slug", NOBODY),
    Row("reading:article_md", "scheduled slug", NOBODY),
    Row("reading:sitemap_part", "sitemap"),
    Row("reading:card", "published slug"),
    Row("reading:card", "draft slug", NOBODY),
    Row("reading:card", "scheduled slug", NOBODY),
    Row("reading:column_card", "column"),
    Row("reading:site_card"),
    *(Row(f"reading:{name}", name) for name in ("column", "tag", "expert")),
    *(Row(f"reading:{name}_feed", name) for name in ("column", "tag", "expert")),
    *(Row(f"reading:{name}") for name in ("api", "api_openapi", "api_questions")),
    *(Row(f"reading:{name}") for name in ("api_tags", "api_columns", "api_experts")),
    Row("reading:api_search", status=422),
    *(Row(f"reading:{name}", "published slug") for name in ("api_question", "api_related")),
    *(Row(f"reading:{name}", "draft slug", NOBODY) for name in ("api_question", "api_related")),
    *(Row(f"reading:{name}", "scheduled slug", NOBODY) for name in ("api_question", "api_related")),
    Row("reading:api_elsewhere", "slug", NOBODY),
    Row("reading:api_questions", status=405, post={}),
]
WRITER = {"writer's link"}
CHANGED = {"question": "Why is that so?", "text": "It twitches for hours after each run."}
ASKING = ("change", "withdraw", "take_back", "erase", "mails")
TOLD = {"text": "It passed.", "consent": follow_ups.CONSENT_VERSION}  # nobody has invited this writer
OWN = {
    **{"reply": {"reply": "Since May."}, "wording": {"wording": "{wording}", "verdict": "fine"}},
    **{"sign": {"signature": "Eve"}, "change": CHANGED, "withdraw": {}, "erase": {}, "mails": {}},
    "take_back": {},
}
LETTERBOX = [
    Row("letterbox:ask"),
    Row("letterbox:ask", status=422, post={}),
    Row("letterbox:ask_column", "column"),
    Row("letterbox:stamp"),
    Row("letterbox:similar", status=422),
    Row("letterbox:similar", post={"q": "calf"}),
    Row("letterbox:letter", "secret", WRITER, DONE),
    Row("letterbox:thanks", "secret", WRITER, DONE),
    Row("letterbox:sent", "secret", NOBODY),
    Row("letterbox:own_thanks", "case", WRITER),
    Row("letterbox:own_thanks", "case", WRITER, post={}),
    Row("letterbox:erased"),
    Row("letterbox:clear", status=405),
    Row("letterbox:clear", status=DONE, post={}),
    # At the link each page leads to the one without the secret, once its cookie is set.
    *(Row(f"letterbox:{act}", "secret", WRITER, DONE) for act in ("page", *OWN)),
    *(Row(f"letterbox:{act}", "secret", WRITER, DONE, post=post) for act, post in OWN.items()),
    Row("letterbox:leave", "secret", WRITER, DONE, post={}),
    Row("letterbox:leave", "secret", WRITER, DONE),
    Row("letterbox:update", "secret", WRITER, DONE),
    Row("letterbox:update", "secret", WRITER, 409, post=TOLD),
    Row("letterbox:own_update", "case", WRITER, DONE),
    Row("letterbox:own_update", "case", WRITER, 409, post=TOLD),
    Row("letterbox:own_page", "case", WRITER),
    *(Row(f"letterbox:own_{act}", "case", WRITER) for act in ASKING),
    *(Row(f"letterbox:own_{act}", "case", WRITER, DONE) for act in OWN if act not in ASKING),
    *(Row(f"letterbox:own_{act}", "case", WRITER, DONE, post=post) for act, post in OWN.items()),
    Row("letterbox:own_leave", "case", WRITER, DONE, post={}),
    Row("letterbox:own_leave", "case", WRITER, 405),
    Row("letterbox:answered", "published slug"),
    Row("letterbox:answered", "draft slug", NOBODY),
    Row("letterbox:answered", "scheduled slug", NOBODY),
    Row("letterbox:answered", "published slug", status=DONE, post={"token": "x"}),
]
LINKS = ("confirm", "confirm_address", "preferences", "erase", "unsubscribe")
PRESSED = ("pause", "resume", "own_link", "new_address")
NEWSLETTER = [
    Row("newsletter:newsletters"),
    Row("newsletter:newsletter", "newsletter"),
    Row("newsletter:issue", "issue"),
    Row("reading:newsletter_feed", "newsletter"),
    Row("newsletter:subscribe"),
    Row("newsletter:subscribe", status=422, post={}),
    Row("newsletter:sent"),
    Row("newsletter:erased"),
    *(Row(f"newsletter:{name}", "secret", NOBODY) for name in LINKS),
    *(Row(f"newsletter:{name}", "secret", status=405) for name in PRESSED),
    Row("newsletter:export", "secret", NOBODY),
    *(Row(f"newsletter:{name}", "secret", NOBODY, post={}) for name in (*LINKS, *PRESSED)),
]
MEMBERSHIP = [
    Row("membership:plans"),
    Row("membership:plans", status=422, post={}),
    Row("membership:sent"),
    Row("newsletter:preview_stop"),
    Row("newsletter:preview_preferences"),
    *(Row(f"newsletter:{name}", "secret", NOBODY) for name in ("confirm", "preferences", "unsubscribe")),
    *(
        Row(f"newsletter:{name}", "secret", NOBODY, post={})
        for name in ("confirm", "preferences", "unsubscribe")
    ),
]
OTHERS = [
    Row("healthz"),
    Row("readyz"),
    Row("media", "file", NOBODY),
    Row("invitation", "invitation", NOBODY),
    Row("dev_mail", "", NOBODY),
    Row("dev_mail_message", "mail", NOBODY),
    Row("dev_mail_html", "mail", NOBODY),
]
TEXTS = {"headline": "New", "question": "Q", "signature": "Adam", "version": "1"}
SURE = {"email": "stranger@example.org", "sure": "on"}
NEWSLETTER_FORM = {
    **{"name": "New", "slug": "new", "promise": "P", "rhythm": "weekly", "weekday": "6"},
    **{"hour": "7", "at_most": "5", "position": "0", "at_once": "on"},
}
COLUMN = {"name": "New", "wording_days": "7", "update_weeks": "6", "position": "0"}
RULE = {"name": "R", "words": "sharp pain", "text": "Rest."}
DESK = [
    Row("desk:home", "", STAFF),
    Row("desk:alarm", "", EDITORS),
    Row("desk:mine", "", STAFF),
    Row("desk:preferences", "", STAFF),
    Row("desk:preferences", "", STAFF, DONE, post={"opens_next": "on"}),
    Row("desk:letter", "letter", EDITORS),
    Row("desk:saved", "", EDITORS),
    Row("desk:load", "", EDITORS),
    Row("desk:dashboard", "", EDITORS),
    Row("desk:demand", "", EDITORS),
    Row("desk:open_draft", "", EDITORS, DONE, post={"letters": "{letter}"}),
    Row("desk:open_draft", "", EDITORS, DONE, post={"searched": "{term}"}),
    Row("desk:open_draft", "", EDITORS, 409, post={"letters": "{spam}"}),
    Row("desk:put_off", "", EDITORS, DONE, post={"letters": "{letter}"}),
    Row("desk:put_off", "", EDITORS, DONE, post={"article": "{draft}"}),
    Row("desk:show_again", "", EDITORS, DONE, post={}),
    Row("desk:reminders", "", EDITORS),
    Row("desk:find_letters", "", EDITORS, DONE, post={"q": "calf"}),
    Row("desk:bulk", "", EDITORS, post={"act": "spam", "tick": "{letter}"}),
    Row(
        "desk:accept", "letter", EDITORS, DONE, post={"headline": "H", "question": "Q", "column": "{column}"}
    ),
    Row("desk:decline", "letter", EDITORS, DONE, post={"decline-reason": "No."}),
    Row("desk:merge", "letter", EDITORS, DONE, post={"merge-article": "{draft}"}),
    Row("desk:spam", "letter", EDITORS, DONE, post={}),
    Row("desk:letter_address", "letter", EDITORS, post={}),
    Row("desk:looks", "", {"owner"}),
    Row("desk:trace", "", EDITORS),
    Row("desk:reopen", "spam", EDITORS, DONE, post={}),
    Row("desk:reopen", "letter", EDITORS, 409, post={}),
    Row("desk:spam_tray", "", EDITORS),
    Row("desk:empty_tray", "", EDITORS),
    Row("desk:empty_tray", "", EDITORS, DONE, post={"up_to": "{spam}"}),
    Row("desk:put_back", "spam", EDITORS, DONE, post={}),
    Row("desk:delete_spam", "spam", EDITORS),
    Row("desk:delete_spam", "spam", EDITORS, DONE, post={}),
    Row("desk:seen", "letter", EDITORS, DONE, post={}),
    Row("desk:red_flags", "", EDITORS),
    Row("desk:new_red_flag", "", EDITORS),
    Row("desk:new_red_flag", "", EDITORS, DONE, post=RULE),
    Row("desk:add_red_flags", "", EDITORS, DONE, post={}),
    Row("desk:red_flag", "rule", EDITORS),
    Row("desk:red_flag", "rule", EDITORS, DONE, post={**RULE, "version": "1"}),
    Row("desk:try_red_flag", "rule", EDITORS),
    Row("desk:put_red_flag_to_work", "rule", EDITORS, DONE, post={"version": "1"}, but=REFUSED),
    Row("desk:switch_off_red_flag", "rule", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:check_red_flag", "rule", EDITORS, DONE, post={}),
    Row("desk:ask", "letter", EDITORS, DONE, post={"ask-text": "Since when?"}),
    Row("desk:note_letter", "letter", EDITORS, DONE, post={"note-text": "Hm."}),
    Row("desk:note_article", "draft", EDITORS, DONE, post={"note-text": "Hm."}),
    Row("desk:delete_note", "note", {"owner"}, DONE, post={}),
    Row("desk:replies", "", EDITORS),
    Row("desk:new_reply", "", EDITORS),
    Row("desk:new_reply", "", EDITORS, DONE, post={"kind": "ask", "name": "When", "text": "Since when?"}),
    Row("desk:reply", "reply", EDITORS),
    Row("desk:delete_reply", "reply", EDITORS, DONE, post={}),
    Row("desk:use_reply", "letter", EDITORS, post={"reply": "{reply}"}),
    Row("desk:print_signature", "wishing", EDITORS, DONE, post={"signature": "Eve"}, but=REFUSED),
    Row("desk:print_signature", "letter", EDITORS, 409, post={"signature": "Eve"}),
    Row("desk:split", "letter", EDITORS, 409, post={}),
    Row("desk:lead", "letter", EDITORS, 409, post={}),
    Row("desk:join", "draft", EDITORS, 422, post={"join-letters": "NOBODY"}),
    Row("desk:differences", "letter", EDITORS, post={"question": "Q"}),
    Row("desk:go_on", "letter", EDITORS, 409, post={}),
    Row("desk:show_wording", "lead", EDITORS, DONE, post={"wording-days": "7"}),
    Row("desk:show_wording", "letter", EDITORS, 409, post={"wording-days": "7"}),
    Row("desk:updates", "", EDITORS),
    Row("desk:update", "update", EDITORS),
    Row("desk:approve_update", "update", PUBLISHERS, DONE, post={"text": "Better.", "version": "1"}),
    Row("desk:decline_update", "update", EDITORS, DONE, post={"decline-version": "1"}),
    Row("desk:take_update_off", "printed update", PUBLISHERS, DONE, post={}),
    Row("desk:articles", "", EDITORS),
    Row("desk:new", "", EDITORS),
    Row("desk:new", "", EDITORS, DONE, post={"headline": "H"}),
    Row("desk:article", "draft", EDITORS, but={"expert": 302}),
    Row("desk:article", "published", EDITORS),
    Row("desk:article", "draft", EDITORS, DONE, post={**TEXTS, "version": "{version}"}, but={"expert": 302}),
    Row(
        "desk:article",
        "published",
        EDITORS,
        DONE,
        post={**TEXTS, "version": "{public_version}", "dek": "D", "column": "{column}", "tags": "{tag key}"},
        but=REFUSED,
    ),
    Row("desk:article_autosave", "draft", EDITORS),
    Row("desk:article_autosave", "draft", EDITORS, post={**TEXTS, "version": "{version}"}),
    Row("desk:article_autosave", "published", EDITORS, post={**TEXTS, "version": "1"}, but=REFUSED),
    Row("desk:article_discard", "draft", EDITORS, DONE, post={}),
    Row("desk:preview", "draft", EDITORS),
    Row("desk:assign", "draft", EDITORS, DONE, post={"assign-expert": "{free}"}),
    Row("desk:review", "filed", EDITORS, DONE, post={}),
    Row("desk:publish", "filed", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:calendar", "", EDITORS),
    Row("desk:move", "scheduled", PUBLISHERS),
    Row("desk:move", "published", PUBLISHERS),
    Row(
        "desk:move",
        "scheduled",
        PUBLISHERS,
        DONE,
        post={"at": "2099-01-05T08:00", "version": "{scheduled_version}"},
    ),
    Row("desk:move", "published", PUBLISHERS, 409, post={"at": "2099-01-05T08:00", "version": "1"}),
    Row("desk:unpublish", "published", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:unpublish", "scheduled", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:correct", "published", EDITORS, DONE, post=CORRECTION, but=REFUSED),
    Row("desk:retract", "published", EDITORS),
    Row("desk:retract", "published", EDITORS, DONE, post={"reason": "Wrong."}, but=REFUSED),
    Row("desk:reviewed", "draft", EDITORS, 409, post=REVIEWED, but={"owner": DONE}),
    Row("desk:waive", "untagged", EDITORS, DONE, post={"waive": "tag", "waive-tag-reason": "None fits."}),
    Row("desk:waive", "untagged", EDITORS, 422, post={"waive": "tag"}),
    Row("desk:waive", "filed", EDITORS, 409, post={"waive": "tag", "waive-tag-reason": "None fits."}),
    Row("desk:settle", "telling", EDITORS, DONE, post={"seen": "{seen of telling}", **DECIDED}),
    Row("desk:settle", "telling", EDITORS, 409, post={"seen": "older", **DECIDED}),
    Row("desk:settle", "telling", EDITORS, 422, post={"seen": "{seen of telling}"}),
    Row("desk:names", "", EDITORS),
    Row("desk:names", "", EDITORS, DONE, post={"name": "Eliud Kipchoge"}),
    Row("desk:remove_name", "name", EDITORS, DONE, post={}),
    Row("desk:take_waiver_back", "waived", EDITORS, DONE, post={}),
    Row("desk:history", "draft", MINE),
    Row("desk:history", "published", EDITORS),
    Row("desk:revision", "question revision", EDITORS),
    Row("desk:revision", "answer revision", MINE),
    Row("desk:compare", "both revisions", EDITORS),
    Row("desk:compare", "answer revisions", MINE),
    Row("desk:restore", "question revision", EDITORS, DONE, post={"version": "{version}"}),
    Row("desk:restore", "answer revision", MINE, DONE, post={"version": "3"}),
    Row("desk:restore", "filed revision", EDITORS, DONE, post={"version": "3"}, but={"expert": 409}),
    Row("desk:restore", "public revision", EDITORS, DONE, post={"version": "{public_version}"}, but=REFUSED),
    Row("desk:delete", "published", EDITORS),
    Row("desk:delete", "published", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:delete", "draft", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:related", "draft", EDITORS, DONE, post={"related-other": "{slug}"}),
    Row("desk:related", "scheduled", EDITORS, DONE, post={"related-other": "{slug}"}, but=REFUSED),
    Row("desk:reviews", "", REVIEWERS),
    Row("desk:review_piece", "to review", REVIEWERS),
    *(
        Row("desk:review_piece", what, NOBODY)
        for what in ("draft", "filed", "published", "scheduled", "reviewed")
    ),
    Row("desk:review_piece", "to review of reviewer", {"owner"}),
    Row("desk:approve_piece", "to review", REVIEWERS, DONE, post={"seen": "{seen}"}),
    Row("desk:approve_piece", "to review", REVIEWERS, 409, post={"seen": "older"}),
    Row("desk:approve_piece", "filed", NOBODY, post={"seen": "{seen}"}),
    Row("desk:approve_piece", "to review of reviewer", {"owner"}, 409, post={"seen": "{seen}"}),
    Row("desk:ask_for_changes", "to review", REVIEWERS, DONE, post={"seen": "{seen}", "note": "Why?"}),
    Row("desk:ask_for_changes", "to review", REVIEWERS, 422, post={"seen": "{seen}"}),
    Row("desk:ask_for_changes", "filed", NOBODY, post={"seen": "{seen}", "note": "Why?"}),
    Row("desk:answer", "answer", MINE),
    Row("desk:answer", "answer", MINE, DONE, post={"text": "New", "version": "3"}),
    Row("desk:answer", "filed answer", EDITORS, DONE, post={"text": "New", "version": "2"}),
    Row("desk:answer", "public answer", EDITORS, DONE, post={"text": "New", "version": "2"}, but=REFUSED),
    Row("desk:answer_preview", "answer", MINE),
    Row("desk:answer_preview", "public answer", EDITORS),
    Row("desk:answer_autosave", "answer", MINE),
    Row("desk:answer_autosave", "answer", MINE, post={"text": "New", "version": "1"}),
    Row("desk:answer_autosave", "filed answer", EDITORS, post={"text": "New", "version": "1"}),
    Row("desk:answer_discard", "answer", MINE, DONE, post={}),
    Row("desk:send_back", "filed answer", EDITORS, DONE, post={"back-{filed answer}-note": "More."}),
    Row("desk:unassign", "answer", EDITORS, DONE, post={}),
    Row("desk:pages", "", EDITORS),
    Row("desk:page", "page", EDITORS),
    Row(
        "desk:page",
        "page",
        EDITORS,
        DONE,
        post={"title": "About", "text": "New", "version": "1"},
        but=REFUSED,
    ),
    Row("desk:manage", "", EDITORS),
    Row("desk:pins", "", EDITORS),
    Row("desk:columns", "", EDITORS),
    Row("desk:new_column", "", EDITORS),
    Row("desk:new_column", "", EDITORS, DONE, post=COLUMN, but=REFUSED),
    Row("desk:column", "column key", EDITORS),
    Row("desk:column", "column key", EDITORS, DONE, post=COLUMN, but=REFUSED),
    Row("desk:raise_column", "column key", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:delete_column", "idle column", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:delete_column", "column key", EDITORS, 409, post={}),
    Row("desk:experts", "", EDITORS),
    Row("desk:new_expert", "", EDITORS),
    Row("desk:new_expert", "", EDITORS, DONE, post={"name": "New"}, but=REFUSED),
    Row("desk:expert", "free", EDITORS),
    Row("desk:expert", "free", EDITORS, DONE, post={"name": "New"}, but=REFUSED),
    Row("desk:delete_expert", "free", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:snippets", "", EDITORS),
    Row("desk:new_snippet", "", EDITORS),
    Row("desk:new_snippet", "", EDITORS, DONE, post={"name": "New", "text": "Rest."}, but=REFUSED),
    Row("desk:snippet", "snippet", EDITORS),
    Row("desk:snippet", "snippet", EDITORS, DONE, post={"name": "New", "text": "Rest."}, but=REFUSED),
    Row("desk:delete_snippet", "snippet", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:redirects", "", EDITORS),
    Row("desk:new_redirect", "", EDITORS),
    Row("desk:new_redirect", "", EDITORS, DONE, post={"path": "/old/", "leads_to": "/tags/"}, but=REFUSED),
    Row("desk:delete_redirect", "redirect", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:tags", "", EDITORS),
    Row("desk:new_tag", "", EDITORS),
    Row("desk:new_tag", "", EDITORS, DONE, post={"name": "New"}),
    Row("desk:tag", "tag key", EDITORS),
    Row("desk:tag", "tag key", EDITORS, DONE, post={"name": "Other"}),
    Row("desk:add_tag_word", "tag key", EDITORS, DONE, post={"word": "Wade"}),
    Row("desk:remove_tag_word", "idle tag", EDITORS, DONE, post={"word": "shank"}),
    Row("desk:merge_tag", "tag key", EDITORS),
    Row("desk:merge_tag", "idle tag", EDITORS, DONE, post={"into": "{tag}"}, but=REFUSED),
    Row("desk:delete_tag", "idle tag", EDITORS, DONE, post={}, but=REFUSED),
    Row("desk:people", "", EDITORS),
    Row("desk:invite", "", EDITORS),
    Row("desk:invite", "", EDITORS, DONE, post={"name": "N", "email": "n@site.example", "role": "expert"}),
    Row("desk:person", "person", EDITORS),
    Row("desk:person", "person", EDITORS, DONE, post={"role": "editor"}),
    Row("desk:person", "an owner", EDITORS, 422, post={"role": "editor"}, but={"owner": DONE}),
    Row("desk:invite_again", "invited", EDITORS, DONE, post={}),
    Row("desk:deactivate", "person", EDITORS, DONE, post={}),
    Row("desk:deactivate", "an owner", EDITORS, 403, post={}, but={"owner": DONE}),
    Row("desk:reset_second_factor", "protected", EDITORS, DONE, post={}),
    Row("desk:reset_second_factor", "person", EDITORS, 409, post={}),
    Row("desk:reset_second_factor", "an owner", EDITORS, 403, post={}, but={"owner": 409}),
    Row("desk:reactivate", "gone", EDITORS, DONE, post={}),
    Row("desk:members", "", EDITORS),
    Row("desk:confirm_member", "request", EDITORS, DONE, post={}),
    Row("desk:confirm_member", "member", EDITORS, 409, post={}),
    Row("desk:decline_member", "request", EDITORS, DONE, post={"decline-{request}-reason": "No."}),
    Row("desk:end_membership", "member", EDITORS, DONE, post={}),
    Row("desk:issues", "", EDITORS),
    Row("desk:new_issue", "", EDITORS, DONE, post={"newsletter": "{newsletter key}"}),
    Row("desk:issue", "draft issue", EDITORS),
    Row("desk:issue", "left issue", EDITORS, 302),
    Row("desk:issue", "draft issue", EDITORS, DONE, post={"subject": "New", "version": "2"}),
    Row("desk:issue", "left issue", EDITORS, 409, post={"subject": "New", "version": "2"}),
    Row("desk:discard_issue", "draft issue", EDITORS),
    Row("desk:discard_issue", "draft issue", EDITORS, DONE, post={}),
    Row("desk:discard_issue", "left issue", EDITORS, 409, post={}),
    Row("desk:preview_issue", "draft issue", EDITORS),
    Row("desk:preview_issue_html", "draft issue", EDITORS),
    Row("desk:test_issue", "draft issue", EDITORS, DONE, post={}),
    Row("desk:check_links", "draft issue", EDITORS, post={}),
    Row("desk:schedule_issue", "draft issue", PUBLISHERS),
    Row("desk:schedule_issue", "draft issue", PUBLISHERS, DONE, post={"at": "", "version": "2"}),
    Row("desk:take_back_issue", "scheduled issue", EDITORS, DONE, post={}),
    Row("desk:take_back_issue", "left issue", EDITORS, 409, post={}),
    Row("desk:progress", "left issue", EDITORS),
    Row("desk:progress", "draft issue", EDITORS, 302),
    Row("desk:progress_numbers", "left issue", EDITORS),
    Row("desk:pause_issue", "left issue", EDITORS, DONE, post={}),
    Row("desk:pause_issue", "draft issue", EDITORS, 409, post={}),
    Row("desk:resume_issue", "paused issue", PUBLISHERS, DONE, post={}),
    Row("desk:resume_issue", "left issue", PUBLISHERS, 409, post={}),
    Row("desk:cancel_issue", "left issue", EDITORS),
    Row("desk:cancel_issue", "left issue", EDITORS, DONE, post={}),
    Row("desk:amend_issue", "left issue", PUBLISHERS),
    Row("desk:amend_issue", "left issue", PUBLISHERS, DONE, post={"subject": "New", "version": "2"}),
    Row("desk:send_again", "left issue", PUBLISHERS, DONE, post={"which": "all"}),
    Row("desk:send_refused_again", "left issue", PUBLISHERS, DONE, post={}),
    Row("desk:take_for_sent", "left issue", EDITORS, DONE, post={"which": "all"}),
    Row("desk:newsletters", "", EDITORS),
    Row("desk:newsletter_new", "", EDITORS),
    Row("desk:newsletter_new", "", EDITORS, DONE, post=NEWSLETTER_FORM, but=REFUSED),
    Row("desk:newsletter", "newsletter key", EDITORS),
    Row("desk:newsletter", "newsletter key", EDITORS, DONE, post=NEWSLETTER_FORM, but=REFUSED),
    Row("desk:subscribers", "", EDITORS),
    Row("desk:find_subscriber", "", {"owner"}, DONE, post={"email": "reader@example.org"}),
    Row("desk:suppress_address", "", {"owner"}, DONE, post=SURE),
    Row("desk:lift_address", "", {"owner"}, DONE, post=SURE),
    Row("desk:subscriber", "subscriber", {"owner"}),
    Row("desk:export_subscriber", "subscriber", {"owner"}, post={}),
    *(
        Row(f"desk:{act}_subscriber", "subscriber", {"owner"}, status, post=post)
        for act in ("erase", "suppress", "lift")
        for status, post in ((200, None), (DONE, {}))
    ),
    Row("desk:searches", "", EDITORS),
    Row("desk:most_searched", "", EDITORS),
    Row("desk:forget_term", "term", EDITORS, DONE, post={}),
    *(
        Row(f"desk:{name}", "", EDITORS)
        for name in ("synonyms", "new_synonym", "promotions", "new_promotion")
    ),
    *(Row(f"desk:{name}", name, EDITORS) for name in ("synonym", "promotion")),
    Row("desk:new_synonym", "", EDITORS, DONE, post={"words": "calf, shank"}),
    Row("desk:new_synonym", "", EDITORS, 422, post={}),
    Row("desk:synonym", "synonym", EDITORS, DONE, post={"words": "calf, shank"}),
    Row("desk:delete_synonym", "synonym", EDITORS, DONE, post={}),
    Row("desk:new_promotion", "", EDITORS, DONE, post=PROMOTED),
    Row("desk:promotion", "promotion", EDITORS, DONE, post=PROMOTED),
    Row("desk:delete_promotion", "promotion", EDITORS, DONE, post={}),
    Row("desk:outbox", "", EDITORS),
    Row("desk:resend", "message", EDITORS, DONE, post={}),
    Row("desk:discard", "message", EDITORS, DONE, post={}),
    Row("desk:markdownx_markdownify", "", STAFF, post={"content": "x"}),
    Row("desk:markdownx_upload", "", STAFF, 400, post={}),
]
ROWS = [*READING, *LETTERBOX, *NEWSLETTER, *MEMBERSHIP, *OTHERS, *DESK]
ACTS = {row.name: row for row in DESK if row.post is not None}
ALSO_SHOWN = {row.name for row in DESK if row.post is None}


@pytest.fixture(scope="module")
def staff(rows_for_module):
    return {
        "expert": make_user(Role.EXPERT),
        "other expert": make_user(Role.EXPERT),
        "reviewer": make_user(Role.EXPERT, may_review=True),
        "editor": make_user(Role.EDITOR, may_publish=False),
        "publishing editor": make_user(Role.EDITOR),
        "owner": make_user(Role.OWNER),
    }


@pytest.fixture
def people(staff, db):
    """As each test's own objects, which it may change."""
    return {who: User.objects.get(pk=staff[who].pk) if who in staff else None for who in PEOPLE}


@pytest.fixture(scope="module")
def objects(staff):
    """Made once: each test, and each person in it, finds the same and leaves nothing."""
    people, by = staff, staff["publishing editor"]
    mine, free, column, tag = make_expert(people["expert"]), make_expert(), make_column(), make_tag()
    for who in ("other expert", "owner"):
        make_expert(people[who])
    reviewer, asking_review = make_expert(people["reviewer"]), make_column(asks_review=True)
    to_review, own, reviewed = (make_draft(column=asking_review, by=by) for _ in range(3))
    workflow.file_answer(workflow.assign(own, expert=reviewer, by=by), text="Mine.", by=by, version=1)
    for piece in (to_review, own, reviewed):
        workflow.review(piece, by=by)
    workflow.record_review(reviewed, reviewer=make_expert(), on=timezone.localdate(), by=by)
    draft = workflow.draft(by=by, headline="H", question="Q")
    answer = workflow.assign(draft, expert=mine, by=by)
    for text in ("First", "Second"):
        answer = workflow.save_answer(answer, text=text, by=by, version=answer.version)
    done = workflow.assign(workflow.draft(by=by, headline="D", question="Q"), expert=mine, by=by)
    for act, text in ((workflow.save_answer, "First"), (workflow.file_answer, "Second")):
        done = act(done, text=text, by=by, version=done.version)
    draft.refresh_from_db()
    of_draft = [
        draft.revisions.get(answer=None).pk,
        *answer.revisions.order_by("pk").values_list("pk", flat=True),
    ]
    spam, letter = make_letter(column=column), make_letter(column=column)
    letters.mark_spam(spam, by=by)
    filed, published, scheduled = (
        make_draft(),
        make_published(tags=[tag], column=column),
        make_published(at=LATER),
    )
    corrected = make_published()
    workflow.edit(corrected, by=by, version=corrected.version, dek="Changed.")
    note = workflow.correct(corrected, kind="correction", text="Right.", by=by)
    announced = make_draft()
    workflow.edit(announced, by=by, version=announced.version, announced_as="Whether calves twitch")
    waived = make_draft(tags=[], by=by)
    waiver = checking.waive(waived, key="tag", of="", reason="None fits.", by=by)
    telling = make_draft(question="Call me: 020 7946 0958.", by=by)
    told = checking.check(telling)
    left, paused = make_left(), issuing.pause(make_left())
    gone = make_user(Role.EXPERT, password="running in the rain", is_active=False)
    protected = make_user(Role.EXPERT)
    Authenticator.objects.create(user=protected, type="totp", data={})
    Page.objects.create(slug="about", title="About", text="Us.")
    idle = make_tag()
    TagAlias.objects.create(tag=idle, slug="shank")
    writers = make_letter(column=column)
    make_draft(writers, by=by)
    asking.ask_back(writers, text="Since when?", by=by)
    wording = asking.show_wording(writers, by=by, days=7)
    wishing = make_letter(column=column)
    make_published(wishing, at=LATER)
    wishes.sign(wishing, signature="Eve")
    return {
        "wishing": wishing.pk,
        **{"case": writers.case_number, "wording": wording.pk, "lead": writers.pk},
        **{
            "letter": letter.pk,
            "spam": spam.pk,
            "secret": writers.secret,
            "column": column.pk,
            "free": free.pk,
        },
        **{"draft": draft.pk, "version": draft.version, "answer": answer.pk, "filed": filed.pk},
        **{"filed answer": filed.answers.get().pk, "public answer": published.answers.get().pk},
        **{"published": published.pk, "public_version": published.version, "slug": published.slug},
        **{"published slug": published.slug, "draft slug": draft.slug, "scheduled slug": scheduled.slug},
        **{"scheduled_version": scheduled.version},
        **{"scheduled": scheduled.pk, "gone": gone.pk, "person": make_user(Role.EXPERT).pk},
        **{"invited": make_user(Role.EXPERT, is_active=False).pk, "an owner": make_user(Role.OWNER).pk},
        "protected": protected.pk,
        "message": Message.objects.create(kind="received", payload="{}", state=State.FAILED).pk,
        "before": [corrected.slug, note.pk],
        "before of another": [published.slug, note.pk],
        **{"announced": announced.pk, "untagged": make_draft(tags=[], by=by).pk},
        "waived": [waived.pk, waiver.pk],
        "name": allow("Paula Radcliffe", by=by).pk,
        **{"telling": telling.pk, "seen of telling": told.of, "find": told.findings[0].field_key},
        **{"to review": to_review.pk, "to review of reviewer": own.pk, "reviewed": reviewed.pk},
        "seen": reviews.fingerprint(to_review),
        "question revision": [draft.pk, of_draft[0]],
        "answer revision": [draft.pk, of_draft[1]],
        "both revisions": [draft.pk, of_draft[0], of_draft[2]],
        "answer revisions": [draft.pk, *of_draft[1:]],
        "filed revision": [done.article_id, done.revisions.order_by("pk")[0].pk],
        "public revision": [published.pk, published.revisions.get(answer=None).pk],
        "newsletter": left.newsletter.slug,
        "newsletter key": left.newsletter.pk,
        "subscriber": make_reader(left.newsletter, email="reader@example.org").pk,
        "issue": [left.newsletter.slug, left.number],
        "request": make_request().pk,
        "member": membership.confirm(make_request(), by=by).pk,
        **{"draft issue": make_issue().pk, "scheduled issue": issuing.schedule(make_issue()).pk},
        **{"left issue": left.pk, "paused issue": paused.pk},
        "term": Term.objects.create(digest="d", words="calf", since=timezone.localdate(), found=0).pk,
        "synonym": Synonym.objects.create(words="cramp, spasm").pk,
        "promotion": promotions.promote(published, queries=["calf"], position=1, by=by).pk,
        "note": Note.objects.create(letter=letter, text="Hm.").pk,
        "reply": SavedReply.objects.create(kind="decline", name="No", text="No.").pk,
        "update": make_follow_up().pk,
        "printed update": make_update().pk,
        "rule": redflags.save(None, by=by, **RULE).rule_id,
        "sitemap": "pages",
        "tag": tag.slug,
        "tag key": tag.pk,
        "idle tag": idle.pk,
        "column key": column.pk,
        "idle column": make_column().pk,
        "snippet": snippets.make(by=by, name="Box", slug="box", text="Stretch.").pk,
        "redirect": addresses.add("/was/", "/tags/", by=by).pk,
        "expert": published.answers.get().expert.slug,
        "column slug": column.slug,
    }


def address(row, objects, person):
    match row.what:
        case "":
            args = []
        case "page":
            return reverse(row.name, kwargs={"slug": "about"})
        case "month":
            args = [timezone.now().year, timezone.now().month]
        case "secret" if person != "writer's link":
            args = ["made-up:secret"]
        case "invitation":
            args = ["MQ", "made-up"]
        case "file" | "mail":
            args = ["made-up"]
        case "column":
            args = [objects["column slug"]]
        case "waived" | "before" | "before of another" | "issue" | "both revisions":
            args = objects[row.what]
        case what if what.endswith((" revision", " revisions")):
            args = objects[row.what]
        case what:
            args = [objects[what]]
    return reverse(row.name, args=args)


def ask(client, row, objects, person):
    path = address(row, objects, person)
    if row.post is None:
        return client.get(path)
    filled = {key.format(**objects): value.format(**objects) for key, value in row.post.items()}
    return client.post(path, filled)


def names(patterns, namespace=""):
    """Every name of the resolver; sign-in and the admin have tests of their own, by their prefixes."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from names(
                    pattern.url_patterns, namespace + (f"{pattern.namespace}:" if pattern.namespace else "")
                )
        elif not (pattern.name or "").startswith(("account_", "mfa_")):
            yield f"{namespace}{pattern.name}"


def test_every_route_of_the_site_has_its_row():
    assert set(names(get_resolver().url_patterns)) == {row.name for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_who_gets_in(client, people, objects, row):
    for who in PEOPLE:
        client.logout()
        if people[who]:
            client.force_login(people[who])
        elif who == "writer's link":
            client.get(f"/letters/{objects['secret']}/")
        with transaction.atomic():
            response = ask(client, row, objects, who)
            transaction.set_rollback(True)  # the next person finds the same
        expected = row.expected(who)
        if expected == SIGN_IN:
            assert (response.status_code, response["Location"].partition("?")[0]) == (
                302,
                "/accounts/login/",
            ), who
        else:
            status = 302 if response.status_code == 303 else response.status_code
            assert status == expected, f"{who}: {status}"
            assert "/accounts/login" not in response.headers.get("Location", ""), who


@pytest.mark.parametrize("name", sorted(ACTS.keys() - ALSO_SHOWN))
def test_an_act_is_never_done_by_a_link(client, people, objects, name):
    client.force_login(people["owner"])
    assert client.get(address(ACTS[name], objects, "owner")).status_code == 405


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("name", sorted(ACTS.keys() - ALSO_SHOWN))
def test_who_opens_the_address_of_an_act_comes_to_a_page_above_it(client, people, objects, name):
    row = next(row for row in DESK if row.name == name)  # the first is of an object that is shown
    path = address(row, objects, "owner")
    client.force_login(people["owner"])
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 302
    above = response["Location"]
    assert path.startswith(above)
    assert above != path
    assert client.get(above, headers=BROWSER, follow=True).status_code == 200
    if name in NEVER_REDIRECTED:
        return
    client.logout()
    assert client.get(path, headers=BROWSER)["Location"] == f"/accounts/login/?next={above}"
    refused = client.post(path, headers={"referer": f"http://testserver{path}"})
    assert refused["Location"] == f"/accounts/login/?next={above}"


def test_what_can_be_opened_is_its_own_page_but_for_what_scripts_ask(client, people, objects):
    asked_by_scripts = {
        "desk:alarm",
        "desk:progress_numbers",
        "desk:article_autosave",
        "desk:answer_autosave",
    }
    for row in DESK:
        path = address(row, objects, "owner")
        is_page = row.name in ALSO_SHOWN - asked_by_scripts
        assert (page_at(path) == path) == is_page, row


def test_the_admin_is_the_owners(client, people, objects):
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    for who in PEOPLE:
        client.logout()
        if people[who]:
            client.force_login(people[who])
        for path in ["/admin/", *lists]:
            response = client.get(path)
            if who == "owner":
                assert response.status_code == 200, path
            else:
                assert response["Location"].startswith("/admin/login/"), f"{who}: {path}"


def test_whoever_must_sign_in_first_comes_back(client):
    assert (
        client.get("/desk/articles/?show=filed")["Location"]
        == "/accounts/login/?next=/desk/articles/%3Fshow%3Dfiled"
    )


def test_an_act_that_was_under_way_comes_back_to_its_page_and_never_to_another_site(client):
    def to(referer):
        return client.post("/desk/letters/1/spam/", headers={"referer": referer})["Location"]

    assert to("http://testserver/desk/letters/1/") == "/accounts/login/?next=/desk/letters/1/"
    assert to("https://evil.example/desk/letters/1/") == "/accounts/login/?next=/desk/"
    assert to("http://testserver/accounts/logout/") == "/accounts/login/?next=/desk/"
    assert to("http://[") == "/accounts/login/?next=/desk/"


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/desk/letters/48/decline/", "/desk/letters/48/"),
        ("/desk/letters/48/accept/", "/desk/letters/48/"),
        ("/desk/articles/7/publish/", "/desk/articles/7/"),
        ("/desk/articles/7/waivers/3/take-back/", "/desk/articles/7/"),
        ("/desk/articles/7/autosave/discard/", "/desk/articles/7/"),
        ("/desk/articles/7/history/3/restore/", "/desk/articles/7/history/3/"),
        ("/desk/answers/9/send-back/", "/desk/answers/9/"),
        ("/desk/spam/5/put-back/", "/desk/spam/"),
        ("/desk/notes/5/delete/", "/desk/"),
        ("/desk/nowhere/at/all/", "/desk/"),
        ("/desk", "/desk/"),
        ("/desk/" + "a/" * 4_000, "/desk/"),
        ("", "/desk/"),
    ],
)
def test_after_a_form_that_was_refused_signing_in_leads_to_the_page_it_was_of(client, path, page):
    response = client.post("/desk/letters/48/decline/", headers={"referer": f"http://testserver{path}"})
    assert response["Location"] == f"/accounts/login/?next={page}"


def test_pages_of_the_desk_are_kept_by_no_cache(client, people):
    client.force_login(people["editor"])
    assert client.get("/desk/")["Cache-Control"] == "private, no-store"


PUBLISHING = {
    "publish": (make_draft, {}),
    "unpublish": (make_published, {}),
    "correct": (make_published, CORRECTION),
    "retract": (make_published, {"reason": "Wrong."}),
}


@pytest.mark.parametrize("name", PUBLISHING)
@pytest.mark.parametrize("who", ["editor", "publishing editor", "owner"])
def test_publishing_is_for_those_who_may(client, people, name, who):
    make, data = PUBLISHING[name]
    article = make()
    client.force_login(people[who])
    response = client.post(reverse(f"desk:{name}", args=[article.pk]), data)
    before = (article.status, article.updated_at, article.corrections.count())
    article.refresh_from_db()
    if who == "editor":
        assert response.status_code == 409
        assert "by those who may publish" in response.content.decode()
        assert (article.status, article.updated_at) == before[:2]
    else:
        assert response.status_code == 302


def test_what_is_public_is_edited_only_by_those_who_may_publish(client, people):
    article = make_published()
    answer = article.answers.get()
    data = {"headline": "Changed", "question": "Q", "version": article.version}
    client.force_login(people["editor"])
    assert client.post(f"/desk/articles/{article.pk}/", data).status_code == 409
    assert (
        client.post(f"/desk/answers/{answer.pk}/", {"text": "Changed", "version": answer.version}).status_code
        == 409
    )
    article.refresh_from_db()
    answer.refresh_from_db()
    assert (article.headline, answer.text) != ("Changed", "Changed")


def test_an_expert_reads_no_letter_and_no_writer(client, people):
    their_user = make_user(Role.EXPERT)
    expert = make_expert(their_user)
    letter = make_letter(email="secret@example.org", text="I work at the Northfield depot.")
    article = make_draft(letter, question="Edited question.")
    answer = workflow.assign(article, expert=expert, by=people["editor"])
    client.force_login(their_user)
    seen = client.get("/desk/").content.decode() + client.get(f"/desk/answers/{answer.pk}/").content.decode()
    assert "Edited question." in seen
    for private in ("secret@example.org", "Northfield", letter.case_number):
        assert private not in seen
    assert client.get(f"/desk/articles/{article.pk}/")["Location"] == f"/desk/answers/{answer.pk}/"
    other = article.answers.exclude(pk=answer.pk).get()
    assert client.get(f"/desk/answers/{other.pk}/").status_code == 404


def test_a_deactivated_person_is_signed_out_at_once(client, people):
    client.force_login(people["expert"])
    assert client.get("/desk/").status_code == 200
    people["expert"].is_active = False
    people["expert"].save()
    assert client.get("/desk/")["Location"].startswith("/accounts/login/")


def test_nothing_of_markdownx_itself_is_mounted(client):
    for path in ("/markdownx/", "/markdownx/upload/", "/markdownx/markdownify/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
