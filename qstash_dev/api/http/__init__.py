"""How requests are read: connections, heads, bodies, limits and deadlines."""
