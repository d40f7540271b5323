"""Reading of requests: connections, heads, bodies, limits and deadlines."""
