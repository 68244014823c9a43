"""OTLP over HTTP and gRPC: limits, compression, exact status codes."""
