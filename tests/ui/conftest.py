"""Dash's registry is global: one application for all tests of a process."""

import dash
import pytest
from fastapi import FastAPI

from schemas.settings import Settings
from ui.app import create_dash


@pytest.fixture(scope="session")
def app() -> dash.Dash:
    """With every page, as in development."""
    return create_dash(FastAPI(), Settings())
