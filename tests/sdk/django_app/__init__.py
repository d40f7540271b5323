"""An application of Django with a task of django-qstash."""
