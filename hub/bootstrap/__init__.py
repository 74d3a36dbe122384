"""Where everything is wired: the only place that knows the core, the adapters and the connectors."""
