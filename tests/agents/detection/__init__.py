"""Tests of what is unusual, without a broker."""
