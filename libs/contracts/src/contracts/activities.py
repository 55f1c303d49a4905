"""What people do about an item: calls, meetings, letters, chats and notes."""

from typing import Literal

ActivityKind = Literal["call", "meeting", "email", "chat", "note"]
