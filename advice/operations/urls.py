from django.urls import path

from advice.operations import health, mailbox, media

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("media/<path:name>", media.file, name="media"),
    path("dev/mail/", mailbox.index, name="dev_mail"),
    path("dev/mail/<slug:name>/", mailbox.message, name="dev_mail_message"),
    path("dev/mail/<slug:name>/html/", mailbox.html, name="dev_mail_html"),
]
