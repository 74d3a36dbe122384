"""HTTP. So far: the schema registry, for recipients' stock Avro clients."""
