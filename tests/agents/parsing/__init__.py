"""Tests of parsing: the template miner."""
