"""The SDK: OpenTelemetry made pleasant. Knows nothing of the backend; public names are those of `sonde`."""
