"""The event log, and what travels on it: Kafka or SQL, codec, registry, relay."""
