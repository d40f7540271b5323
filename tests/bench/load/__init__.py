"""What drives a server from outside, as its users do: publishers and a destination in this process, on a core of its
own, and the server in another process on another core."""
