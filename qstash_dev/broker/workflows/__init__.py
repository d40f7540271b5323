"""The server side of Upstash Workflow: the life of a run, one file for each stage."""
