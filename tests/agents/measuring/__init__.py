"""Tests of the pure reading of metric points."""
