"""The door of background work: runs queued tasks and the house's endless loops.

Owns: the worker process: how it starts, leads, reports and stops. Promises: any number of workers may run; each loop
runs in one of them at a time; a crashed loop is started again and its failure is shown; a worker that stops finishes
what it can and gives the rest back; one that loses the database ends, so that no task goes on unseen beside its own
repetition. Refuses: to know what tasks and loops do.
"""
