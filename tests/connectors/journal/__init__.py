"""Tests of the journal of live updates."""
