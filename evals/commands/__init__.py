"""What `python -m evals` can do, one module for each command.

Each has `add_arguments(parser)` and `run(arguments) -> int`, the exit code.  They are imported only
when they are asked for; what they share stands in `setting`.
"""
