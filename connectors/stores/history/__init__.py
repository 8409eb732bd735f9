"""Metric history behind one port: InfluxDB 2 or Postgres."""
