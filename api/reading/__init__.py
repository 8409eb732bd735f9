"""Bytes of a request to lines and points: pure."""
