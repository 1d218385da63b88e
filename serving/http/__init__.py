"""stancekit as an HTTP service; needs the extra `http`, and nothing imports it but the command."""
