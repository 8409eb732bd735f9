"""Tests of the folding."""
