"""gunicorn -c deploy/gunicorn.conf.py advice.wsgi:application"""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 4
# No access log: addresses hold secrets. Errors are logged without them.
accesslog = None
logger_class = "advice.operations.weblog.WithoutPrivatePaths"
control_socket_disable = True
graceful_timeout = 20
