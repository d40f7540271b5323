"""The commands beside ``dev``, one in each file, which is imported when its command is called."""
