"""Tests of live updates, without a server."""
