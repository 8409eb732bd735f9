"""What every worker counts about itself; names and units as Prometheus wants them."""

from prometheus_client import Counter, Gauge, Histogram

# Records of the input topic that were decided.
RECORDS = Counter("foreshock_records", "Input records decided")
# Lines that found their pattern.
PARSED_LINES = Counter("foreshock_parsed_lines", "Lines parsed")
# Lines that went to the dead letters.
DEAD_LINES = Counter("foreshock_dead_lines", "Lines dead-lettered")
# Entries whose effects are in Postgres.
APPLIED_ENTRIES = Counter("foreshock_applied_entries", "Entries applied")
# Entries that Postgres had already.
REPEATED_ENTRIES = Counter("foreshock_repeated_entries", "Entries known already")
# Points that gave a series a new time.
STORED_POINTS = Counter("foreshock_stored_points", "Metric points stored")
# Points that went to the dead letters.
DEAD_POINTS = Counter("foreshock_dead_points", "Metric points dead-lettered")
# Points of which another with the same series and time remains, or whose record came again.
REPEATED_POINTS = Counter("foreshock_repeated_points", "Metric points known already")
# Rows that one flush of persist changed, to see how well folding works.
UPSERTED_ROWS = Counter("foreshock_upserted_rows", "Rows upserted")
# One transaction of persist.
FLUSH_SECONDS = Histogram("foreshock_flush_seconds", "Seconds of one transaction of persist")
# Signals that respond has read.
SIGNALS_READ = Counter("foreshock_signals", "Signals read")
# Commands that respond has read.
COMMANDS_READ = Counter("foreshock_commands", "Commands read")
# Versions of alerts that respond has published.
ALERT_VERSIONS = Counter("foreshock_alert_versions", "Versions of alerts published")
# Records delivered to agents and not settled yet.
IN_FLIGHT = Gauge("foreshock_in_flight_records", "Records in flight")
# Points that detect has judged.
JUDGED_POINTS = Counter("foreshock_judged_points", "Metric points judged")
# Series that detect watches.
WATCHED_SERIES = Gauge("foreshock_watched_series", "Series watched")
# Signals published by detect and rate.
SIGNALS_SENT = Counter("foreshock_signals_sent", "Signals published")
# Rates that the rate stage watches.
WATCHED_RATES = Gauge("foreshock_watched_rates", "Rates of log lines watched")
# Points that detect did not watch: the slice of their series is full.
CROWDED_POINTS = Counter("foreshock_crowded_points", "Metric points unwatched for want of room")
# Sources, rates and minutes that rate did not watch: their slice is full.
CROWDED_RATES = Counter("foreshock_crowded_rates", "Rates of lines unwatched for want of room")
