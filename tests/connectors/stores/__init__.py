"""Tests of what keeps, against the real servers."""
