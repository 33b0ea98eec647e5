"""Options that several commands have in common: a frozen dataclass, whose fields are options of their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def takes_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command have, in place of each argument that is a group of options, the options of the group."""
    arguments = inspect.signature(command, eval_str=True).parameters
    groups: dict[str, Any] = {
        name: argument.annotation for name, argument in arguments.items() if is_dataclass(argument.annotation)
    }

    @wraps(command)
    def with_options(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    parameters = [
        parameter
        for name, argument in arguments.items()
        for parameter in (_options(groups[name]) if name in groups else [_keyword(argument)])
    ]
    setattr(with_options, "__signature__", inspect.Signature(parameters))  # noqa: B010 - no function declares it
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options


def _options(group: Any) -> Iterator[inspect.Parameter]:
    kinds = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=kinds[field.name]
        )


def _keyword(argument: inspect.Parameter) -> inspect.Parameter:
    return argument.replace(kind=inspect.Parameter.KEYWORD_ONLY)
