"""The OpenAPI 3.1 document of what this server serves; imported only when a client asks for it."""
