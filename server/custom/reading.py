"""Reading a node's file: what its class declares, taken from its text. Nothing of it is run here.

Declarations are literals in the body of ``class SignalNode``; docs/custom-nodes.md lists them.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASS = "SignalNode"
DECLARED = ("inputs", "output", "params", "lookback", "timeframe")
NEEDED = ("inputs", "output", "lookback")
PRICES = ("open", "high", "low", "close", "volume")
LONGEST = 65_536  # bytes


class BadNodeFile(ValueError):
    """The file is no custom node: one sentence says what to change."""


def read_node(raw: bytes) -> dict[str, Any]:
    """The node's fields as plain data, its source with line ends as they are in Unix; raises BadNodeFile.

    Without a ``timeframe`` it takes that of its strategy.
    """
    if len(raw) > LONGEST:
        msg = f"it has {len(raw)} bytes; a custom node has at most {LONGEST}"
        raise BadNodeFile(msg)
    try:
        source = raw.decode().replace("\r\n", "\n")
        tree = _parsed(source)
    except UnicodeDecodeError:
        msg = "it is not UTF-8 text"
        raise BadNodeFile(msg) from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        place = f" (line {line})" if line else ""
        msg = f"it is no Python that can be read: {getattr(error, 'msg', None) or str(error) or 'too deep'}{place}"
        raise BadNodeFile(msg) from None
    declared = _declared(_class(tree))
    missing = [name for name in NEEDED if name not in declared]
    if missing:
        msg = f"{CLASS} does not declare {', '.join(missing)}"
        raise BadNodeFile(msg)
    inputs = declared["inputs"]
    if not isinstance(inputs, dict):
        msg = "inputs has to be a table of names, such as {'close': 'close'}"
        raise BadNodeFile(msg)
    return {"kind": "custom", **declared, "inputs": {name: _operand(one) for name, one in inputs.items()},
            "source": source}  # fmt: skip


def _parsed(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a doubtful escape in somebody's text is no concern of ours
        return ast.parse(source)


def _class(tree: ast.Module) -> ast.ClassDef:
    found = [one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == CLASS]
    if len(found) != 1:
        msg = f"it has to define one class {CLASS}; it defines {len(found)}"
        raise BadNodeFile(msg)
    if not any(isinstance(one, ast.FunctionDef) and one.name == "evaluate" for one in found[0].body):
        msg = f"{CLASS} has no evaluate(self, window)"
        raise BadNodeFile(msg)
    return found[0]


def _declared(node: ast.ClassDef) -> dict[str, Any]:
    declared: dict[str, Any] = {}
    for name, value in _assigned(node):
        if name in declared:
            msg = f"{CLASS} declares {name} twice"
            raise BadNodeFile(msg)
        try:
            declared[name] = ast.literal_eval(value)
        except (ValueError, TypeError, RecursionError, MemoryError):
            msg = f"{CLASS}.{name} (line {value.lineno}) has to be written out, as numbers, texts, lists and tables"
            raise BadNodeFile(msg) from None
    return declared


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Names among the declared ones that the class's body gives a value, in their order."""
    for one in node.body:
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in DECLARED:
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in DECLARED:
                yield name, value
            case _:
                pass


def _operand(one: Any) -> Any:
    """An input as the artifact writes it; the name of a price stands for that column."""
    return {"of": "price", "field": one} if one in PRICES else one
