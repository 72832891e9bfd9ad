"""The whole way in real Chromium."""
