"""gunicorn -c deploy/gunicorn.conf.py advice.wsgi:application"""

import os

from advice.operations import web

globals().update(web.SETTINGS)
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
graceful_timeout = 20
