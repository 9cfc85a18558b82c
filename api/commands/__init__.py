"""What `python -m api COMMAND` does, one module for each command.  Without a command it serves."""
