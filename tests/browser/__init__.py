"""The workspace in a real Chromium."""
