"""Promise 8 for letters: whatever only looks at a link that was mailed to a writer changes nothing."""

import itertools
import os
import random
from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.drills.visiting import LOOKERS, ask, dump, rows, run
from tests.site import Site, wait_for

ACTS = ["here", "reply", "wording", "sign", "change", "withdraw", "erase", "leave"]
MAILED = {
    "received": 1,
    "asked": 2,
    "again": 3,
    "shown": 2,
    "declined": 2,
    "answered": 2,
    "gone": 1,  # the receipt as well, where it left before the letter was erased
    "kept": 2,
}
ERASED = ("gone@", "kept@")
MAILS = f"""
from advice.articles.models import Column
from advice.letters import asking, retention, wishes, workflow
from advice.letters.models import Enquiry, Letter
by, column = make_user(), Column.objects.first()
letters = {{name: make_letter(column, email=f"{{name}}@example.org") for name in {list(MAILED)}}}
for name in ("asked", "again"):
    asking.ask_back(letters[name], text="Since when?", by=by)
Enquiry.objects.filter(letter=letters["again"]).update(asked_at=timezone.now() - dt.timedelta(days=5))
make_draft(letters["shown"], by=by)
asking.show_wording(letters["shown"], by=by, days=7)
workflow.decline(letters["declined"], by=by, reason="No.")
make_published(letters["answered"])
wishes.erase(letters["gone"])
then = timezone.now() - dt.timedelta(days=100)
letters["kept"].events.update(at=then)
Letter.objects.filter(pk=letters["kept"].pk).update(received_at=then)
retention.purge()  # unless the site's own worker was quicker
print(json.dumps(Letter.objects.filter(pk=letters["kept"].pk).exists()))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("looking")
    with Site(folder, database=os.environ["ADVICE_TEST_DB"], prepared=True) as running:
        yield running


@pytest.fixture(scope="module")
def mails(site):
    """One of every kind that is mailed to writers."""
    assert run(site, MAILS) is False

    def all_of_them():
        mails = [mail for mail in site.mails() if mail.to.partition("@")[0] in MAILED]
        counts = Counter(mail.to.partition("@")[0] for mail in mails)
        counts["gone"] -= any(mail.to.startswith("gone@") and "/letters/" in mail.text for mail in mails)
        return mails if counts == MAILED else None

    found = wait_for(all_of_them, 60, lambda: f"{Counter(mail.to for mail in site.mails())}\n{site.log()}")
    wait_for(lambda: rows(site, "SELECT 1 FROM mail_message") == [] or None, 30, site.log)
    return found


def kept(site):
    # Not what the site's own worker does of its own accord meanwhile: the issues that the demo's newsletters make.
    return dump(site, "letters_", "mail_", "newsletter_subscri", "newsletter_suppression", "django_session")


@pytest.mark.parametrize(
    "tries", [pytest.param(50, marks=pytest.mark.quick), pytest.param(1_000, marks=pytest.mark.full)]
)
def test_whatever_looks_at_a_link_mailed_to_a_writer_changes_nothing(site, mails, tries):
    """`tries` at each link, as programs come that read mails first, or browsers that load ahead what stands on a page."""
    latest = {mail.to: mail for mail in mails}.values()  # one mail of each kind
    paths = sorted({urlsplit(link).path for mail in latest for link in mail.links})
    mailed = [path for path in paths if path.startswith("/letters/")]
    stops = [path for path in mailed if path.endswith("/mails/")]
    assert (len(mailed), len(stops)) == (12, 6)
    others = [path for path in paths if path not in mailed]
    others += [f"{path}{act}/" for path in mailed if path not in stops for act in ACTS]
    erased = {
        urlsplit(link).path for mail in mails if mail.to.startswith(ERASED) for link in mail.links
    } - set(paths)
    looks = list(itertools.product(["GET", "HEAD", "OPTIONS"], LOOKERS, [True, False]))
    before, answers = kept(site), Counter()
    for path in mailed:
        for one in itertools.islice(itertools.cycle(looks), tries):
            answers[look(site, path, *one)] += 1
    for path in others:
        for one in random.sample(looks, 3):
            answers[look(site, path, *one)] += 1
    gone = Counter(look(site, path, *one) for path in erased for one in looks[:: len(LOOKERS)])
    after = kept(site)
    changed = {
        table: (set(map(str, rows)) ^ set(map(str, after[table])))
        for table, rows in before.items()
        if rows != after[table]
    }
    print(f"looking: {sum(answers.values()):,} looks, {tries:,} at each of {len(mailed)} links mailed to writers and some behind",
          f"them, answers {dict(answers)}, of erased letters {dict(gone)}:",
          f"changed: {changed or 'nothing'}")  # fmt: skip
    assert changed == {}
    assert set(answers) <= {200, 405}
    assert set(gone) <= {404, 405}


def look(site, path, method, headers, takes_cookies):
    """One look, and on to where it leads; gives the last status."""
    cookie = {}
    for _ in range(4):
        status, told, _body = ask(site, method, path, **headers, **cookie)
        if status not in {302, 303}:
            return status
        if takes_cookies and told["Set-Cookie"]:
            cookie = {"Cookie": told["Set-Cookie"].partition(";")[0]}
        path = urlsplit(told["Location"]).path
    raise AssertionError(f"led round in circles by {path}")
