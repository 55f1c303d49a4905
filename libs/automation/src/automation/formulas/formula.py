"""Formulas of rules: `item.amount * 0.9`, exact on numbers, money and dates, and nothing else.

The library `simpleeval` walks the tree; it is given only the nodes, operators and functions named here, so nothing can
be reached that is not a value of the rule's facts. Length, depth and magnitude are limited.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow, localcontext
from functools import partial
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from automation.documents import DocumentError
from automation.facts import Facts
from automation.formulas.functions import FUNCTIONS
from automation.formulas.operands import CannotCalculate, Moment, read_value, written
from automation.formulas.operators import OPERATORS
from automation.paths import reader

LONGEST = 500
DEEPEST = 30
# Exact enough for any money; what grows beyond is a mistake.
PRECISION = Context(prec=50, Emax=60, Emin=-60, traps=[InvalidOperation, DivisionByZero, Overflow])
NODES = (
    ast.Expr,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Call,
    ast.Constant,
)
PATHS = (ast.Name, ast.Attribute, ast.Subscript)
FORM = "write it like item.amount * 0.9"
# Read as a subtraction, of which the second part has no root.
BRACKETS = 'write it like item.amount, and a name with a hyphen like const["my-limit"]'


class FormulaFailed(Exception):
    """A formula has no result; the message says why, in words for who wrote the rule."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read; `paths` are the values that it names."""

    text: str
    tree: ast.AST
    paths: tuple[str, ...]

    def work_out(self, facts: Facts, now: datetime) -> str:
        """Give the result as it is written in fields; raises `FormulaFailed`."""
        try:
            with localcontext(PRECISION):
                return written(_evaluator(self.text, facts, now).eval(self.text, self.tree))
        except (CannotCalculate, InvalidExpression) as error:
            raise FormulaFailed(f"{self.text}: {error}") from None
        except DivisionByZero:
            raise FormulaFailed(f"{self.text}: it divides by zero") from None
        except (DecimalException, OverflowError):
            raise FormulaFailed(f"{self.text}: the result is too large, or no number") from None


def compile_formula(text: str, place: str = "") -> Formula:
    """Read a formula; raises `DocumentError` with the place."""
    text = text.strip()
    if len(text) > LONGEST:
        raise DocumentError(place, f"the formula is longer than {LONGEST} characters", "split it over several rules")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DocumentError(place, f"{text!r} is no formula", FORM) from None
    try:
        paths = tuple(dict.fromkeys(_read(tree, 0)))
        for path in paths:
            _check(path)
    except DocumentError as error:
        raise DocumentError(place, error.message, error.fix) from None
    return Formula(text, tree, paths)


def _read(node: ast.AST, depth: int) -> Iterator[str]:
    """Give the values that a formula names; raises `DocumentError` for what no formula may hold."""
    if depth > DEEPEST:
        raise DocumentError("", f"the formula is nested more than {DEEPEST} deep", "split it over several rules")
    if isinstance(node, PATHS):
        yield path_of(node)
        return
    _allowed(node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.operator | ast.unaryop | ast.cmpop | ast.boolop):
            _check_operator(child)
        elif not (isinstance(node, ast.Call) and child is node.func):
            yield from _read(child, depth + 1)


def _check(path: str) -> None:
    if "." not in path:
        raise DocumentError("", f"{path!r} names no value", BRACKETS)
    reader(path)


def _check_operator(operator: ast.operator | ast.unaryop | ast.cmpop | ast.boolop) -> None:
    if type(operator) not in OPERATORS and not isinstance(operator, ast.boolop):
        raise DocumentError("", f"a formula has no {type(operator).__name__}", FORM)


def _allowed(node: ast.AST) -> None:
    if not isinstance(node, NODES):
        raise DocumentError("", f"a formula has no {type(node).__name__}", FORM)
    if isinstance(node, ast.Constant) and not isinstance(node.value, bool | int | float | str):
        raise DocumentError("", f"{node.value!r} is no value of a formula", FORM)
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS or node.keywords:
            raise DocumentError(
                "", f"there is no such function: {ast.unparse(node.func)}", f"use {', '.join(FUNCTIONS)}"
            )


def path_of(node: ast.AST) -> str:
    """Give the value that a node names, as `item.amount` or `results["my-rule"].value`; raises `DocumentError`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{path_of(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return f"{path_of(node.value)}.{node.slice.value}"
    raise DocumentError("", f"{ast.unparse(node)} names no value", FORM)


def _evaluator(text: str, facts: Facts, now: datetime) -> SimpleEval:
    """Give the library's evaluator with nothing but what is named here, on the facts of one rule."""
    at = Moment(facts, now)
    evaluator = SimpleEval(
        operators={node: partial(do, at) for node, do in OPERATORS.items()},
        functions={name: partial(do, at) for name, do in FUNCTIONS.items()},
        names={},
    )

    def value(node: ast.AST) -> Any:
        return read_value(path_of(node), facts)

    def literal(node: ast.Constant) -> Any:
        if isinstance(node.value, bool | str):
            return node.value
        # As it is written: a binary fraction would have lost what was meant.
        return +Decimal(ast.get_source_segment(text, node) or str(node.value))

    known = {node: evaluator.nodes[node] for node in NODES}
    evaluator.nodes = {**known, **dict.fromkeys(PATHS, value), ast.Constant: literal}
    return evaluator
