"""The five-minute story: an org of made-up people, two days of their files, and sentences that are checked before they are said."""
