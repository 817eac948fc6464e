import collections
import time

import pytest
import schemathesis
from schemathesis.engine import events, from_schema

from advice.wsgi import application
from tests.reading.printed import make_site


@pytest.mark.django_db(transaction=True)
def test_x():
    make_site(5)
    config = (
        schemathesis.Config.from_dict({"generation": {"max-examples": 20, "database": "none"}})
        if hasattr(schemathesis, "Config")
        else None
    )
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config)
    t = time.time()
    c = collections.Counter()
    for event in from_schema(schema).execute():
        c[type(event).__name__] += 1
        if isinstance(event, events.ScenarioFinished):
            print(
                event.phase,
                event.label if hasattr(event, "label") else "",
                event.status,
                len(event.recorder.cases),
            )
            for cid, checks in event.recorder.checks.items():
                for ch in checks:
                    if ch.failure_info:
                        print(
                            "   FAIL",
                            event.recorder.cases[cid].value.as_curl_command(),
                            ch.name,
                            str(ch.failure_info.failure)[:600],
                        )
        elif "Error" in type(event).__name__ or "Warning" in type(event).__name__:
            print(event)
    print(c, time.time() - t)
    assert 0
