"""The examples in the docstrings of the engines run as tests."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    f"odoo.addons.{manifest.parent.name}.engine.{path.stem}"
    for manifest in ROOT.glob("*/__manifest__.py")
    for path in manifest.parent.glob("engine/*.py")
    if path.stem != "__init__"
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
