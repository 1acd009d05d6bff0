"""The use cases in the words of the user: where definitions, numbers and judgement meet."""
