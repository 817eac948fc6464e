from django.urls import path

from advice.letterbox import nearby, sent, similar, spam, views, writer
from advice.letterbox.place import both, by_cookie

app_name = "letterbox"
urlpatterns = [
    path("ask/", views.ask, name="ask"),
    path("ask/similar/", similar.similar, name="similar"),
    path("ask/stamp/", spam.stamp, name="stamp"),
    path("ask/answered/<slug:slug>/", nearby.answered, name="answered"),
    path("ask/<slug:column>/", views.ask, name="ask_column"),
    path("letters/erased/", writer.erased, name="erased"),
    path("letters/clear/", writer.clear, name="clear"),
    path("letters/<str:secret>/", writer.arrive, name="letter"),
    path("letters/<str:secret>/thanks/", writer.arrive, name="thanks"),  # where sending a letter led once
    path("letters/sent/<str:ticket>/", sent.sent, name="sent"),
    path("letters/yours/<str:case>/thanks/", by_cookie(sent.thanks), name="own_thanks"),
    *both("", writer.letter, name="page"),
    *both("reply/", writer.reply, name="reply"),
    *both("wording/", writer.wording, name="wording"),
    *both("sign/", writer.sign, name="sign"),
    *both("change/", writer.change, name="change"),
    *both("withdraw/", writer.withdraw, name="withdraw"),
    *both("update/", writer.update, name="update"),
    *both("update/take-back/", writer.take_back, name="take_back"),
    *both("erase/", writer.erase, name="erase"),
    *both("mails/", writer.mails, name="mails"),
    *both("leave/", writer.leave, name="leave"),
]
