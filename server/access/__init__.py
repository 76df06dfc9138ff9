"""Who may do what: people, tokens, sessions, and the guards of the doors."""
