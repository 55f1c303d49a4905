"""Formulas of rules: exact calculations on numbers, money and dates, and nothing else."""

from automation.formulas.formula import Formula, FormulaFailed, compile_formula
from automation.formulas.functions import FUNCTIONS

__all__ = ["FUNCTIONS", "Formula", "FormulaFailed", "compile_formula"]
