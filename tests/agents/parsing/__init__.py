"""Tests of the parser: from a raw line to its fields."""
