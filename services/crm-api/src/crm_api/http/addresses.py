"""What addresses name, with an example of each: every id of the description's examples stands for one thing.

The ids of examples are made up; the test that runs the examples puts things of its own in their place.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from crm_api.files import HASH, hash_of
from crm_api.imports.asked import EXAMPLE_FILE

ITEM = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e01"
CONTACT = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e02"
# Another record of the contact's person, and a contact who was erased.
TWIN = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e03"
ERASED = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e04"
LEAD = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e05"
PRODUCT = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e06"
SIGNAL = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e07"
JOB = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e08"
KEY = "0195576e2d80"
TOKEN = "Zm9yIHdob2V2ZXIgaGFzIHRoZSBsaW5r"  # noqa: S105  opens nothing: it stands for a document's link
# Executions that wait, that failed, and of which nobody knows whether its effect was sent.
WAITING = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e11"
FAILED = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e12"
UNCERTAIN = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e13"
EFFECT = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e14"
# What a worker makes with an id that it has derived itself.
TASK = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e15"
DOCUMENT = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e16"
# A document that is made.
PAPER = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e17"
# A post of the caller's, a comment of theirs to it; a resource, and a booking of it.
POST = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e61"
COMMENT = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e62"
BOOKING = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e63"
# One that is there, of somebody.
TASK_THERE = "0195576e-2d80-7c3a-9a51-0d6f4b1c2ea1"
# Something in somebody's calendar, and what reminds of it.
ACTIVITY = "0195576e-2d80-7c3a-9a51-0d6f4b1c2ea2"
REMINDER = "0195576e-2d80-7c3a-9a51-0d6f4b1c2ea3"
# A chain of causes that was stopped, a notice of the caller's, and one that a worker makes.
LOOP = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e21"
NOTICE = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e22"
NOTICE_MADE = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e23"
QUESTION = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e31"
CONVERSATION = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e51"
TRY = "0195576e-2d80-7c3a-9a51-0d6f4b1c2eb1"
SIMULATION = "0195576e-2d80-7c3a-9a51-0d6f4b1c2e41"

ItemId = Annotated[UUID, Path(description="The item.", examples=[ITEM])]
SourceId = Annotated[UUID, Path(description="The item from which others are made.", examples=[ITEM])]
LeadId = Annotated[UUID, Path(description="The item from which others are made.", examples=[LEAD])]
ContactId = Annotated[UUID, Path(description="A contact, or another item with phone or email.", examples=[CONTACT])]
LinkRole = Annotated[str, Path(description="The role of the other item for this one.", examples=["contact"])]
LinkedId = Annotated[UUID, Path(description="The other item.", examples=[CONTACT])]
ProductId = Annotated[UUID, Path(description="The product.", examples=[PRODUCT])]
SignalId = Annotated[UUID, Path(description="The signal that waits for a person.", examples=[SIGNAL])]
JobId = Annotated[UUID, Path(description="The job.", examples=[JOB])]
LoopId = Annotated[UUID, Path(description="A chain of causes that was stopped.", examples=[LOOP])]
NoticeId = Annotated[UUID, Path(description="A notice of the caller's.", examples=[NOTICE])]
QuestionId = Annotated[UUID, Path(description="A question that is open.", examples=[QUESTION])]
TaskId = Annotated[UUID, Path(description="A task.", examples=[TASK_THERE])]
PersonId = Annotated[str, Path(max_length=200, description="The person.", examples=["ann"])]
ActivityId = Annotated[UUID, Path(description="An activity.", examples=[ACTIVITY])]
ReminderId = Annotated[UUID, Path(description="A reminder of the caller's.", examples=[REMINDER])]
ConversationId = Annotated[UUID, Path(description="The conversation.", examples=[CONVERSATION])]
SimulationId = Annotated[UUID, Path(description="The simulation.", examples=[SIMULATION])]
TryId = Annotated[UUID, Path(description="A try of the connection.", examples=[TRY])]
KeyId = Annotated[str, Path(description="The id of the key, which is no secret.", examples=[KEY])]
LinkToken = Annotated[str, Path(description="The secret part of the document's link.", examples=[TOKEN])]
DocumentId = Annotated[UUID, Path(description="A document that is made.", examples=[PAPER])]
PostId = Annotated[UUID, Path(description="A post that the caller may read.", examples=[POST])]
CommentId = Annotated[UUID, Path(description="A comment of the caller's.", examples=[COMMENT])]
BookingId = Annotated[UUID, Path(description="A booking.", examples=[BOOKING])]
WaitingId = Annotated[UUID, Path(description="An execution that has not ended.", examples=[WAITING])]
FailedId = Annotated[UUID, Path(description="An execution that failed.", examples=[FAILED])]
EffectId = Annotated[UUID, Path(description="An effect that is uncertain.", examples=[EFFECT])]
FileHash = Annotated[
    str, Path(pattern=f"^{HASH}$", description="The hash of its content.", examples=[hash_of(EXAMPLE_FILE)])
]
