"""The commands: how they speak, what they end with, and what the live screen shows."""
