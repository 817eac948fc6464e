"""The page that `make bench` measures ours against: Django with one query by slug and one template, nothing else.

It reads the very table that the site reads, in the same database. `gunicorn tests.bare:application`.
"""

import os
from typing import ClassVar

import environ
from django.conf import settings

TEMPLATE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ letter.headline }}</title></head>
<body><h1>{{ letter.headline }}</h1><p>{{ letter.dek }}</p>{{ letter.question_html|safe }}</body></html>"""

database = environ.Env.db_url_config(os.environ["DATABASE_URL"])
database["CONN_MAX_AGE"] = None  # connections must persist, or the bare page would be the slower one

settings.configure(
    SECRET_KEY="nothing is signed here",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="tests.bare",
    DATABASES={"default": database},
    MIDDLEWARE=[],
    INSTALLED_APPS=[],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"page.html": TEMPLATE})],
                    )
                ]
            },
        }
    ],
)

import django  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import get_object_or_404, render  # noqa: E402
from django.urls import path  # noqa: E402

django.setup()


class Letter(models.Model):
    slug = models.SlugField(unique=True)
    headline = models.CharField(max_length=160)
    dek = models.CharField(max_length=300)
    question_html = models.TextField()

    class Meta:
        app_label = "bare"
        db_table = "articles_article"
        managed: ClassVar[bool] = False


def page(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "page.html", {"letter": get_object_or_404(Letter, slug=slug)})


urlpatterns = [path("<slug:slug>/", page)]
application = get_wsgi_application()
