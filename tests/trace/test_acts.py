"""What is in the trace beside the acts of the permission matrix (tests/desk/test_traced.py)."""

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from advice.accounts.models import Role
from advice.letters import workflow as letters
from advice.letters.models import Alarm
from advice.trace.models import Act, Kind
from tests.desk.test_permissions import SURE
from tests.factories import (
    make_draft,
    make_expert,
    make_letter,
    make_newsletter,
    make_reader,
    make_tag,
    make_user,
)
from tests.stored import everything_stored

pytestmark = pytest.mark.django_db


def acts():
    return list(Act.objects.order_by("pk").values_list("verb", "kind", "number", "person"))


def test_what_the_matrix_has_nothing_to_do_it_to_leaves_its_line_as_well(client):
    owner, reader, letter = make_user(Role.OWNER), make_reader(make_newsletter()), make_letter()
    Alarm.objects.create(letter=letter, since=timezone.now())
    client.force_login(owner)
    for name, row in (("suppress_subscriber", reader), ("lift_subscriber", reader), ("seen", letter)):
        client.post(reverse(f"desk:{name}", args=[row.pk]))
    for name in ("suppress_address", "lift_address"):
        client.post(reverse(f"desk:{name}"), SURE)
    assert [line[:2] for line in acts()] == [
        ("suppress", "subscriber"),
        ("lift", "subscriber"),
        ("seen", "letter"),
        ("suppress", "address"),
        ("lift", "address"),
    ]
    assert [line[2] for line in acts()[:3]] == [reader.pk, reader.pk, letter.pk]


def test_coming_and_going_is_in_it(client):
    user = make_user(password="running in the rain")
    sign_in = reverse("account_login")
    client.post(sign_in, {"login": user.email, "password": "guessed"})
    client.post(sign_in, {"login": "stranger@example.org", "password": "guessed"})
    client.post(sign_in, {"login": user.email, "password": "running in the rain"})
    new = {
        "oldpassword": "running in the rain",
        "password1": "sleeping in the sun",
        "password2": "sleeping in the sun",
    }
    client.post(reverse("account_change_password"), new)
    client.post(reverse("account_logout"))
    client.post(reverse("account_logout"))
    assert acts() == [
        ("fail to sign in", "person", user.pk, None),
        ("fail to sign in", "person", None, None),
        ("sign in", "person", user.pk, user.pk),
        ("set password", "person", user.pk, user.pk),
        ("sign out", "person", user.pk, user.pk),
    ]


def test_what_is_done_in_the_admin_is_in_it(client):
    owner, tag, others = make_user(Role.OWNER), make_tag(), [make_tag(), make_tag()]
    client.force_login(owner)
    words = {"name": "Calves", "slug": "calves", "description": ""}
    formset = {f"aliases-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    client.post("/admin/articles/tag/add/", {**words, **formset})
    client.post(f"/admin/articles/tag/{tag.pk}/change/", {**words, "slug": "calf", "name": "Calf", **formset})
    selected = {"action": "delete_selected", "_selected_action": [one.pk for one in others], "post": "yes"}
    client.post("/admin/articles/tag/", selected)
    made = Act.objects.get(verb="make").number
    assert acts() == [
        ("make", "tag", made, owner.pk),
        ("edit", "tag", tag.pk, owner.pk),
        *(("delete", "tag", one.pk, owner.pk) for one in sorted(others, key=lambda tag: tag.name)),
    ]


def test_no_word_of_a_letter_is_in_it(client):
    by, expert = make_user(Role.EDITOR), make_expert()
    letter = make_letter(
        email="canary@example.org", text="Canaryword at the Northfield depot.", signature="Canaryname"
    )
    client.force_login(by)
    client.post(f"/desk/letters/{letter.pk}/address/")
    article = make_draft(letter, by=by, headline="Canaryline")
    client.post(
        f"/desk/articles/{article.pk}/assign/", {"assign-expert": expert.pk, "assign-note": "Canarynote"}
    )
    letters.publish(make_draft(make_letter(), by=by), by=by)
    rows = dict(everything_stored())["trace_act"]
    assert Act.objects.filter(kind=Kind.LETTER, number=letter.pk, verb="look at address").count() == 1
    assert Act.objects.filter(verb="publish", person=by.pk).count() == 1
    for word in ("anary", "Northfield", expert.name, by.name, by.email, letter.case_number):
        assert word not in rows


def test_what_is_done_at_the_command_line_is_in_it(tmp_path):
    make_reader(make_newsletter(), email="eve@example.org")
    call_command("person", "export", "eve@example.org")
    call_command("person", "erase", "eve@example.org", yes=True)
    call_command("purge_letters")
    call_command("export_subscribers", tmp_path / "list.csv")
    call_command("export_content", tmp_path)
    lines = list(Act.objects.order_by("pk").values_list("verb", "detail"))
    assert lines == [
        ("export", "person"),
        ("erase", "person"),
        ("purge letters", ""),
        ("export", "subscribers"),
        ("export", "articles"),
    ]
    assert not Act.objects.exclude(kind=Kind.SITE, person=None).exists()
