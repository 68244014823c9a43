"""What the SDK costs the program that uses it, beside the bare OpenTelemetry SDK in the same run."""
