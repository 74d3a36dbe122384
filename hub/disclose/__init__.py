"""Who may see what, and in what form: rules as data, decided tag by tag, the strictest wins."""
