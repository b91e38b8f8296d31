"""The interfaces between the core and the world; read these before writing an adapter."""
