"""The words that every chat shares: a strategy's rules and what happened, said once for the inbox and for Slack."""
