"""Live updates: what one who listens is told, and how long they may stay."""
