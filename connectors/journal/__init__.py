"""The journal of live updates: its newest records in memory, older ones from the log."""
