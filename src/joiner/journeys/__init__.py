"""What happens, one file per story; the only place where rules meet hands."""
