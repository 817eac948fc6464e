from django.urls import path

from advice.desk import answers, articles, letters, markdown, outbox, pages, people, queue

app_name = "desk"
urlpatterns = [
    path("", queue.home, name="home"),
    path("mine/", queue.mine, name="mine"),
    path("letters/<int:pk>/", letters.letter, name="letter"),
    path("letters/<int:pk>/accept/", letters.accept, name="accept"),
    path("letters/<int:pk>/decline/", letters.decline, name="decline"),
    path("letters/<int:pk>/merge/", letters.merge, name="merge"),
    path("letters/<int:pk>/spam/", letters.spam, name="spam"),
    path("letters/<int:pk>/reopen/", letters.reopen, name="reopen"),
    path("articles/", queue.articles, name="articles"),
    path("articles/new/", articles.new, name="new"),
    path("articles/<int:pk>/", articles.article, name="article"),
    path("articles/<int:pk>/preview/", articles.preview, name="preview"),
    path("articles/<int:pk>/assign/", articles.assign, name="assign"),
    path("articles/<int:pk>/review/", articles.review, name="review"),
    path("articles/<int:pk>/publish/", articles.publish, name="publish"),
    path("articles/<int:pk>/unpublish/", articles.unpublish, name="unpublish"),
    path("articles/<int:pk>/correct/", articles.correct, name="correct"),
    path("articles/<int:pk>/retract/", articles.retract, name="retract"),
    path("articles/<int:pk>/related/", articles.choose_related, name="related"),
    path("answers/<int:pk>/", answers.answer, name="answer"),
    path("answers/<int:pk>/send-back/", answers.send_back, name="send_back"),
    path("answers/<int:pk>/unassign/", answers.unassign, name="unassign"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:pk>/", people.edit, name="person"),
    path("people/<int:pk>/invite-again/", people.invite_again, name="invite_again"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("pages/", pages.pages, name="pages"),
    path("pages/<slug:slug>/", pages.edit, name="page"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<int:pk>/resend/", outbox.resend, name="resend"),
    path("outbox/<int:pk>/discard/", outbox.discard, name="discard"),
    # The two addresses that the settings MARKDOWNX_URLS_PATH and MARKDOWNX_UPLOAD_URLS_PATH name.
    path("markdown/preview/", markdown.markdownx_markdownify, name="markdownx_markdownify"),
    path("markdown/upload/", markdown.markdownx_upload, name="markdownx_upload"),
]
