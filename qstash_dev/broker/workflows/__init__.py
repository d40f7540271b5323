"""The server half of Upstash Workflow: what becomes of the steps of a run."""
