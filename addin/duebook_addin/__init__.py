"""The worksheet functions of Duebook and the hosts they live in."""
