"""Why things are as they are, as data and in one sentence each."""
