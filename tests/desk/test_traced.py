"""Promise 19: whatever the staff do leaves its line in the trace, in the transaction of the act itself.

The acts are those of the permission matrix, so that a new one without a line fails here.
"""

import re

import pytest
from django.db import connection, transaction

from advice.trace.models import Act
from tests.desk.test_permissions import DESK, SURE, ask, objects, people, staff  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db

# How many lines an act leaves where it is not one, and why.
LINES = {
    "desk:accept": 2,  # the letter, and the draft that is made of it
    "desk:open_draft": 2,  # the letter or the search, and the draft that is begun for it
    "desk:approve_update": 2,  # the letter it came for, and the article it is printed in
    "desk:find_subscriber": 0,  # the page it leads to leaves the line
    "desk:lift_subscriber": 0,  # nothing is lifted there; see below
    "desk:lift_address": 0,
    "desk:seen": 0,  # of a letter that is not urgent; see below
    "desk:check_links": 0,  # only looks
    "desk:try_red_flag": 0,
    "desk:print_signature": 2,  # the letter, and the article it is printed in
    "desk:merge": 2,  # the letter, and the article it joins
    "desk:use_reply": 0,  # words in a form
    "desk:differences": 0,
    "desk:ask_for_changes": 2,  # the piece, and its answer that goes back
    "desk:settle": 2,  # the decision, and the save of the text that it changes
    "desk:find_letters": 0,  # only looks
    "desk:bulk": 0,  # asks first; once it is sure, each row leaves the line of its own act
    "desk:preferences": 0,  # how the desk looks to oneself
    "desk:article_autosave": 0,  # what is being typed is no act
    "desk:answer_autosave": 0,
    "desk:article_discard": 0,
    "desk:answer_discard": 0,
    "desk:markdownx_markdownify": 0,  # a text is shown, nothing is kept
}
POSTS = [row for row in DESK if row.post is not None]


def done(response) -> bool:
    return response.status_code in {200, 302, 303}


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_every_act_leaves_its_line(client, people, objects, row):  # noqa: F811
    client.force_login(people["owner"])
    outside = len(connection.savepoint_ids)
    within = []

    def look(execute, sql, *rest):
        if re.match('INSERT INTO "trace_act"', sql):
            within.append(len(connection.savepoint_ids) > outside + 1)
        return execute(sql, *rest)

    last = Act.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with transaction.atomic(), connection.execute_wrapper(look):
        response = ask(client, row, objects, "owner")
        acts = list(Act.objects.filter(pk__gt=last))
        transaction.set_rollback(True)
    expected = LINES.get(row.name, 1) if done(response) else 0
    assert [str(act) for act in acts] == [str(act) for act in acts][:expected]
    assert len(acts) == expected
    assert all(act.person == people["owner"].pk for act in acts)
    assert all(within), "not in the transaction of the act"


def test_every_act_that_a_refusal_stops_leaves_none(client, people, objects):  # noqa: F811
    client.force_login(people["editor"])
    for row in POSTS:
        with transaction.atomic():
            before = Act.objects.count()
            response = ask(client, row, objects, "editor")
            if not done(response):
                assert Act.objects.count() == before, row
            transaction.set_rollback(True)
