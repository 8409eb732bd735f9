"""The embedded stack, on real processes."""
