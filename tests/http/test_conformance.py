"""What the OpenAPI document says is what the kernel does (A5); `figures.py` proves it at length."""

import importlib.util
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from workspace_kernel.app import OPERATIONS
from workspace_kernel.routes.openapi import document

HERE = Path(__file__).parent


def _figures():
    """Load the command: a folder called http cannot be a package of that name."""
    spec = importlib.util.spec_from_file_location("http_figures", HERE / "figures.py")
    module = sys.modules["http_figures"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


figures = _figures()


@pytest.mark.requirement("ker.rest")
def test_the_document_is_openapi_3_1():
    assert list(OpenAPIV31SpecValidator(document(OPERATIONS)).iter_errors()) == []


@pytest.mark.requirement("ker.rest")
@pytest.mark.parametrize("way", ["sqlite-single", "postgresql-accounts"])
def test_schemathesis_finds_nothing(way, tmp_path):
    run = figures.conform(way, figures.quick(20261121), tmp_path)
    assert run.found == ()
    assert run.requests > 1000
