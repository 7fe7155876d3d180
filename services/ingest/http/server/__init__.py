"""gunicorn's threaded worker, made so that a client which is slow costs no thread."""
