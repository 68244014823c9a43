"""Spans and events of orchestrations: a load of them, and how long the questions about one take."""
