"""The stub of the compiled core says what pybind11 says: the same names, arguments, defaults and types."""

import ast
import enum
import re
from pathlib import Path
from types import ModuleType

import pytest

import nagamochi
from nagamochi import _core

STUB = Path(nagamochi.__file__).with_name("_core.pyi")

# pybind11 names what it converts from; a stub names what a caller should pass.
SPELLINGS = {
    "typing.SupportsInt | typing.SupportsIndex": "int",
    "typing.SupportsFloat | typing.SupportsIndex": "float",
    f"{_core.__name__}.": "",
}
UNPRINTABLE_DEFAULT = re.compile(r"= <[^<>]*>")
NUMBERED_OVERLOAD = re.compile(r"^\d+\. ", flags=re.MULTILINE)


class Resolver(ast.NodeTransformer):
    """Replaces imported names and private aliases by what they stand for."""

    def __init__(self, stub: ast.Module) -> None:
        self.meanings: dict[str, ast.expr] = {}
        for node in stub.body:
            match node:
                case ast.Import(names=names):
                    self.meanings |= {name.asname or name.name: _expression(name.name) for name in names}
                case ast.ImportFrom(module=str(module), names=names):
                    self.meanings |= {name.asname or name.name: _expression(f"{module}.{name.name}") for name in names}
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.meanings[name] = self.visit(value)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.meanings.get(node.id, node)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _signature(function: ast.FunctionDef) -> str:
    """Argument names, kinds, types and defaults, and the result; without the type of self and an implied `| None`."""
    arguments = function.args
    for argument in arguments.posonlyargs + arguments.args:
        if argument.arg == "self":
            argument.annotation = None
    positional = arguments.posonlyargs + arguments.args
    with_default = positional[len(positional) - len(arguments.defaults) :] + arguments.kwonlyargs
    for argument, default in zip(with_default, arguments.defaults + arguments.kw_defaults, strict=True):
        if isinstance(default, ast.Constant) and default.value is None and argument.annotation is not None:
            argument.annotation = _expression(ast.unparse(argument.annotation).removesuffix(" | None"))
    assert function.returns is not None
    return f"({ast.unparse(arguments)}) -> {ast.unparse(function.returns)}"


def _documented_signatures(doc: str) -> list[str]:
    """Return the signatures at the head of a pybind11 docstring: one, or one for each overload."""
    overloads = NUMBERED_OVERLOAD.split(doc)[1:] if "\nOverloaded function.\n" in doc else [doc]
    signatures = []
    for overload in overloads:
        line = UNPRINTABLE_DEFAULT.sub("= ...", overload.partition("\n")[0])
        for theirs, ours in SPELLINGS.items():
            line = line.replace(theirs, ours)
        function = ast.parse(f"def f{line[line.index('(') :]}: ...").body[0]
        assert isinstance(function, ast.FunctionDef)
        signatures.append(_signature(function))
    return signatures


def _surface_of_module(owner: ModuleType | type, prefix: str = "") -> dict[str, list[str]]:
    surface: dict[str, list[str]] = {}
    for name, member in vars(owner).items():
        if isinstance(member, staticmethod):
            member = member.__func__
        if isinstance(member, enum.EnumType):
            surface[name] = [
                "enum: " + ", ".join(f"{key} = {value.value}" for key, value in member.__members__.items())
            ]
        elif isinstance(member, type):
            bases = [base.__name__ for base in member.__bases__ if base.__name__ not in ("object", "pybind11_object")]
            surface[name] = [f"class({', '.join(bases)})"]
            surface |= _surface_of_module(member, f"{name}.")
        elif isinstance(member, property):
            getter = _documented_signatures(member.fget.__doc__)[0]
            surface[prefix + name] = ["property" + getter[getter.index(" -> ") :]]
        elif callable(member) and "->" in (member.__doc__ or ""):
            surface[prefix + name] = _documented_signatures(member.__doc__)
        elif not name.startswith("_"):
            surface[prefix + name] = [type(member).__name__]
    return surface


def _surface_of_stub(body: list[ast.stmt], prefix: str = "") -> dict[str, list[str]]:
    surface: dict[str, list[str]] = {}
    for node in body:
        match node:
            case ast.ClassDef(name=name, bases=[ast.Attribute(attr="Enum" | "IntEnum" | "IntFlag")], body=members):
                surface[name] = ["enum: " + ", ".join(ast.unparse(m) for m in members if isinstance(m, ast.Assign))]
            case ast.ClassDef(name=name, bases=bases, body=members):
                surface[name] = [f"class({', '.join(map(ast.unparse, bases))})"]
                surface |= _surface_of_stub(members, f"{name}.")
            case ast.FunctionDef(name=name, decorator_list=[ast.Name(id="property")], returns=ast.expr() as returned):
                surface[prefix + name] = [f"property -> {ast.unparse(returned)}"]
            case ast.FunctionDef(name=name):
                surface.setdefault(prefix + name, []).append(_signature(node))
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                surface[prefix + name] = [ast.unparse(annotation)]
    return surface


def _resolved(stub: str) -> list[ast.stmt]:
    tree = ast.parse(stub)
    return Resolver(tree).visit(tree).body


IN_MODULE = _surface_of_module(_core)
IN_STUB = _surface_of_stub(_resolved(STUB.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted(IN_MODULE.keys() | IN_STUB.keys()))
def test_the_stub_says_what_the_module_offers(name: str) -> None:
    assert IN_STUB.get(name, ["missing in _core.pyi"]) == IN_MODULE.get(name, ["missing in the module"])
