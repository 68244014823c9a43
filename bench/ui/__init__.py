"""What a person waits for on the page at `/`, measured in headless Chromium."""
