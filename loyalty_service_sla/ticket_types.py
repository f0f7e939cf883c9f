"""Types of tickets, for whoever needs their names before there are models."""

COMPLAINT = "complaint"
EMERGENCY = "emergency"

TYPES = [
    ("question", "Question"),
    ("request", "Request"),
    ("incident", "Incident"),
    (COMPLAINT, "Complaint"),
    (EMERGENCY, "Emergency"),
]

#: Types with gates of their own, which another type would open.
GATED = (COMPLAINT, EMERGENCY)

#: What such a one may turn out to be.
INSTEAD_TYPES = [(code, name) for code, name in TYPES if code not in GATED]

#: The priority of an emergency.
HIGHEST = "3"
