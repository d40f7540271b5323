"""The routes of Upstash Workflow, one file per resource."""
