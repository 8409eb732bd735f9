"""Whole pipelines on the real stack."""
