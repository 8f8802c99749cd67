"""What every part of the server uses: errors, settings, logs, tokens, display name checks."""
