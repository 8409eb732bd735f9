"""One page a file, found by scan."""
