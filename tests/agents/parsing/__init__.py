"""Tests of parsing: formats, fields, templates."""
