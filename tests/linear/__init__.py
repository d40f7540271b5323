"""Linear time for text from clients, proved by counting, since measured times vary on busy machines."""
