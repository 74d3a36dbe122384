"""The agency's side: read what its own systems write, and hand it on without losing any of it."""
