"""Every edge to the outside world."""
