"""The proof; mirrors the folders."""
