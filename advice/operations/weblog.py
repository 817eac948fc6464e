"""What the web server's own log may hold."""

from typing import Any

from gunicorn.glogging import Logger

from advice.headers import PrivatePaths


class WithoutPrivatePaths(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.addFilter(PrivatePaths())
