"""Mistakes of users, played against a real server with real clients: what the developer is told of each."""
