"""The one door: HTTP in."""
