"""Facts that programs push: bodies of any form become lines, checked while the sender waits."""
