"""The REST API of QStash, a file for each resource (https://upstash.com/docs/qstash/overall/getstarted)."""
