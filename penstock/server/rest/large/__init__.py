"""Large bodies: they are read and written in a process of their own, where they hold up no other request."""
