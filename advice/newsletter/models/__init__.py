"""Newsletters, who gets them, and what was sent. Knows no letters."""

from advice.mail.mailboxes import canonical, loose
from advice.newsletter.models.issues import (
    FORGET_COPIES_AFTER,
    ISSUE_MOVES,
    Bounce,
    BounceKind,
    Delivery,
    DeliveryState,
    Issue,
    IssueItem,
    IssueKind,
    IssueQuerySet,
    IssueStatus,
)
from advice.newsletter.models.lists import Newsletter, Rhythm, Weekday, rhythm_line
from advice.newsletter.models.people import (
    MOVES,
    LeftBecause,
    Subscriber,
    SubscriberStatus,
    Subscription,
    SuppressedBecause,
    Suppression,
    new_nonce,
)

__all__ = [
    "FORGET_COPIES_AFTER",
    "ISSUE_MOVES",
    "MOVES",
    "Bounce",
    "BounceKind",
    "Delivery",
    "DeliveryState",
    "Issue",
    "IssueItem",
    "IssueKind",
    "IssueQuerySet",
    "IssueStatus",
    "LeftBecause",
    "Newsletter",
    "Rhythm",
    "Subscriber",
    "SubscriberStatus",
    "Subscription",
    "SuppressedBecause",
    "Suppression",
    "Weekday",
    "canonical",
    "loose",
    "new_nonce",
    "rhythm_line",
]
