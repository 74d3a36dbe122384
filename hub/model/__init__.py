"""The words of the hub: values only, no I/O."""
