"""What pages are made of: one kind of thing a file, without data and without callbacks."""
