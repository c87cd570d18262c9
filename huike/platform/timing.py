"""How long a worker may be silent and may take to stop. Apart from the code that uses it: the supervisor needs the
numbers and loads no Django."""

WORKER_HEARTBEAT_SECONDS = 5
WORKER_DEAD_AFTER_SECONDS = 25
# While it stops, a worker is silent: it must be gone before it counts as dead, or its tasks would run twice at once.
WORKER_STOP_SECONDS = 15
