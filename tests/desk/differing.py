"""What a page that shows two states of a form says, in words."""


def differ(response):
    """Field by field: its label, theirs and ours."""
    return [
        {"label": one.label, "theirs": _said(one.theirs), "ours": _said(one.ours)}
        for one in response.context["differ"]
    ]


def together(response):
    """By field what both texts make, as it stands in its box."""
    return {one.name: one.merged.text for one in response.context["differ"] if one.merged}


def _said(paragraphs):
    return "\n".join(" ".join(run.text for run in paragraph) for paragraph in paragraphs)
