import base64
import json
import os
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from advice.articles.page import printed
from advice.desk.markdown import image_code
from advice.markup import render
from tests.factories import make_user
from tests.hostile import HOSTILE
from tests.test_markup import live

pytestmark = pytest.mark.django_db

PREVIEW, UPLOAD = "/desk/markdown/preview/", "/desk/markdown/upload/"
GIF = base64.b64decode("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==")


@pytest.fixture
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def stored(media):
    return sorted(path for path in Path(media).rglob("*") if path.is_file())


@pytest.fixture
def writer(client, media):
    client.force_login(make_user("expert"))
    return client


def picture(kind="PNG", size=(40, 20), mode="RGB", **options):
    data = BytesIO()
    Image.new(mode, size, "red").save(data, kind, **options)
    return data.getvalue()


def bomb(width, height):
    """A PNG that says it is huge, in a hundred bytes."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def send(client, data, name="a.png", kind="image/png", alt="A calf"):
    return client.post(UPLOAD, {"image": SimpleUploadedFile(name, data, kind), "alt": alt})


# -- preview ----------------------------------------------------------------------------------------------------


def test_the_preview_is_what_will_be_printed(writer):
    text = "*Dear* Adam,\n\n## When to worry"
    assert writer.post(PREVIEW, {"content": text}).content.decode() == printed(render(text))


@pytest.mark.parametrize("text", HOSTILE[:-1])  # the last is no valid UTF-8 and cannot be posted
def test_a_hostile_preview_is_dead(writer, text):
    response = writer.post(PREVIEW, {"content": text})
    assert response.status_code == 200
    assert live(response.content.decode()) == []


def test_too_long_a_preview_is_a_small_fragment(writer):
    response = writer.post(PREVIEW, {"content": "a" * 50_001})
    assert response.status_code == 413
    assert response.content.decode().startswith('<p class="errors">This text is too long')


def test_nothing_to_preview_is_nothing(writer):
    assert writer.post(PREVIEW).content == b""


@pytest.mark.parametrize("path", [PREVIEW, UPLOAD])
def test_a_stranger_gets_a_small_refusal_and_no_page(client, media, path):
    response = client.post(
        path, {"content": "*x*", "image": SimpleUploadedFile("a.png", picture(), "image/png")}
    )
    assert response.status_code == 403
    assert len(response.content) < 300
    assert b"<html" not in response.content
    assert stored(media) == []


@pytest.mark.parametrize("path", [PREVIEW, UPLOAD])
def test_without_the_token_nothing_is_done(media, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    response = client.post(
        path, {"content": "*x*", "image": SimpleUploadedFile("a.png", picture(), "image/png")}
    )
    assert response.status_code == 403
    assert b"<em>" not in response.content
    assert b"<html" not in response.content
    assert stored(media) == []


@pytest.mark.parametrize("path", [PREVIEW, UPLOAD])
def test_with_the_token_it_is_done(media, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    page = client.get("/desk/people/invite/").content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    data = {
        "content": "*x*",
        "image": SimpleUploadedFile("a.png", picture(), "image/png"),
        "alt": "A calf",
        "csrfmiddlewaretoken": token,
    }
    assert client.post(path, data).status_code == 200


# -- upload -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_stored_anew_under_a_random_name(writer, media, kind):
    response = send(writer, picture(kind), name="../../my holiday.html", kind="text/html", alt="A [runner]")
    assert response.status_code == 200
    found = response.json()
    assert found["image_code"] == f"![A \\[runner\\]]({found['image_path']})"
    (path,) = stored(media)
    assert path.parent == Path(media) / "uploads"
    assert path.suffix == ".webp"
    assert len(path.stem) == 32
    assert found["image_path"] == f"/media/uploads/{path.name}"
    assert Image.open(path).format == "WEBP"
    assert f'src="{found["image_path"]}"' in render(found["image_code"])


def test_the_same_picture_twice_has_two_names(writer, media):
    send(writer, picture())
    send(writer, picture())
    assert len(stored(media)) == 2


def test_nothing_but_the_pixels_is_kept(writer, media):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "Northfield depot"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 0.0)})
    data = picture("JPEG", (40, 20), exif=exif, comment=b"call me on 555 0143", icc_profile=b"profile" * 40)
    assert Image.open(BytesIO(data)).getexif().get_ifd(0x8825)
    send(writer, data, "a.jpg", "image/jpeg")
    (path,) = stored(media)
    kept = Image.open(path)
    assert kept.size == (20, 40)  # turned upright
    assert dict(kept.getexif()) == {}
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(kept.info)
    raw = path.read_bytes()
    for trace in (b"Northfield", b"555 0143", b"profile", b"EXIF", b"ICCP", b"XMP "):
        assert trace not in raw


def test_a_wide_picture_is_made_1600_wide_and_a_transparent_one_stays_so(writer, media):
    send(writer, picture("PNG", (3_200, 100)))
    (path,) = stored(media)
    assert Image.open(path).size == (1_600, 50)
    path.unlink()
    send(writer, picture("PNG", (4, 4), mode="RGBA"))
    assert Image.open(stored(media)[0]).mode in {"RGB", "RGBA"}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_pixel_becomes_plain(writer, media, mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    data = BytesIO()
    Image.new(mode, (8, 8)).save(data, kind)
    assert send(writer, data.getvalue()).status_code == 200
    assert len(stored(media)) == 1


def test_an_animation_becomes_its_first_frame(writer, media):
    data = BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(data, "WEBP", save_all=True, append_images=frames[1:])
    send(writer, data.getvalue())
    assert getattr(Image.open(stored(media)[0]), "n_frames", 1) == 1


REFUSED = {
    "nothing": b"",
    "text": b"hello",
    "html named png": b"<html><script>alert(1)</script></html>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "gif": GIF,
    "gif that is a script": b"GIF89a/*" + GIF[6:] + b"*/=1;alert(1)",
    "bmp": picture("BMP"),
    "tiff": picture("TIFF"),
    "ico": picture("ICO", (16, 16)),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
    "truncated png": picture()[:60],
    "truncated jpeg": picture("JPEG", (400, 400))[:700],
    "only a header": b"\x89PNG\r\n\x1a\n",
    "21 megapixels": bomb(7_000, 3_001),
    "900 megapixels": bomb(30_000, 30_000),
    "more than there is": bomb(2_000_000_000, 2_000_000_000),
    "no pixels": bomb(0, 0),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_of_ours_is_refused_in_json_and_nothing_is_stored(writer, media, name):
    response = send(writer, REFUSED[name], "evil.html", "image/png")
    assert response.status_code == 400
    assert set(json.loads(response.content)) == {"error"}
    assert stored(media) == []


def test_no_file_and_a_text_field_are_refused(writer, media):
    assert writer.post(UPLOAD).status_code == 400
    assert writer.post(UPLOAD, {"image": "text"}).status_code == 400
    assert stored(media) == []


def test_more_than_10_mb_is_refused(writer, media):
    response = send(writer, picture() + b"\0" * 10 * 1024 * 1024)
    assert response.json() == {"error": "A picture may have at most 10 MB."}
    assert stored(media) == []


def outside():
    folder = Path(os.environ.get("TEST_DATA", "")) / "hostile" / "images"
    return sorted(folder.iterdir()) if os.environ.get("TEST_DATA") and folder.is_dir() else []


@pytest.mark.skipif(not outside(), reason="TEST_DATA names no folder with hostile/images")
@pytest.mark.parametrize("path", outside(), ids=lambda path: path.name)
def test_hostile_files_from_outside_are_refused_or_made_inert(writer, media, path):
    response = send(writer, path.read_bytes(), path.name, "image/png")
    assert response.status_code in {200, 400}
    json.loads(response.content)
    for kept in stored(media):
        assert Image.open(kept).format == "WEBP"
        assert b"script" not in kept.read_bytes()


# -- without JavaScript -----------------------------------------------------------------------------------------


def test_without_javascript_a_picture_is_put_below_the_text(client, media):
    from advice.articles import workflow
    from tests.factories import make_expert

    expert = make_expert(make_user("expert"))
    answer = workflow.assign(workflow.draft(by=None, headline="H"), expert=expert, by=None)
    client.force_login(expert.user)
    data = {
        "text": "Dear Adam",
        "version": 1,
        "action": "picture",
        "alt": "A calf",
        "image": SimpleUploadedFile("a.png", picture(), "image/png"),
    }
    response = client.post(f"/desk/answers/{answer.pk}/", data)
    (path,) = stored(media)
    assert response.context["form"]["text"].value() == f"Dear Adam\n\n![A calf](/media/uploads/{path.name})\n"
    refused = client.post(f"/desk/answers/{answer.pk}/", {**data, "image": SimpleUploadedFile("a.png", b"x")})
    assert refused.context["form"].errors["text"] == ["This is not a JPEG, PNG or WebP picture."]


def test_an_alt_text_is_only_text():
    code = image_code("/media/a.webp", 'x](javascript:alert(1)) "onerror=\n<b>')
    rendered = render(code)
    assert live(rendered) == []
    assert rendered.count("<img") == 1
    assert "<a" not in rendered


def test_the_settings_name_our_own_views():
    assert (settings.MARKDOWNX_URLS_PATH, settings.MARKDOWNX_UPLOAD_URLS_PATH) == (PREVIEW, UPLOAD)


def test_a_picture_needs_a_description(writer):
    for alt, status in (("", 400), ("  ", 400), ("\u200b", 400), ("A calf", 200)):
        assert send(writer, picture(), alt=alt).status_code == status, alt
