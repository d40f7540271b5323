"""The REST API of Upstash Workflow, a file for each resource (https://upstash.com/docs/workflow/basics/client)."""
