"""Mutants: small changes of the source, each of which some test should notice.

A module is parsed once; a mutant is a place in its tree and the number of a change there. The source file is never written:
the changed tree is compiled, and the code of its functions is replaced in a process of its own.
"""

import ast
import copy
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

PROJECT = Path(__file__).parents[2]
COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any", "and_": "or_", "or_": "and_"}
CONDITIONS = ("where", "and_", "or_")  # calls whose arguments are conditions of a statement


@dataclass(frozen=True, order=True)
class Mutant:
    """One change: the file, the line, the place in the tree, and the text before and after."""

    path: str
    line: int
    place: int
    number: int
    change: str

    @property
    def key(self):
        """Return what names the mutant in the list of survivors; it survives edits elsewhere in the file."""
        return f"{self.path}: {self.change}"


def find_mutants(path):
    """Return all mutants in the functions of a file."""
    tree = parse(path)
    found = []
    for place, node in enumerate(_nodes_in_functions(tree)):
        for number, (before, after) in enumerate(_changes(node)):
            found.append(Mutant(path, node.lineno, place, number, f"{_shorten(before)} → {_shorten(after)}"))
    return found


def parse(path):
    return ast.parse((PROJECT / path).read_text(encoding="utf-8"))


def compile_mutant(mutant):
    """Return the code object of the module with the change."""
    tree = parse(mutant.path)
    place, nodes = mutant.place, list(_nodes_in_functions(tree))
    _before, after = list(_changes(nodes[place]))[mutant.number]
    changed = _Replacement(nodes[place], after).visit(tree)
    return _compile(changed, mutant.path)


def compile_with_probes(path, name):
    """Return the code object of the module in which each statement of a function calls the global `name` with its line."""
    tree = _Probes(name).visit(parse(path))
    return _compile(tree, path)


def _compile(tree, path):
    return compile(ast.fix_missing_locations(tree), str(PROJECT / path), "exec")


def list_codes(code):
    """Yield the code objects of all functions inside a code object."""
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from list_codes(one)


class _Replacement(ast.NodeTransformer):
    def __init__(self, node, replacement):
        self.node, self.replacement = node, replacement

    def visit(self, node):
        if node is self.node:
            return ast.copy_location(self.replacement, node)
        return self.generic_visit(node)


class _Probes(ast.NodeTransformer):
    """Puts a call of the probe before each statement of a function."""

    def __init__(self, name):
        self.name, self.depth = name, 0

    def visit_FunctionDef(self, node):
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    def generic_visit(self, node):
        super().generic_visit(node)
        if self.depth:
            for field in ("body", "orelse", "finalbody"):
                body = getattr(node, field, None)
                if isinstance(body, list):
                    setattr(node, field, [part for one in body for part in (self._probe(one), one)])
        return node

    def _probe(self, statement):
        call = ast.Call(ast.Name(self.name, ast.Load()), [ast.Constant(statement.lineno)], [])
        return ast.copy_location(ast.Expr(call), statement)


def _nodes_in_functions(tree):
    for function in _outer_functions(tree):
        for statement in function.body:
            if not _is_text(statement):
                yield from ast.walk(statement)


def _outer_functions(node):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        elif isinstance(child, ast.ClassDef):
            yield from _outer_functions(child)


def _is_text(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _shorten(node):
    """Return the text of a node; of a condition without what follows it."""
    if isinstance(node, ast.If) and not isinstance(node.test, ast.Constant):
        text = f"if {ast.unparse(node.test)}"
    elif isinstance(node, ast.If):
        text = "nothing"
    else:
        text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 160 else f"{text[:157]}…"


def _changes(node):
    """Yield (node, changed copy) of every small change of a node."""
    for after in _list_changes(node):
        yield node, after


def _list_changes(node):
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        yield _copy(node, ops=[COMPARISONS[type(node.ops[0])]()])
    elif isinstance(node, ast.BoolOp):
        yield _copy(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from (_without(node, "values", number) for number in range(len(node.values)))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        yield copy.deepcopy(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS and not _has_text(node):
        yield _copy(node, op=OPERATORS[type(node.op)]())
    elif isinstance(node, ast.Constant) and type(node.value) in (bool, int):
        yield ast.Constant(not node.value if type(node.value) is bool else node.value + 1)
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield _copy(node, test=ast.UnaryOp(ast.Not(), copy.deepcopy(node.test)))
    elif isinstance(node, ast.Call):
        yield from _list_call_changes(node)
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and _acts(node.value)):
        yield ast.If(ast.Constant(False), [copy.deepcopy(node)], [])


def _acts(value):
    return isinstance(value, (ast.Call, ast.Yield, ast.YieldFrom))


def _has_text(node):
    return any(isinstance(one, ast.JoinedStr) or _is_string(one) for one in ast.walk(node))


def _is_string(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _list_call_changes(node):
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in FUNCTIONS and isinstance(node.func, ast.Name):
        yield _copy(node, func=ast.Name(FUNCTIONS[name], ast.Load()))
    if name in CONDITIONS and len(node.args) > 1:
        yield from (_without(node, "args", number) for number in range(len(node.args)))
    if name == "Problem":
        levels = [number for number, one in enumerate(node.args) if _level(one)]
        if levels:
            after = copy.deepcopy(node)
            after.args[levels[0]] = ast.Constant(
                "error" if _level(node.args[levels[0]]) != "ERROR" else "warning"
            )
            yield after
        elif not any(one.arg == "severity" for one in node.keywords) and len(node.args) < 4:
            keyword = ast.keyword("severity", ast.Constant("warning"))
            yield _copy(node, keywords=[*copy.deepcopy(node.keywords), keyword])


def _level(node):
    return node.id if isinstance(node, ast.Name) and node.id in ("ERROR", "WARNING", "INFO") else None


def _copy(node, **values):
    after = copy.deepcopy(node)
    for name, value in values.items():
        setattr(after, name, value)
    return after


def _without(node, field, number):
    after = copy.deepcopy(node)
    kept = [one for place, one in enumerate(getattr(after, field)) if place != number]
    if isinstance(node, ast.BoolOp) and len(kept) == 1:
        return kept[0]
    setattr(after, field, kept)
    return after
