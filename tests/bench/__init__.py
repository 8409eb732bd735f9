"""Measurements; never timed asserts."""
