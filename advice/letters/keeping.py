"""What is kept of those who write to us, for the privacy page."""

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from advice.keeping import Kept, Of, columns, declare, in_words
from advice.letters import retention


def times() -> dict[str, str]:
    """The times that letters are kept by, in words, for whoever promises them to a writer."""
    return {
        "address": in_words(retention.ADDRESS),
        "words": in_words(retention.WORDS),
        "unused": in_words(retention.UNUSED),
    }


declare(
    Kept(
        key="letter-address",
        of=Of.WRITERS,
        what=_("Your e-mail address, if you give one"),
        why=_("To tell you how your letter fares. It is stored encrypted."),
        how_long=lambda: (
            now(
                "%(address)s after we told you of the answer, and at the latest %(words)s after your letter came if it"
                " is never answered"
            )
            % times()
        ),
        seen_by=_("Nobody: no page shows it, only the program that mails you reads it"),
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
        fields=columns("letters.LetterVersion", "letter number question text received_at"),
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
                "case_number nonce form_key column signature consent_version status received_at article is_lead told_at",
            ),
            *columns("letters.LetterEvent", "letter at by verb before after note"),
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
)
