"""Times at the desk, in the site's zone and with their age; keys, and what is typed in small forms."""

import datetime as dt
from typing import Any

from django import template
from django.forms import Form
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advice.articles.page import printed

register = template.Library()


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 60:
        return _("%(count)d min") % {"count": minutes}
    if minutes < 36 * 60:
        return _("%(count)d h") % {"count": minutes // 60}
    days = round(minutes / (24 * 60))
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


@register.filter
def span(time: dt.timedelta) -> str:
    """“3 h”, “5 days”: how long."""
    return _span(time.total_seconds())


@register.filter(name="printed")
def as_printed(html: str, top: int = 3) -> SafeString:
    """Rendered HTML with its headings below the page's own, the highest being `top`."""
    return printed(html, top=top)


@register.filter
def age(moment: dt.datetime | None) -> str:
    """“40 min”, “3 h”, “5 days”: how long ago, or until then.

    >>> age(timezone.now() - dt.timedelta(hours=3))
    '3 h'
    """
    return _span(abs((timezone.now() - moment).total_seconds())) if moment else ""


@register.simple_tag(takes_context=True)
def shortcut(context: Context, key: str) -> SafeString | str:
    """Attributes of a button that `key` presses while the queue has the focus, unless the person has switched that off."""
    if not context["request"].user.uses_shortcuts:
        return ""
    return format_html('data-key="{}" aria-keyshortcuts="{}"', key, key)


@register.inclusion_tag("desk/keep.html", takes_context=True)
def keep_here(context: Context, name: str, pk: int, form: Form) -> dict[str, Any]:
    """Within a small form: what is typed in it is kept in the browser, until a message with the tag `sent(name, pk)` comes."""
    return {"request": context["request"], "form": form, "typing": {"key": f"{name}-{pk}", "url": ""}}


@register.simple_tag(takes_context=True)
def keycap(context: Context, key: str) -> SafeString | str:
    """The key itself, on its button."""
    if not context["request"].user.uses_shortcuts:
        return ""
    return format_html(' <kbd aria-hidden="true">{}</kbd>', key)


@register.simple_tag
def when(moment: dt.datetime | None) -> SafeString | str:
    """The date in the site's zone, and how far it is from now."""
    if moment is None:
        return ""
    seconds = (timezone.now() - moment).total_seconds()
    if abs(seconds) < 60:
        relative = _("just now")
    elif seconds > 0:
        relative = _("%(span)s ago") % {"span": _span(seconds)}
    else:
        relative = _("in %(span)s") % {"span": _span(-seconds)}
    return format_html(
        '<time datetime="{}">{}</time> <span class="age">({})</span>',
        moment.isoformat(timespec="minutes"),
        date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT"),
        relative,
    )


@register.filter
def zoned(moment: dt.datetime) -> str:
    """“Tue 3 Nov 2026, 09:00 GMT (Europe/London)”: leaves no doubt which clock is meant."""
    local = timezone.localtime(moment)
    clock, zone = local.strftime("%Z"), timezone.get_current_timezone_name()
    return f"{date_format(local, 'D j M Y, H:i')} {clock}" + (f" ({zone})" if zone != clock else "")
