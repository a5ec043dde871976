"""Use cases: one module a noun, verbs inside. A verb gets the session, the actor and the time, and
never commits: the request or the command that called it does."""
