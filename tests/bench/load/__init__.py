"""The driver of a measured server: publishers and a destination in this process, the server in another, each on
its own core."""
