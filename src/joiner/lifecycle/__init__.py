"""What a change means for a person: transitions, their consequences, and what differs."""
