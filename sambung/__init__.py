"""What one person runs: the terminal's commands, the embedded mode, and the lab to try it all on."""
