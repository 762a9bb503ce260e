"""Makes small wrong versions of a module: one change each, on its syntax tree.

A mutant is named by its function and by the change as it reads in the source, so that the name survives edits elsewhere.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARES: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """file, function (dotted, or `<module>`), change (as it reads), line (now); module with old to be replaced by new."""

    file: str
    function: str
    change: str
    line: int
    module: ast.Module
    old: ast.AST
    new: ast.AST

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line} {self.function}: {self.change}"

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.file, self.function, self.change)

    def tree(self) -> ast.Module:
        """Return a copy of the module with the change made."""
        memo: dict[int, object] = {id(self.old): ast.copy_location(copy.copy(self.new), self.old)}
        return ast.fix_missing_locations(copy.deepcopy(self.module, memo))


class _Finder(ast.NodeVisitor):
    """Collects what can be replaced: function, node, replacement.

    Left alone: imports, annotations, decorators, docstrings, what is raised, and the words of f-strings.
    """

    def __init__(self) -> None:
        self.found: list[tuple[str, ast.AST, ast.AST]] = []
        self.scope: list[str] = []

    def add(self, node: ast.AST, *replacements: ast.AST) -> None:
        for replacement in replacements:
            self.found.append((".".join(self.scope) or "<module>", node, replacement))

    def _scoped(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        self.scope.append(node.name)
        if isinstance(node, ast.FunctionDef):
            for default in (*node.args.defaults, *(one for one in node.args.kw_defaults if one)):
                self.visit(default)
        self._body(node.body)
        self.scope.pop()

    visit_FunctionDef = _scoped
    visit_ClassDef = _scoped

    def _body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not text:
                self.visit(statement)

    def visit_Module(self, node: ast.Module) -> None:
        self._body(node.body)

    def visit_Import(self, node: ast.Import) -> None:
        pass

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        pass

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.add(node, ast.Pass())
        if type(node.op) in ARITHMETIC:
            changed = copy.copy(node)
            changed.op = ARITHMETIC[type(node.op)]()
            self.add(node, changed)
        self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        self.add(node, ast.Pass())
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.add(node, ast.Pass())

    def visit_Continue(self, node: ast.Continue) -> None:
        self.add(node, ast.Pass())

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            if not isinstance(node.value, ast.Constant):
                self.add(node.value, ast.Constant(value=None))
            self.visit(node.value)

    def visit_Compare(self, node: ast.Compare) -> None:
        for at, op in enumerate(node.ops):
            for other in COMPARES.get(type(op), ()):
                changed = copy.copy(node)
                changed.ops = [*node.ops[:at], other(), *node.ops[at + 1 :]]
                self.add(node, changed)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        changed = copy.copy(node)
        changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self.add(node, changed)
        for at in range(len(node.values)):
            rest = [*node.values[:at], *node.values[at + 1 :]]
            self.add(node, rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self.add(node, node.operand)
        self.visit(node.operand)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in ARITHMETIC:
            changed = copy.copy(node)
            changed.op = ARITHMETIC[type(node.op)]()
            self.add(node, changed)
        self.generic_visit(node)

    def _test(self, node: ast.If | ast.IfExp | ast.While) -> None:
        self.add(node.test, ast.UnaryOp(op=ast.Not(), operand=node.test))
        self.generic_visit(node)

    visit_If = _test
    visit_IfExp = _test
    visit_While = _test

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self.add(test, ast.Constant(value=True), ast.UnaryOp(op=ast.Not(), operand=test))
        self.generic_visit(node)

    def visit_match_case(self, node: ast.match_case) -> None:
        if not all(isinstance(one, ast.Pass) for one in node.body):
            self.add(node.body[0], ast.Pass())
        if node.guard is not None:
            self.add(node.guard, ast.UnaryOp(op=ast.Not(), operand=node.guard))
        self.visit(node.pattern)
        for statement in node.body:
            self.visit(statement)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in CALLS:
            changed = copy.copy(node)
            changed.func = ast.Name(id=CALLS[node.func.id], ctx=ast.Load())
            self.add(node, changed)
        if isinstance(node.func, ast.Name) and node.func.id == "sorted" and node.keywords:
            changed = copy.copy(node)
            changed.keywords = []
            self.add(node, changed)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        match node.value:
            case bool():
                self.add(node, ast.Constant(value=not node.value))
            case int():
                self.add(node, ast.Constant(value=node.value + 1))
            case str() if node.value:
                self.add(node, ast.Constant(value=f"X{node.value}"))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                self.visit(value.value)


def _reads(node: ast.AST) -> str:
    text = ast.unparse(node).replace("\n", " ")
    return text if len(text) <= 160 else f"{text[:157]}..."


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    tree = ast.parse(source)
    finder = _Finder()
    finder.visit(tree)
    for function, old, new in finder.found:
        change = f"{_reads(old)} → {_reads(new)}"
        line = getattr(old, "lineno", 0)
        yield Mutant(file=file, function=function, change=change, line=line, module=tree, old=old, new=new)
