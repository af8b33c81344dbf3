"""Streets, reforms and stresses as files, and the loader that turns them into the values of a run."""

from scenarios.expression import cost_of
from scenarios.loader import load
from scenarios.shelf import catalogue
from scenarios.values import parse_setting

__all__ = ["catalogue", "cost_of", "load", "parse_setting"]
