"""A cache that is gone makes the site slower, and nothing else: every call that fails counts as a miss."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger("advice.cache")


def _guard(name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    method = getattr(RedisCache, name)

    @wraps(method)
    def guarded(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            # The client raises its own library's errors, which are known only where that is installed.
            if isinstance(error, ValueError | TypeError | ImportError):
                raise  # a wrong call, `incr` of a key that is not there, no client installed: no fault of the server
            logger.warning("The cache does not answer (%s).", type(error).__name__)
            return otherwise(*args, **kwargs)

    return guarded


class GuardedRedisCache(RedisCache):
    get = _guard("get", lambda key, default=None, version=None: default)
    get_many = _guard("get_many", lambda keys, version=None: {})
    has_key = _guard("has_key", lambda key, version=None: False)
    set = _guard("set", lambda *args, **kwargs: None)
    set_many = _guard("set_many", lambda data, *args, **kwargs: list(data))
    add = _guard("add", lambda *args, **kwargs: True)
    touch = _guard("touch", lambda *args, **kwargs: False)
    delete = _guard("delete", lambda *args, **kwargs: False)
    delete_many = _guard("delete_many", lambda *args, **kwargs: None)
    incr = _guard("incr", lambda key, delta=1, version=None: delta)
    clear = _guard("clear", lambda: False)

    def answers(self) -> bool:
        """Whether the server is there; the one call that does not look away."""
        try:
            super().get("readyz")
        except Exception:
            return False
        return True
