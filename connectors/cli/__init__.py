"""The `foreshock` command, one subcommand a file."""
