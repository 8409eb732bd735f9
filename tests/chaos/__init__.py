"""Processes die; the books must balance."""
