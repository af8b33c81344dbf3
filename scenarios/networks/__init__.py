"""Network files that come with jiedao: those with an exact result, and one example of every key."""
