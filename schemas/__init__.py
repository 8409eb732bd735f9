"""Every shape: records, topics, settings, errors, SQL migrations. Imports nothing of ours."""
