"""What is kept of those who write to us, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Cookie, Kept, Of, columns, declare, in_words
from advice.letters import days, demand, likening, retention
from advice.letters.nearby import DRAFT


def times() -> dict[str, str]:
    """The times that letters are kept by, in words, for whoever promises them to a writer."""
    return {
        "address": in_words(retention.ADDRESS),
        "address_to_invite": in_words(retention.ADDRESS_TO_INVITE),
        "words": in_words(retention.WORDS),
        "unused": in_words(retention.UNUSED),
        "draft": in_words(DRAFT),
    }


declare(
    Kept(
        key="letter-address",
        of=Of.WRITERS,
        what=_("Your e-mail address, if you give one"),
        why=_(
            "To tell you how your letter fares, and to ask you once what happened since. It is stored encrypted."
        ),
        how_long=lambda: (
            now(
                "%(address)s after we told you of the answer, or once we have asked you what happened since, at most"
                " %(address_to_invite)s after it; and at the latest %(words)s after your letter came if it is never"
                " answered"
            )
            % times()
        ),
        seen_by=_("The program that mails you; an editor who asks for it, which is written down"),
        fields=columns("letters.Letter", "email email_digest"),
    ),
    Kept(
        key="letter-words",
        of=Of.WRITERS,
        what=_("Your letter, in your own words"),
        why=_("To choose it, and to make from it what is printed."),
        how_long=lambda: (
            now(
                "%(words)s after we told you of the answer, or %(words)s after it came if it is never answered"
            )
            % times()
        ),
        seen_by=_("The editors, and whoever has your private link"),
        fields=columns("letters.LetterVersion", "letter number question text"),
    ),
    Kept(
        key="letter-time",
        of=Of.WRITERS,
        what=_("When you wrote to us, and when you did something on your own page"),
        why=_("To take letters in the order they came in, and to say how long one has waited."),
        how_long=lambda: (
            now(
                "The time of day for %(exact)s and at most one hour more, of the text itself never; the day as long as the rest of the letter's record"
            )
            % {"exact": in_words(days.EXACT)}
        ),
        seen_by=_("The editors, and whoever has your private link"),
        fields=(
            *columns("letters.Letter", "received_at"),
            *columns("letters.LetterVersion", "received_at"),
            *columns("letters.LetterEvent", "at"),
        ),
    ),
    Kept(
        key="letter-urgent",
        of=Of.WRITERS,
        what=_(
            "That words in your letter called for haste, which of our rules found them, and when an editor saw it"
        ),
        why=_(
            "So that somebody reads an urgent letter at once, and a rule that calls in vain can be mended."
        ),
        how_long=lambda: now("As long as your letter’s words: they go together"),
        seen_by=_("The editors; a mail to those on duty says only that there is an urgent letter"),
        fields=(
            *columns("letters.Alarm", "letter since seen_at seen_by seen_after"),
            *columns("letters.LetterFlag", "letter version letter_version is_denied"),
        ),
    ),
    Kept(
        key="letter-asked",
        of=Of.WRITERS,
        what=_(
            "What an editor asked you and you replied; the edited wording you were shown and what you said of it"
        ),
        why=_("To understand your letter, and to print what you meant."),
        how_long=lambda: now("As long as your letter’s words: they go together"),
        seen_by=_("The editors, and whoever has your private link"),
        fields=(
            *columns("letters.Enquiry", "letter text by asked_at reminded_at reply replied_at closed_at"),
            *columns("letters.Wording", "letter text by asked_at until verdict note said_at"),
        ),
    ),
    Kept(
        key="letter-notes",
        of=Of.WRITERS,
        what=_("What editors noted for one another beside your letter, and beside the article made from it"),
        why=_("So that three people can work on one letter."),
        how_long=lambda: now(
            "As long as your letter’s words: they go together, unless an editor deletes it before"
        ),
        seen_by=_("The editors; you, if you ask what is kept of you"),
        fields=columns("letters.Note", "letter article text by at"),
    ),
    Kept(
        key="letter-update",
        of=Of.WRITERS,
        what=_(
            "What you tell us happened since the answer, and the version of the terms you agreed to for it"
        ),
        why=_("To print it under the answer, if an editor agrees."),
        how_long=lambda: now(
            "Until it is printed, edited, or you take it back; at the latest as long as your letter’s words"
        ),
        seen_by=_("The editors, and whoever has your private link"),
        fields=columns("letters.FollowUp", "letter text consent_version version sent_on declined_at reason"),
    ),
    Kept(
        key="letter-wished-signature",
        of=Of.WRITERS,
        what=_("Another name to print under your letter, if you ask for one when it is about to come out"),
        why=_("So that an editor can look at it before it is printed."),
        how_long=lambda: now("Until an editor prints it; at the latest as long as your letter’s words"),
        seen_by=_("The editors, and whoever has your private link"),
        fields=columns("letters.Letter", "wished_signature"),
    ),
    Kept(
        key="letter-context",
        of=Of.WRITERS,
        what=_("The one line about you that a column asks for, if you fill it in"),
        why=_("So that the expert can answer you. It is stored encrypted and never published."),
        how_long=lambda: now("As long as your letter’s words"),
        seen_by=_("The editors, and the expert who answers"),
        fields=columns("letters.Letter", "context"),
    ),
    Kept(
        key="near-answers",
        of=Of.WRITERS,
        what=_("Which answers of ours came near to your letter when you sent it, and whether you saw them"),
        why=_("So that the editors see what is answered already, and what was missing in it."),
        how_long=lambda: now("As long as your letter’s words"),
        seen_by=_("The editors"),
        fields=columns("letters.NearAnswer", "letter article place score was_shown"),
    ),
    Kept(
        key="letter-alike",
        of=Of.WRITERS,
        what=_("Which other letters seem to ask what yours asks, and whether an editor put the question off"),
        why=_("So that one answer can serve you all, and what is asked most is answered first."),
        how_long=lambda: (
            now(
                "Until an editor decides about your letter, at most %(lately)s after it came; what was put off, %(off)s"
            )
            % {"lately": in_words(likening.LATELY), "off": in_words(demand.PUT_OFF)}
        ),
        seen_by=_("The editors"),
        fields=(
            *columns("letters.Likened", "letter"),
            *columns("letters.Likeness", "letter other score"),
            *columns("letters.PutOff", "letter term article until by"),
        ),
    ),
    Kept(
        key="saved-letters",
        of=Of.VISITORS,
        what=_("How many readers, before they sent a letter, pressed “This answers my question”, by day"),
        why=_(
            "To learn which answers help. It is a count: nothing says who pressed, nor what they had written."
        ),
        how_long=lambda: _("As long as the article"),
        seen_by=_("The editors"),
        fields=columns("letters.SavedLetters", "article day count"),
    ),
    Cookie(
        name="draft",
        what=_("What you have written in the form for letters"),
        why=_(
            "Not a cookie: only if you tick “Keep on this device”, your browser keeps it, so that you can go on later. It"
            " is not sent to us before you send your letter."
        ),
        how_long=lambda: (
            now(
                "Until you send the letter or take the tick away; otherwise it is deleted when a page of ours is opened"
                " %(draft)s or more after you last wrote in it"
            )
            % times()
        ),
    ),
    Kept(
        key="letter-unused",
        of=Of.WRITERS,
        what=_(
            "All of a letter that we decline, that you withdraw, that is spam, or that nobody has looked at"
        ),
        why=_("So that a decision can be explained, or be taken back."),
        how_long=lambda: (
            now(
                "%(unused)s after the last thing that happened to it, and at the latest %(words)s after it came"
            )
            % times()
        ),
        seen_by=_("The editors, and whoever has your private link"),
        fields=columns("letters.Letter", "reason"),
    ),
    Kept(
        key="letter-doubts",
        of=Of.WRITERS,
        what=_(
            "Of a letter that looks like advertising, or was sent as programs send: what speaks against it"
        ),
        why=_(
            "So that an editor can see why it was put aside, and put it back. Only names of signs, no words."
        ),
        how_long=lambda: (
            now(
                "Until an editor puts the letter back or deletes it, at the latest %(unused)s after it was put aside"
            )
            % times()
        ),
        seen_by=_("The editors"),
        fields=columns("letters.Doubt", "letter score points"),
    ),
    Kept(
        key="letter-record",
        of=Of.WRITERS,
        what=_("That a letter we took on came"),
        why=_(
            "Its case number, column, signature and day, the version of our terms you agreed to, and what was done with it"
            " and by which editor: so that an answer can be traced to a letter, and the letter counted among its readers."
        ),
        how_long=lambda: now("Without a limit; your words and your address are no longer part of it by then"),
        seen_by=_("The editors, and whoever has your private link"),
        fields=(
            *columns(
                "letters.Letter",
                "case_number nonce form_key column signature consent_version status article is_lead was_lead told_at invited_at update wants_no_mail",
            ),
            *columns("letters.LetterEvent", "letter by verb before after note"),
        ),
    ),
    Kept(
        key="tray-emptied",
        of=Of.STAFF,
        what=_("That you emptied the tray of spam, when, and of how many letters"),
        why=_("What is deleted for good can be explained."),
        how_long=lambda: now("Without a limit; your name in it as long as your account"),
        seen_by=_("The editors"),
        fields=columns("letters.Emptying", "at by letters"),
    ),
    Kept(
        key="address-looks",
        of=Of.WRITERS,
        what=_("Which of the editors looked at your e-mail address, and when, with your case number"),
        why=_("So that nobody does it without a reason."),
        how_long=lambda: now("Without a limit; the address is not part of it"),
        seen_by=_("The owners of the site; you, if you ask what is kept of you"),
        fields=columns("letters.AddressLook", "case_number by at"),
    ),
    Kept(
        key="rule-record",
        of=Of.STAFF,
        what=_("Who wrote, checked and put to work which version of a red-flag rule, and when"),
        why=_("So that it can be asked why a letter was called urgent, or was not."),
        how_long=lambda: now("As long as the rule"),
        seen_by=_("The editors"),
        fields=(
            *columns("letters.RedFlag", "checked_on checked_by"),
            *columns("letters.RedFlagVersion", "saved_at saved_by"),
        ),
    ),
    Cookie(
        name="typed",
        what=_("What you are writing in the form for letters"),
        why=_(
            "Not a cookie: this tab of your browser keeps it, without your e-mail address, when you press “Send” or follow a"
            " link, so that it is still there when you go back. It is not sent to us before you send your letter."
        ),
        how_long=lambda: now(
            "Until the letter is sent, an answer of ours did instead, you leave the form in any other way, or the tab is"
            " closed; and not used ten minutes after you followed a link, or an hour after you pressed “Send”"
        ),
    ),
    Cookie(
        name="sent",
        what=_("The secret of your private link"),
        why=_("Set when you send a letter, so that the next page can show you the link once."),
        how_long=lambda: now("Until that page has shown it, at most ten minutes"),
    ),
    Cookie(
        name="said",
        what=_("What you last did on your letter’s own page, in one word"),
        why=_("Set when you press a button there, so that the page can say once that it was done."),
        how_long=lambda: now("Until the page has said it, at most ten minutes"),
    ),
    Cookie(
        name="letter",
        what=_("The secret of your private link, of up to five letters"),
        why=_(
            "Set when you send a letter or open its own page, so that its address need not show the secret."
        ),
        how_long=lambda: now("Until the browser is closed, or you press “Close this page on this computer”"),
    ),
)
