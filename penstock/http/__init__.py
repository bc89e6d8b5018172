"""What the servers over HTTP share: sockets, and processes that answer on them."""
