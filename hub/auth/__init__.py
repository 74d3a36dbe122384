"""Who calls: the authorisation server for machines, and what stands at the API's door."""
