"""What is kept about a printed letter, about experts, and about who did what, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.articles import autosaving
from advice.keeping import Cookie, Kept, Of, columns, declare, in_words

declare(
    Kept(
        key="tallies",
        of=Of.VISITORS,
        what=_("How many visitors pressed “yes”, “no” or “I have this question too”, by day"),
        why=_("To learn which answers help. It is a count: nothing says who pressed."),
        how_long=lambda: _("As long as the article"),
        seen_by=_("The editors"),
        fields=columns("articles.Tally", "article kind day count"),
    ),
    Kept(
        key="printed-letter",
        of=Of.PRINTED,
        what=_("The edited letter with its signature, and its answer"),
        why=_("It is what we publish. What could identify you is taken out before."),
        how_long=lambda: _(
            "As long as it stands on the site; a draft, until an editor deletes it or you withdraw your letter"
        ),
        seen_by=_("Everybody, once it is published; until then the editors and the expert"),
        fields=(
            *columns(
                "articles.Article", "headline dek question question_html signature announced_as asked_by"
            ),
            *columns("search.IndexedDocument", "headline text asked"),
            *columns("search.Vector", "data"),
        ),
    ),
    Kept(
        key="printed-update",
        of=Of.PRINTED,
        what=_("What a letter’s writer told of since, edited, with its signature and its day"),
        why=_("Those who read an answer want to know how it went."),
        how_long=lambda: _(
            "As long as the answer stands on the site, or until its writer takes it back; a correction for privacy and a"
            " retraction delete it at once"
        ),
        seen_by=_("Everybody"),
        fields=columns("articles.Update", "article text html signature made_at"),
    ),
    Kept(
        key="former-texts",
        of=Of.PRINTED,
        what=_("What a page said before it was changed"),
        why=_("So that a correction can show what it corrects."),
        how_long=lambda: _(
            "As long as the article; a correction for privacy and a retraction delete it at once and everywhere"
        ),
        seen_by=_("Everybody where a correction shows it, else the editors"),
        fields=columns(
            "articles.Edition", "article until headline dek signature question_html answers sources"
        ),
    ),
    Kept(
        key="saved-texts",
        of=Of.PRINTED,
        what=_("Each state of the edited letter and of its answer that was saved at the desk"),
        why=_("So that no work is lost when several people write."),
        how_long=lambda: _(
            "As long as the article; of the letter, what was saved before it came out goes with your own words (12 months"
            " after the answer, or when you erase them); a correction for privacy and a retraction delete all of it"
        ),
        seen_by=_("The editors; of an answer its expert, too"),
        fields=columns("articles.Revision", "article answer headline dek signature text sources"),
    ),
    Kept(
        key="expert-page",
        of=Of.STAFF,
        what=_("An expert’s public page and answers, and what was reviewed by whom"),
        why=_("Readers can judge who gives the advice."),
        how_long=lambda: _("As long as their answers are published"),
        seen_by=_("Everybody; notes and drafts the editors and the expert"),
        fields=(
            *columns(
                "articles.Expert",
                "name slug title credentials bio bio_html portrait interests checked_on checked_where user",
            ),
            *columns("articles.Column_experts", "column expert"),
            *columns(
                "articles.Answer", "expert text html status assigned_at due_on filed_at note article position"
            ),
            *columns(
                "articles.Article",
                "reviewer reviewed_on reviewer_name reviewer_credentials review_of review_is_void",
            ),
        ),
    ),
    Kept(
        key="history",
        of=Of.STAFF,
        what=_("What you did to a letter, an article, a page or the reference data, and when"),
        why=_("Changes to what is public can be explained."),
        how_long=lambda: _("As long as what was changed; your name in it as long as your account"),
        seen_by=_("The editors"),
        fields=(
            *columns("articles.ArticleEvent", "article at by verb before after note"),
            *columns("articles.Reminder", "answer kind due_on at"),
            *columns("articles.Revision", "at by why version"),
            *columns("articles.Correction", "by made_at"),
            *columns("articles.AllowedName", "name by at"),
            *columns("articles.Waiver", "article point of reason by at"),
            *columns("articles.Update", "by"),
            *columns("articles.PageChange", "page at by title text"),
            *columns("articles.Promotion", "by made_at"),
            *columns(
                "admin.LogEntry",
                "action_time user content_type object_id object_repr action_flag change_message",
            ),
        ),
    ),
    Kept(
        key="typed",
        of=Of.STAFF,
        what=_("What you are typing at the desk and have not saved"),
        why=_("So that a broken line or a closed lid loses nothing."),
        how_long=lambda: (
            now("Until you save it or throw it away, at the latest %(time)s after you typed it")
            % {"time": in_words(autosaving.FORGET_AFTER)}
        ),
        seen_by=_("You alone"),
        fields=columns("articles.Autosave", "user article answer at version fields"),
    ),
    Cookie(
        name="typed:…",
        what=_("What somebody at the desk was typing when the site could not be reached"),
        why=_("Only for people who work at the desk; kept in the browser and never sent by itself."),
        how_long=lambda: now("Until it is saved, or you sign out, at the latest 3 days"),
    ),
)
