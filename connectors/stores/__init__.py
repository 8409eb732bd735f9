"""What keeps: one noun a file, SQL inside."""
