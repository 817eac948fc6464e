import json
import re
from io import BytesIO

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from advice.accounts.models import Role
from advice.articles.admin import check_length
from advice.articles.models import Expert
from advice.mail.models import Message
from tests.factories import make_column, make_expert, make_tag, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    user = make_user(Role.OWNER)
    client.force_login(user)
    return user


def test_only_reference_data_is_there():
    assert {model._meta.label for model in admin.site._registry} == {
        "accounts.User",
        "articles.Column",
        "articles.Expert",
        "articles.Tag",
        "mail.Message",
        "membership.Plan",
    }


def test_the_admin_is_for_owners_and_everybody_signs_in_by_the_one_door(client):
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    assert client.post("/admin/login/", {"username": "x", "password": "y"})["Location"].startswith(
        "/accounts/login/"
    )
    for role in (Role.EXPERT, Role.EDITOR):
        client.force_login(make_user(role))
        assert client.get("/admin/", follow=True).status_code == 403


def test_every_page_opens_for_an_owner_without_anything_inline(client, owner):
    Message.objects.create(kind="received", payload="{}")
    rows = [owner, make_column(), make_expert(), make_tag(), Message.objects.get()]
    paths = ["/admin/", "/admin/password_change/"]
    for row in rows:
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        paths += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])]
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200, path
        assert not re.search(
            r"<script(?![^>]* (?:src|type=\"application/json\"))|<[^>]+\s(?:on\w+|style)=",
            response.content.decode(),
        ), path


def test_a_message_shows_neither_address_nor_text_and_is_not_changed(client, owner):
    payload = json.dumps({"to": "secret@example.org", "text": "Private text"})
    message = Message.objects.create(kind="received", payload=payload)
    page = client.get(f"/admin/mail/message/{message.pk}/change/").content.decode()
    assert "secret@example.org" not in page
    assert "Private text" not in page
    assert client.post(f"/admin/mail/message/{message.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Message.objects.exists()


def test_roles_are_not_changed_here_and_nobody_is_added_or_deleted(client, owner):
    someone = make_user(Role.EDITOR)
    data = {
        "name": "New Name",
        "email": "New@Site.example",
        "role": "owner",
        "is_active": "",
        "is_superuser": "on",
    }
    assert client.post(f"/admin/accounts/user/{someone.pk}/change/", data).status_code == 302
    someone.refresh_from_db()
    assert (someone.name, someone.email) == ("New Name", "new@site.example")
    assert (someone.role, someone.is_active, someone.is_superuser) == (Role.EDITOR, True, False)
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.get(f"/admin/accounts/user/{someone.pk}/delete/").status_code == 403


def test_a_former_address_no_longer_signs_in(client, owner):
    someone = make_user(Role.EDITOR, password="running in the rain")
    former = someone.email
    client.logout()
    client.post("/accounts/login/", {"login": former, "password": "running in the rain"})
    client.logout()
    client.force_login(owner)
    client.post(f"/admin/accounts/user/{someone.pk}/change/", {"name": "N", "email": "new@site.example"})
    client.logout()
    client.post("/accounts/login/", {"login": former, "password": "running in the rain"})
    assert "_auth_user_id" not in client.session


def test_a_column_is_edited(client, owner):
    column = make_column()
    data = {
        "name": "Sports",
        "slug": "sports",
        "position": 3,
        "wording_days": 7,
        "update_weeks": 6,
        "disclaimer": "*Not* advice.",
    }
    assert client.post(f"/admin/articles/column/{column.pk}/change/", data).status_code == 302
    column.refresh_from_db()
    assert (column.name, column.disclaimer_html) == ("Sports", "<p><em>Not</em> advice.</p>")


def test_what_cannot_be_set_is_refused_beside_its_field():
    check_length("ä" * 25_000)
    with pytest.raises(ValidationError, match="at most 50,000 can be set"):
        check_length("ä" * 25_001)


def photograph(**about):
    data, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "At home with Mara"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (1_000, 500), "red").save(data, "JPEG", exif=exif, comment=b"At home with Mara")
    return SimpleUploadedFile("mara-at-home.jpg", data.getvalue(), **about)


def test_a_portrait_keeps_its_pixels_and_nothing_else(client, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    data = {"name": "Mara Quill", "slug": "mara-quill"}
    sent = {**data, "portrait": photograph(content_type="image/jpeg")}
    assert client.post("/admin/articles/expert/add/", sent).status_code == 302
    expert = Expert.objects.get()
    assert re.fullmatch(r"portraits/[0-9a-f]{32}\.webp", expert.portrait.name)
    stored = (tmp_path / expert.portrait.name).read_bytes()
    assert b"Mara" not in stored
    with Image.open(BytesIO(stored)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("WEBP", (640, 320), {})
    before = expert.portrait.name
    assert client.post(f"/admin/articles/expert/{expert.pk}/change/", data).status_code == 302
    assert Expert.objects.get().portrait.name == before


def test_a_portrait_of_another_kind_is_refused_beside_the_field(client, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    data = BytesIO()
    Image.new("RGB", (10, 10)).save(data, "GIF")
    sent = {"name": "M", "slug": "m", "portrait": SimpleUploadedFile("a.gif", data.getvalue())}
    response = client.post("/admin/articles/expert/add/", sent)
    assert response.context["adminform"].form.errors.keys() == {"portrait"}
    assert not Expert.objects.exists()
