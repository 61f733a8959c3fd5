"""The kernel of one run: the process that runs the cells, its surroundings, its bounds and its end."""
