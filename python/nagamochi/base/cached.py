"""Properties that are computed once."""

from __future__ import annotations

import functools
from typing import Any, TypeVar, overload

Value = TypeVar("Value", covariant=True)


class CachedProperty(functools.cached_property[Value]):
    """Property that is computed once for each instance, without the lock of Python 3.11.

    A process that is forked while another thread holds that lock would wait for it for ever. Threads that ask at the
    same time may compute twice, as from Python 3.12 on.
    """

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> CachedProperty[Value]: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> Value: ...
    def __get__(self, instance: object | None, owner: type[Any] | None = None) -> CachedProperty[Value] | Value:
        if instance is None:
            return self
        assert self.attrname is not None
        found: Value = instance.__dict__.setdefault(self.attrname, self.func(instance))
        return found


cached_property = CachedProperty
